"""Recipes of several languages: which there can be, and how many rows each label gets in each of them."""
