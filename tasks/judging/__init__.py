"""Asking judges about rows, and applying their verdicts."""
