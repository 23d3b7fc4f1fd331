"""Usefulness of tabular rows: classifiers of typed columns, and whether models and columns rank as on people's rows."""
