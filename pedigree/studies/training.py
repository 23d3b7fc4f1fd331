"""Trains the students of a study on synthetic rows, people's rows and both, and keeps what they predict."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pedigree.dataset.examples import Example, load_examples
from pedigree.job import Job
from pedigree.job_outputs import read_synthetic_rows
from pedigree.metrics.embedder_choice import choose_embedder, find_embedder_problem
from pedigree.metrics.text_classifier import text_of
from pedigree.studies.settings import TFIDF, Study, StudyTask
from pedigree.usefulness.embedding_classifier import make_classifier_factory
from pedigree.usefulness.pool import Pool, Sample, TrainingMix
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier
from pedigree.usefulness.trials import run_trial
from pedigree.workspace import Workspace

Factory = Callable[[Sequence[str]], Classifier]
Trials = list[dict[str, Any]]


class People:
    """The rows of people of a task: those to train on, apart from the held-out ones, and those to test with.

    ``left_out`` counts rows to train on that are held out too, or repeat another.
    """

    def __init__(self, job: Job, task: StudyTask):
        path = task.real
        rows = load_examples(job.workspace.root / path, job.recipe) if path else list(job.seeds)
        held = {_fold(one) for one in job.held_out}
        first = {_fold(one): one for one in reversed(rows)}
        self.real = [one for one in rows if first[_fold(one)] is one and _fold(one) not in held]
        self.left_out = len(rows) - len(self.real)
        self.held_out = job.held_out
        self.labels = sorted(job.recipe.labels)  # the recipe of a cell may name them in another order than the task

    def make_pool(self, synthetic: Sample, seed: int) -> Pool:
        """Return the pool of synthetic, real and held-out rows."""
        return Pool(synthetic, self._sample(self.real), self._sample(self.held_out), len(self.labels), seed)

    def _sample(self, examples: Sequence[Example]) -> Sample:
        ids = [self.labels.index(one.label) for one in examples]
        return Sample([text_of(one.fields) for one in examples], np.array(ids, dtype=int))


def find_students(workspace: Workspace, study: Study) -> tuple[dict[str, Factory], list[str]]:
    """Return the students that this machine has, by name, and why others are left out."""
    factories: dict[str, Factory] = {}
    missing = []
    for name in study.students:
        if name == TFIDF:
            factories[name] = TfidfClassifier
        elif problem := find_embedder_problem(workspace, study.study, name):
            missing.append(f"student {name} is left out: {problem}")
        elif (choice := choose_embedder(workspace, study.study, name)).embedder:
            factories[name] = make_classifier_factory(choice.embedder)
        else:
            missing.append(f"student {name} is left out: {choice.note}")
    return factories, missing


def mark_students(workspace: Workspace, study: Study, names: Sequence[str]) -> list[str]:
    """Return the students with the hash of the model that each embeds with: another model is another student."""
    chosen = {name: choose_embedder(workspace, study.study, name).embedder for name in names if name != TFIDF}
    return [f"{name} {embedder.sha256}" if (embedder := chosen.get(name)) else name for name in names]


def train_on_real(people: People, students: Mapping[str, Factory], amounts: Sequence[int], seed: int) -> Trials:
    """Return a trial for each student and amount of real rows, and for all of them; amounts beyond all are left out."""
    pool = people.make_pool(Sample([], np.array([], dtype=int)), seed)
    every = len(people.real)
    wanted = sorted({*(one for one in amounts if 0 < one < every), every} - {0, 1})
    return _run(pool, students, [TrainingMix(0, rows) for rows in wanted])


def train_on_cell(job: Job, people: People, students: Mapping[str, Factory], amounts: Sequence[int]) -> Trials:
    """Return a trial for each student and amount of real rows that is mixed with all synthetic rows of a cell."""
    rows = read_synthetic_rows(job)
    ids = {label: index for index, label in enumerate(people.labels)}
    texts = [text_of(row) for row in rows.select(list(job.recipe.fields)).iter_rows(named=True)]
    synthetic = Sample(texts, np.array([ids[label] for label in rows["label"]], dtype=int))
    pool = people.make_pool(synthetic, job.recipe.seed)
    mixes = [TrainingMix(len(synthetic), one) for one in amounts if one <= len(people.real)]
    return _run(pool, students, mixes)


def _run(pool: Pool, students: Mapping[str, Factory], mixes: Sequence[TrainingMix]) -> Trials:
    trials = []
    for student, make in students.items():
        classifier = make(pool.texts)
        for mix in mixes:
            trial = run_trial(classifier, pool, mix) if len(mix) > 1 else None
            scores = trial.score() if trial else {"macro_f1": None, "accuracy": None}
            trials.append(
                {
                    "student": student,
                    "synthetic": mix.synthetic,
                    "real": mix.real,
                    "macro_f1": scores["macro_f1"],
                    "accuracy": scores["accuracy"],
                    "predicted": trial.predicted.tolist() if trial else None,
                }
            )
    return trials


def _fold(one: Example) -> str:
    return " ".join(one.text.casefold().split())
