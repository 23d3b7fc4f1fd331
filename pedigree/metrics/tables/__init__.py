"""Measures of tabular datasets: what their columns hold, and how like people's rows they are."""
