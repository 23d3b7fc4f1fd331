"""Splits the rows of a table into seeds and held-out rows: by label, drawn by a seed, no row in both."""

from dataclasses import dataclass

import polars as pl

from pedigree.ids import canonical_json, seeded

HELD_OUT = 0.3  # of the rows of each label, at least one
MAX_ROWS = 10_000  # that become rows of people


@dataclass(frozen=True)
class PeopleSplit:
    """Rows that may be shown to a model, and rows that test: typed fields and ``label``, in the table's order."""

    seeds: pl.DataFrame
    held_out: pl.DataFrame

    @property
    def least(self) -> int:
        """Return the seed rows of the label that has fewest."""
        return int(self.seeds["label"].value_counts()["count"].to_numpy().min())


def split_rows(frame: pl.DataFrame, name: str) -> PeopleSplit:
    """Split the rows of a table; the same table and name give the same split."""
    numbered = frame.with_row_index("\0row")
    held, shown = [], []
    share = min(1.0, MAX_ROWS / frame.height)
    for (label,), rows in sorted(numbered.group_by("label"), key=lambda group: str(group[0])):
        places = rows["\0row"].sort().to_list()
        seeded("from-table", name, label).shuffle(places)
        places = places[: max(2, round(share * len(places)))]
        test = max(1, round(HELD_OUT * len(places)))
        held += places[:test]
        shown += places[test:]
    return PeopleSplit(frame[sorted(shown)], frame[sorted(held)])


def to_lines(frame: pl.DataFrame) -> str:
    """Return rows as JSON lines, with null for a missing value and the keys in the table's order."""
    keys = [canonical_json(name) for name in frame.columns]
    return "".join(
        "{" + ", ".join(f"{key}: {canonical_json(value)}" for key, value in zip(keys, row, strict=True)) + "}\n"
        for row in frame.iter_rows()
    )
