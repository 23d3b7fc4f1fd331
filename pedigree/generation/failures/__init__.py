"""Failure-driven rounds: what a classifier of the rows so far gets wrong is what the next round asks for."""
