"""The rows that each round kept, read from the tables of a dataset, as failure-driven rounds saw them."""

import json
from collections.abc import Mapping

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.review_decisions import PASSED_SCREENS
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.generation.rounds import Rounds
from pedigree.job import Job


def read_kept_rows(job: Job, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return round, generator, label, ids and fields of what passed the screens: rows, surplus, rows people rejected.

    ``tables``: prompts, train, validation and rejects. The label is the one before any decision of people.
    """
    recipe = job.recipe
    types = {name: POLARS_TYPE[field.type] for name, field in recipe.fields.items()}
    columns = {"row_id": pl.String, "completion_id": pl.String, "label": pl.String, **types}
    passed = tables["rejects"].filter(pl.col("reason").is_in([one for one in PASSED_SCREENS if one]))
    surplus = [
        {"row_id": id, "completion_id": completion, "label": label, **json.loads(candidate)}
        for id, completion, label, candidate in passed.select(
            "row_id", "completion_id", "label", "candidate"
        ).iter_rows()
    ]
    frames = [tables[name].select(*columns) for name in SPLITS]
    dates = [name for name, kind in columns.items() if kind == pl.Date]  # texts in JSON
    rest = pl.DataFrame(surplus, columns | dict.fromkeys(dates, pl.String), orient="row")
    rest = rest.with_columns(pl.col(name).str.to_date("%Y-%m-%d") for name in dates)
    rows = pl.concat([*frames, rest]).drop_nulls("completion_id")
    before = {one.row_id: one.label for one in job.review.history}
    label = pl.col("row_id").replace_strict(before, default=pl.col("label"), return_dtype=pl.String)
    rounds = tables["prompts"].select("completion_id", "round", "generator")
    return rows.with_columns(label=label).join(rounds, on="completion_id", maintain_order="left")


def record_round(rounds: Rounds, job: Job, kept: pl.DataFrame, number: int) -> None:
    """Pass over a round whose rows are known; ``kept`` are those of all rounds, as ``read_kept_rows`` returns them."""
    rows = kept.filter(pl.col("round") == number)
    rounds.next_round()
    rounds.record(*job.count_kept(rows), rows=rows)


def replay_rounds(job: Job, tables: Mapping[str, pl.DataFrame]) -> Rounds:
    """Return the rounds after those of the tables."""
    rounds, kept = Rounds.for_job(job), read_kept_rows(job, tables)
    for number in sorted(set(tables["prompts"].filter(pl.col("slot") >= 0)["round"])):
        record_round(rounds, job, kept, number)
    return rounds
