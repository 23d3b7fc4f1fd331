"""Rows with several labels: how often each label, number of labels and combination is there, against its target."""
