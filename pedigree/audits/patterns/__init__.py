"""Patterns: openings and sentence templates that a model uses more often than people do."""
