"""Diversity as a model scores it: what its answers say, and the figures that follow."""
