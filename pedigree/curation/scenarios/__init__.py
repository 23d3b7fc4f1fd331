"""Rows that rare scenarios keep in a dataset."""
