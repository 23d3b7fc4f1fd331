"""The table of a study's results: a row for each cell, amount of real rows and student, and the real-only baseline."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pedigree.studies.annotators import find_subjectivity
from pedigree.studies.cells import Cell
from pedigree.studies.settings import REAL, Study, Subjectivity
from pedigree.studies.systems import find_whole
from pedigree.usefulness import scores

RESAMPLING_SEED = 0  # the same resampled test rows for all rows of a task, so that differences are paired
SCHEMA = {
    "task": pl.String, "strategy": pl.String, "model": pl.String, "model_asked": pl.String, "written_by": pl.String,
    "seed": pl.Int64, "size": pl.Int64, "real_rows": pl.Int64, "student": pl.String, "status": pl.String,
    "why": pl.String, "rows_wanted": pl.Int64, "rows": pl.Int64, "test_rows": pl.Int64, "macro_f1": pl.Float64,
    "macro_f1_low": pl.Float64, "macro_f1_high": pl.Float64, "accuracy": pl.Float64, "real_macro_f1": pl.Float64,
    "all_real_rows": pl.Int64, "gap_to_real": pl.Float64, "gap_low": pl.Float64, "gap_high": pl.Float64,
    "subjectivity": pl.Float64, "subjectivity_source": pl.String, "distinct_1": pl.Float64, "distinct_2": pl.Float64,
    "self_bleu": pl.Float64, "chamfer": pl.Float64, "remote_clique": pl.Float64, "vendi": pl.Float64,
    "top_5_similarity": pl.Float64, "calls": pl.Int64, "tokens_in": pl.Int64, "tokens_out": pl.Int64,
    "cost_usd": pl.Float64, "rows_made": pl.Int64, "rejected": pl.Int64, "rejects": pl.String,
    "labels_right": pl.Float64, "labels_by": pl.String, "gates_failed": pl.String,
}  # fmt: skip
FIGURES = ("distinct_1", "distinct_2", "self_bleu", "chamfer", "remote_clique", "vendi", "top_5_similarity")
DIGITS = 6


def name_writer(model: str) -> str:
    """Return who wrote the rows of a model: ``model``, ``replay`` (of answers given earlier) or ``offline``."""
    kind = model.split("/")[0]
    return kind if kind in ("offline", "replay") else "model"


def tabulate(
    study: Study,
    cells: Mapping[Cell, Mapping[str, Any]],
    models: Mapping[Cell, str],
    people: Mapping[tuple[str, int], Mapping[str, Any]],
) -> pl.DataFrame:
    """Return the table, of results by cell and of the real-only baselines ``people``; ``models`` are the model strings.

    A failed cell has a row with its status and no figures. Floats are rounded to 6 digits.
    """
    subjectivity = {task: _describe_subjectivity(one) for task, one in find_subjectivity(study, people).items()}
    lines = []
    for (task, seed), one in people.items():
        lines += [subjectivity.get(task, {}) | line for line in _list_real(task, seed, one)]
    for cell, found in cells.items():
        own = _list_cell(cell, models[cell], found, people.get((cell.task, cell.seed)))
        lines += [subjectivity.get(cell.task, {}) | line for line in own]
    table = pl.DataFrame([dict.fromkeys(SCHEMA) | line for line in lines], schema=SCHEMA)
    return table.with_columns(pl.col(pl.Float64).round(DIGITS))


def _list_real(task: str, seed: int, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    shared = {
        "task": task, "strategy": REAL, "model": REAL, "model_asked": "people", "written_by": "people", "seed": seed,
        "size": 0, "status": "made",
    }  # fmt: skip
    return [shared | _score(found, trial) for trial in found["trials"]]


def _list_cell(
    cell: Cell, model: str, found: Mapping[str, Any], people: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    shared = {
        "task": cell.task, "strategy": cell.strategy, "model": cell.model, "model_asked": model,
        "written_by": name_writer(model), "seed": cell.seed, "size": cell.size, "status": found["status"],
        "why": found.get("why"), "rows_wanted": cell.rows,
    }  # fmt: skip
    if found["status"] != "made" or people is None:
        return [shared]
    rejects, spending = found["rejects"], found["spending"]
    shared |= {
        "rows": found["rows"],
        **{name: found["figures"][name] for name in FIGURES},
        "calls": spending["completions"],
        "tokens_in": spending["tokens_in"],
        "tokens_out": spending["tokens_out"],
        "cost_usd": spending["cost_usd"],
        "rows_made": found["made"],
        "rejected": sum(rejects.values()),
        "rejects": json.dumps(rejects, sort_keys=True),
        "labels_right": found["labels_right"],
        "labels_by": found["labels_by"],
        "gates_failed": ", ".join(found["gates_failed"]),
    }
    return [shared | _score(people, trial) for trial in found["trials"]]


def _describe_subjectivity(found: Subjectivity) -> dict[str, Any]:
    return {"subjectivity": found.value, "subjectivity_source": found.source}


def _score(people: Mapping[str, Any], trial: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trial's figures, with 95 % intervals over resampled test rows; the gap's is paired."""
    line: dict[str, Any] = {
        "student": trial["student"],
        "real_rows": trial["real"],
        "test_rows": len(people["true"]),
        "macro_f1": trial["macro_f1"],
        "accuracy": trial["accuracy"],
        "all_real_rows": people["real_rows"],
    }
    if trial["predicted"] is None:
        return line
    whole = find_whole(people, trial["student"])
    own = resample(people, [trial["predicted"]])
    line["macro_f1_low"], line["macro_f1_high"] = scores.find_interval(own)
    if whole is not None:
        line["real_macro_f1"] = whole["macro_f1"]
        line["gap_to_real"] = whole["macro_f1"] - trial["macro_f1"]
        line["gap_low"], line["gap_high"] = scores.find_interval(resample(people, [whole["predicted"]]) - own)
    return line


def resample(people: Mapping[str, Any], predicted: Sequence[Sequence[int]]) -> np.ndarray:
    """Return macro-F1 over 1,000 resamples of a task's test rows, averaged over several predictions of them."""
    true = np.array(people["true"])
    found = scores.resample_f1(true, [np.array(one) for one in predicted], len(people["labels"]), RESAMPLING_SEED)
    return scores.average_f1(found).mean(axis=1)
