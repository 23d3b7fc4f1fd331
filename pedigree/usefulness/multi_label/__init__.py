"""Usefulness of rows with several labels: what one classifier for each label learns from them."""
