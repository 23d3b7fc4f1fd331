"""A small job and its tables, without any step before: what the checks of the rows are tested with."""

import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from pedigree.dataset import schemas
from pedigree.dataset.examples import Example
from pedigree.dataset.results import GateResult, GateResults
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace
from tasks.distribution import check_labels
from tasks.validate import validate

REPOSITORY = Path(__file__).parents[2]
WORDS = {
    "praise": ["love", "great", "thanks", "happy", "wonderful", "perfect", "glad", "super", "nice", "kind"],
    "complaint": ["broken", "late", "awful", "refund", "never", "wrong", "angry", "bad", "slow", "rude"],
}
OTHER = [f"{first}{last}" for first in "bcdfghklmnprstvz" for last in ("alo", "emi", "ira", "osu", "une", "yta")]


def make_job(root: Path, seeds: bool = True, **changes) -> Job:
    """Return a job of two labels and 40 rows; ``changes`` replace keys of its recipe."""
    (root / "expectations").mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY / "expectations/text-classification.json", root / "expectations")
    recipe = {
        "dataset": "notes",
        "task": "What is it?",
        "labels": {"praise": {"share": 0.5, "means": "good"}, "complaint": {"share": 0.5, "means": "bad"}},
        "rows": 40,
        "generators": [{"model": "offline/template"}],
    }
    job = Job(Workspace(root), Recipe.model_validate(recipe | changes))
    examples = [Example(sha256_of(n), make_fields(job, label, n), label, n) for label in WORDS for n in range(6)]
    return Job(job.workspace, job.recipe, examples if seeds else ())


def make_fields(job: Job, label: str, number: int) -> dict:
    """Return the fields of a row: texts of words that go with the label, values within the recipe's limits."""
    rng, fields = random.Random(f"{label} {number}"), {}
    for name, field in job.recipe.fields.items():
        text = " ".join([*rng.sample(WORDS[label], 4), *rng.sample(OTHER, 6), str(number)])
        values = {"text": text, "category": (field.values or [""])[0], "integer": number, "number": number / 2}
        values["date"] = date(2024, 1, 1) + timedelta(days=number)
        fields[name] = values[field.type]
    return fields


def make_rows(job: Job, praise: int = 20, complaint: int = 20) -> pl.DataFrame:
    """Return so many rows of each label, as their table holds them."""
    lines = []
    for label, count in {"praise": praise, "complaint": complaint}.items():
        for number in range(100, 100 + count):
            origin = {"row_id": sha256_of([label, number]), "completion_id": sha256_of(label), "position": number}
            fields = make_fields(job, label, number)
            lines.append(origin | fields | {"label": label, "weight": 1.0, "generator": "zero-shot"})
    return pl.DataFrame(lines, schema=schemas.rows_schema(job.recipe))


def make_reject(label: str | None, reason: str, number: int = 0, whole: bool = False) -> tuple:
    """Return a line of the rejects: a candidate, or a whole completion."""
    row_id = None if whole else sha256_of([label, reason, number])
    return (row_id, sha256_of(label), None if whole else number, label, "zero-shot", "{}", reason, "why", None)


def write_tables(job: Job, rows: pl.DataFrame, rejects: list[tuple] = (), answered_as: tuple[str, ...] = ("m",)) -> Job:
    """Write rows (each fifth into validation), rejects, and an answer of each name of the model; return the job."""
    validation = pl.int_range(pl.len()) % 5 == 0
    schemas.write_table(rows.filter(~validation), job.table("train"))
    schemas.write_table(rows.filter(validation), job.table("validation"))
    schemas.write_table(pl.DataFrame(list(rejects), schema=schemas.REJECTS, orient="row"), job.table("rejects"))
    answers = [{"completion_id": sha256_of(name), "model": "m", "model_answered": name} for name in answered_as]
    schemas.write_table(pl.DataFrame(answers, schema=schemas.COMPLETIONS), job.table("completions"))
    return job


def write_suite(job: Job, *expectations: dict) -> None:
    """Replace the job's suite by one of these expectations."""
    path = job.workspace.root / "expectations" / f"{job.recipe.gates.suite}.json"
    path.write_text(json.dumps({"name": "mine", "expectations": expectations}), encoding="utf-8")


def judge(job: Job, rows: pl.DataFrame, rejects: list[tuple] = ()) -> GateResults:
    """Write these tables and return the gates."""
    write_tables(job, rows, rejects)
    return validate.fn(job, check_labels.fn(job))


def find_gate(gates: GateResults, name: str) -> GateResult:
    """Return the gate of this name."""
    (gate,) = [gate for gate in gates.gates if gate.name == name]
    return gate


def list_failed(gates: GateResults) -> dict:
    """Return name -> figure and limit of the gates that failed."""
    return {gate.name: (gate.figure, gate.limit) for gate in gates.gates if gate.passed is False}


def change(rows: pl.DataFrame, count: int, **values) -> pl.DataFrame:
    """Return the rows with other values in the first ``count``."""
    first = pl.int_range(pl.len()) < count
    return rows.with_columns(
        **{name: pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)) for name, value in values.items()}
    )
