"""Runs the search for a generator's instructions, and shows it."""
