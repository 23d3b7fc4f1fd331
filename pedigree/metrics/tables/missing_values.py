"""Shares of missing values: what the recipe plans, what the synthetic rows have, what people's rows have."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from pedigree.dataset.examples import Example
from pedigree.job import Job


def measure_missing(job: Job, synthetic: pl.DataFrame) -> list[dict[str, Any]]:
    """Return an entry for each field that may be missing: field, planned, rows, people (held-out rows, else seeds).

    Each is a share, 0 to 1; null where there is no such row. Empty if every field has a value in each row.
    """
    people = job.held_out or job.seeds
    return [
        {
            "field": name,
            "planned": field.missing,
            "rows": synthetic[name].null_count() / synthetic.height if synthetic.height else None,
            "people": _share(people, name),
        }
        for name, field in job.recipe.fields.items()
        if field.missing
    ]


def _share(people: Sequence[Example], name: str) -> float | None:
    return sum(one.fields[name] is None for one in people) / len(people) if people else None
