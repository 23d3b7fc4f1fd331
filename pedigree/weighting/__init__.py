"""Weights of synthetic rows in training: how they are computed, whether they pay, and what the report says of them."""
