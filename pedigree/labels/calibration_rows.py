"""Chooses the rows of people on which a judge is measured, and the label that it is asked about for each."""

from collections import Counter

import polars as pl

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import candidates_schema
from pedigree.ids import seeded
from pedigree.job import Job
from pedigree.recipe.judge import OPEN, Judge
from pedigree.recipe.languages.language_check import LANGUAGE


def choose_calibration_rows(job: Job, judge: Judge) -> pl.DataFrame:
    """Return people's rows as candidates (schemas.candidates_schema), at most ``judge.calibrate`` of them.

    They are the seeds (or the held-out rows, where the judge says so), as evenly from all labels as can be. Where the
    question names a label, each row is asked about twice: with people's label, and with another. A judge of doubted
    rows gives no evidence on all rows, so it is asked about none.
    """
    lines = []
    for example in _draw(job, judge):
        claims = [example.label] if judge.question in OPEN else [example.label, _choose_other(job, example)]
        spoken = {LANGUAGE: example.language} if job.recipe.languages else {}
        lines += [{"row_id": name_row(example, claim), "label": claim, **example.fields, **spoken} for claim in claims]
    return pl.DataFrame(lines, candidates_schema(job.recipe), orient="row")


def list_true_labels(job: Job, judge: Judge) -> dict[str, str]:
    """Return people's label of each row that ``choose_calibration_rows`` returns, by its row id."""
    rows = list(choose_calibration_rows(job, judge)["row_id"])
    labels = {example.id: example.label for example in _list_people(job, judge)}
    return {row_id: labels[row_id.split("/", 1)[0]] for row_id in rows}


def name_row(example: Example, claim: str) -> str:
    """Return the row id of a row of people in the prompts of a judge that is asked about the label ``claim``."""
    return f"{example.id}/{claim}"


def _list_people(job: Job, judge: Judge) -> tuple[Example, ...]:
    return job.held_out if judge.calibrate_on == "held_out" else job.seeds


def _draw(job: Job, judge: Judge) -> list[Example]:
    people = {} if judge.on == "doubted" else {example.id: example for example in _list_people(job, judge)}
    ranked = sorted(people.values(), key=lambda one: seeded(job.recipe.seed, "calibrate", one.id).random())
    taken: Counter[str] = Counter()
    drawn = []
    for example in ranked:  # each row's place within its label decides, so that labels take turns
        drawn.append((taken[example.label], example))
        taken[example.label] += 1
    return [example for _, example in sorted(drawn, key=lambda pair: pair[0])[: judge.calibrate]]


def _choose_other(job: Job, example: Example) -> str:
    labels = job.recipe.labels
    others = labels[example.label].unlike or [label for label in labels if label != example.label]
    return seeded(job.recipe.seed, "other label", example.id).choice(others)
