"""Rows without texts: how they are written as sentences and read again, and which are copies of people's rows."""
