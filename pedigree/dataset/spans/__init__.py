"""Spans: marked pieces of a text, each the value of a slot."""
