"""A dataset in several languages: what became of each, and whether its rows are in it."""
