"""Rows and review sheets as files for other tools."""
