"""Bias: which groups of people the rows speak of, with which labels, and whether a classifier treats them alike."""
