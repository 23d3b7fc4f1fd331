"""The steps of a study: its cells, their figures, what they cost, and publishing."""
