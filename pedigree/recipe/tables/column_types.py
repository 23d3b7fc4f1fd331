"""The polars type of each type of field."""

import polars as pl

POLARS_TYPE = {
    "text": pl.String,
    "category": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "date": pl.Date,
    "boolean": pl.Boolean,
}
