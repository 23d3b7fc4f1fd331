"""Rows with several labels: the sets of labels that rows hold, and how many rows of each set meet the targets."""
