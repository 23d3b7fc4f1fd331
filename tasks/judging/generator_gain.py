"""What each generator's rows of a pilot bring to a classifier of people's rows, read by cross-fitting on these."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from pedigree.dataset.examples import Example
from pedigree.dataset.sampling import draw_rows
from pedigree.job import Job
from pedigree.metrics.embedder_choice import choose_embedder
from pedigree.metrics.tables.columns import tabulate
from pedigree.metrics.text_classifier import text_of
from pedigree.usefulness.cross_fitting import MIN_ROWS, cross_fit
from pedigree.usefulness.embedding_classifier import make_classifier_factory
from pedigree.usefulness.pool import REAL, Pool, Sample
from pedigree.usefulness.tables.student import ClassifierFactory, make_student
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.trials import Trial
from pedigree.usefulness.tstr import compare_trials

MIN_MADE = 20  # rows of a generator; of fewer nothing is said
BOTH = "both"


@dataclass(frozen=True)
class Gain:
    """Macro-F1 of a student of people's rows and ``rows`` of a generator, less that of a student of people's rows.

    Both read ``people`` rows of people that they have not learned. ``decides``: weights are proposed by this student.
    """

    student: str
    rows: int
    people: int
    gain: float
    interval: tuple[float, float]
    decides: bool


def measure_gains(job: Job, kept: pl.DataFrame) -> dict[str, list[Gain]]:
    """Return the gains by generator, on TF-IDF and, where the recipe's embedder is here, on embeddings, which decide.

    As many rows of each generator are learned as the one of fewest has. Generators with fewer than 20 rows are left
    out; all are, where people wrote fewer than 100 rows: seeds, real and dev rows. Held-out rows have no part in it.
    """
    people = list_people(job)
    made = {one.title: kept.filter(generator=one.title) for one in job.recipe.generators}
    made = {title: rows for title, rows in made.items() if rows.height >= MIN_MADE}
    if len(people) < MIN_ROWS or not made:
        return {}
    size = min(rows.height for rows in made.values())
    choice = choose_embedder(job.workspace, job.dataset, job.recipe.evaluate.embedder)
    tabular = job.recipe.tabular
    students: dict[str, ClassifierFactory] = {"columns" if tabular else "TF-IDF": TfidfClassifier}
    if choice.embedder and not tabular:
        students["embeddings"] = make_classifier_factory(choice.embedder)
    found = {}
    for title, rows in made.items():
        pool = _make_pool(job, people, draw_rows(rows, size, job.recipe.seed, "gain", title))
        gains = [_measure(pool, name, make, name == [*students][-1]) for name, make in students.items()]
        found[title] = [one for one in gains if one]
    return found


def list_people(job: Job) -> list[Example]:
    """Return the rows that people labelled and a model may see, each text once."""
    examples: Iterable[Example] = (*(job.seeds if job.recipe.seeds else ()), *job.real, *job.dev)
    return list({text_of(one.fields): one for one in examples}.values())


def _make_pool(job: Job, people: list[Example], rows: pl.DataFrame) -> Pool:
    labels = list(job.recipe.labels)
    values = list(rows.select(list(job.recipe.fields)).iter_rows(named=True))
    own = np.array([labels.index(label) for label in rows["label"]], dtype=int)
    made = Sample([text_of(row) for row in values], own, None, tabulate(values, job.recipe))
    ids = np.array([labels.index(one.label) for one in people], dtype=int)
    fields = [one.fields for one in people]
    real = Sample([text_of(one) for one in fields], ids, None, tabulate(fields, job.recipe))
    nobody = Sample([], np.zeros(0, dtype=int), None, tabulate([], job.recipe))
    return Pool(made, real, nobody, len(labels), job.recipe.seed)


def _measure(pool: Pool, student: str, make: ClassifierFactory, decides: bool) -> Gain | None:
    found = cross_fit(make_student(pool, make), pool, (REAL, BOTH))
    if found is None:
        return None
    beside, alone = (Trial(found.label_ids, found.probabilities[mix]) for mix in (BOTH, REAL))
    one = compare_trials(beside, alone, pool.seed)
    low, high = one["macro_f1_interval"]
    return Gain(student, len(pool.synthetic), len(found.label_ids), one["macro_f1"], (low, high), decides)
