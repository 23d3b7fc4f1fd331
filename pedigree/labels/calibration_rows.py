"""Chooses the rows of people on which a judge is measured, and the label that it is asked about for each."""

from collections import Counter
from collections.abc import Mapping

import polars as pl

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import candidates_schema
from pedigree.ids import seeded
from pedigree.job import Job
from pedigree.recipe.judge import OPEN, Judge
from pedigree.recipe.label_groups.groups import list_near
from pedigree.recipe.languages.language_check import LANGUAGE


def choose_calibration_rows(job: Job, judge: Judge) -> pl.DataFrame:
    """Return people's rows as candidates (schemas.candidates_schema), at most ``judge.calibrate`` of them.

    They are the seeds (or the held-out rows, where the judge says so), as evenly from all labels as can be. Where the
    question names a label, or the label says which labels are shown, each row is asked about twice: with people's
    label, and with another. A judge of doubted rows gives no evidence on all rows, so it is asked about none.
    """
    lines = []
    near = list_near(job.recipe.single_labels)
    for example in _draw(job, judge):
        claims = [example.label]
        if names_no_claim(judge):
            pass
        elif judge.labels_shown is not None:
            claims.append(_choose_near_or_far(job, near, example))
        else:
            claims.append(_choose_other(job, example))
        spoken = {LANGUAGE: example.language} if job.recipe.languages else {}
        lines += [{"row_id": name_row(example, claim), "label": claim, **example.fields, **spoken} for claim in claims]
    return pl.DataFrame(lines, candidates_schema(job.recipe), orient="row")


def names_no_claim(judge: Judge) -> bool:
    """Return whether a judge's prompt is the same whatever label a row carries, so that one answer tells of all."""
    return judge.question in OPEN and judge.labels_shown is None


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


def _choose_near_or_far(job: Job, near: Mapping[str, tuple[str, ...]], example: Example) -> str:
    """Return another label for a row: of every second row one that is confused with its own, else any other one."""
    chance = seeded(job.recipe.seed, "group label", example.id)
    close = near[example.label]
    far = [label for label in near if label != example.label and label not in close]
    return chance.choice(close if close and (not far or chance.random() < 0.5) else far)
