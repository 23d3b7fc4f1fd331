"""Reads the spans of texts that models wrote."""
