"""Chooses the weights of a dataset's rows, as its recipe asks, and tells what people's rows say of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from pedigree.job import Job
from pedigree.metrics.embedder_choice import NO_EMBEDDER, EmbedderChoice, choose_embedder
from pedigree.metrics.tables.columns import tabulate
from pedigree.metrics.text_classifier import text_of
from pedigree.weighting.decision_text import AUTO, explain, find_best, summarise
from pedigree.weighting.people_trial import COLUMNS, NONE, TFIDF, People, try_schemes
from pedigree.weighting.schemes import SCHEMES, Rows, Weigher, read_by_people

MIN_PEOPLE = 4  # rows of a label; with fewer, classifiers of parts of people's rows could not know it
MAX_PEOPLE = 2000  # drawn at random beyond
DIGITS = 4  # of a weight in the table


@dataclass(frozen=True)
class Decision:
    """The scheme that is used ("none": every weight is 1), why, how texts are read, and the figures of the trial.

    ``note`` says why the recipe's embedder has no part in it; ``line`` says in one line what was decided.
    """

    asked: str
    used: str
    why: str
    line: str
    read_by: str | None = None
    note: str | None = None
    trial: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Return the decision as JSON values."""
        plain = {name: getattr(self, name) for name in ("asked", "used", "why", "line", "read_by", "note")}
        return {**plain, **self.trial}


def choose_weights(job: Job, train: pl.DataFrame) -> Decision:
    """Return which weights the rows get; deterministic. Held-out rows have no part in it.

    A scheme that the recipe names is used wherever people's rows are enough; ``auto`` uses the one with the largest
    gain on people's rows whose interval lies above 0, for the student on embeddings, without an embedder on TF-IDF, or
    on columns where no field is a text.
    """
    asked, labels = job.recipe.weights, list(job.recipe.labels)
    people, rows = select_people(job, train), select_rows(job, train)
    if len(set(people.label_ids.tolist())) < 2 or len(set(rows.label_ids.tolist())) < 2:
        why = f"weights need {MIN_PEOPLE} rows by people of each of two labels, and synthetic rows of two labels"
        return Decision(asked, NONE, why, f"{asked}: every weight is 1, as {why}")
    choice = _choose_embedder(job)
    embed = choice.embedder.embed if choice.embedder else None
    trial = try_schemes(people, rows, SCHEMES if asked == AUTO else (asked,), len(labels), job.recipe.seed, embed)
    read_by = f"TF-IDF and {choice.name}" if choice.embedder else COLUMNS if job.recipe.tabular else TFIDF
    used = find_best(trial) if asked == AUTO else asked
    return Decision(
        asked, used, explain(asked, used, trial), summarise(asked, used, trial), read_by, choice.note, trial
    )


def weigh_rows(job: Job, train: pl.DataFrame) -> pl.DataFrame:
    """Return the train split with the weights that the recipe asks for.

    Those of a label's synthetic rows have the mean 1, up to rounding; real rows keep 1. Rows of the validation split
    are learned by no model that could weigh them, so they keep 1, too.
    """
    if job.recipe.weights == NONE or (used := choose_weights(job, train).used) == NONE:
        return train
    people, rows, seed = select_people(job, train), select_rows(job, train), job.recipe.seed
    choice = _choose_embedder(job)
    embed = choice.embedder.embed if choice.embedder else None
    checker = read_by_people(people.texts, people.label_ids.tolist(), rows, seed, embed, people.table)
    weights = np.ones(train.height)
    found = Weigher(rows, len(job.recipe.labels), seed).weigh(used, checker)
    weights[train["completion_id"].is_not_null().to_numpy()] = np.round(found, DIGITS)
    return train.with_columns(weight=pl.Series(weights))


def select_people(job: Job, train: pl.DataFrame) -> People:
    """Return the seeds and the real rows of the train split, each once, of labels with enough of them."""
    names, labels = list(job.recipe.fields), list(job.recipe.labels)
    real = train.filter(pl.col("completion_id").is_null()).select(*names, "label").iter_rows(named=True)
    known = [({name: row[name] for name in names}, row["label"]) for row in real]
    if job.recipe.seeds:
        known += [(one.fields, one.label) for one in job.seeds]
    fields = {(text_of(row), label): row for row, label in known[::-1]}
    pairs = _draw(list(dict.fromkeys((text_of(row), label) for row, label in known)), job.recipe.seed)
    counts = Counter(label for _, label in pairs)
    pairs = [pair for pair in pairs if counts[pair[1]] >= MIN_PEOPLE]
    ids = np.array([labels.index(label) for _, label in pairs], dtype=int)
    table = tabulate([fields[pair] for pair in pairs], job.recipe)
    return People([text for text, _ in pairs], ids, learned=bool(job.real), table=table)


def select_rows(job: Job, frame: pl.DataFrame) -> Rows:
    """Return the synthetic rows of a frame."""
    made = frame.filter(pl.col("completion_id").is_not_null())
    numbers = {label: number for number, label in enumerate(job.recipe.labels)}
    fields = made.select(list(job.recipe.fields)).to_dicts()
    label_ids = made["label"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    return Rows([text_of(row) for row in fields], label_ids, tabulate(fields, job.recipe))


def _choose_embedder(job: Job) -> EmbedderChoice:
    """Return the recipe's embedder where a scheme that may be used reads with it."""
    if job.recipe.weights not in (AUTO, "reader") or job.recipe.tabular:
        return NO_EMBEDDER
    return choose_embedder(job.workspace, job.dataset, job.recipe.evaluate.embedder)


def _draw(pairs: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, str]]:
    if len(pairs) <= MAX_PEOPLE:
        return list(pairs)
    return [pairs[place] for place in sorted(np.random.default_rng(seed).permutation(len(pairs))[:MAX_PEOPLE])]
