"""Rows without texts: how they are written as sentences and read again, copies, and rules between their columns."""
