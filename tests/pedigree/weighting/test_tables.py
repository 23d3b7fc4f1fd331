"""Weights of rows of a table are those of classifiers of the typed columns."""

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.schemas import rows_schema
from pedigree.weighting.choice import choose_weights, select_people, select_rows, weigh_rows
from tests.support.workspaces import make_job

FIELDS = {
    "weight_kg": {"type": "number", "missing": 0.1},
    "coat": {"type": "category", "values": ["short", "long"]},
    "born": {"type": "date"},
}


def make_rows(count, seed):
    """Return rows whose label is in the numbers alone: as words, each number is another word."""
    chance, rows = np.random.default_rng(seed), []
    for number in range(count):
        dog = number % 2
        weight = None if number % 10 == 9 else float(chance.normal(5 + 6 * dog, 1.2))
        born = f"20{10 + 5 * dog + int(chance.integers(4))}-01-01"
        rows.append({"weight_kg": weight, "coat": ("short", "long")[int(chance.random() < 0.5)], "born": born,
                     "label": ("cat", "dog")[dog]})  # fmt: skip
    return rows


def make_frame(job, rows):
    """Return the rows as a table of synthetic ones."""
    origin = {"weight": 1.0, "generator": "g", "completion_id": "c"}
    lines = [{"row_id": f"{place:04}", **row, **origin, "position": place} for place, row in enumerate(rows)]
    dates = pl.DataFrame(lines, {**rows_schema(job.recipe), "born": pl.String})
    return dates.with_columns(pl.col("born").str.to_date())


@pytest.mark.parametrize("scheme", ["imp"])
def test_rows_whose_label_was_exchanged_weigh_less(scheme, tmp_path):
    job = make_job(tmp_path, fields=FIELDS, weights=scheme, seeds=make_rows(60, 2))
    rows = make_rows(120, 1)
    wrong = np.random.default_rng(3).choice(120, 12, replace=False)
    for place in wrong:
        rows[place]["label"] = "cat" if rows[place]["label"] == "dog" else "dog"
    train = make_frame(job, rows)
    weights = weigh_rows(job, train)["weight"].to_numpy()
    right = np.setdiff1d(np.arange(120), wrong)
    assert weights[wrong].mean() < 0.4 < 1 < weights[right].mean()
    decision = choose_weights(job, train)
    assert (decision.read_by, decision.trial["yardstick"]) == ("columns", "columns")
    assert list(decision.trial["students"]) == ["columns"]
    assert decision.trial["students"]["columns"]["right"] > 50
    people, made = select_people(job, train), select_rows(job, train)
    assert (len(people.table), len(made.table)) == (len(people), 120)
