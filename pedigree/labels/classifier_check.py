"""Estimates the share of rows whose text shows the label that they carry, from rows that people labelled.

A classifier of the seeds predicts the label of every row. How often it is right is measured on people's rows, so its
errors can be taken out of the share of rows on which it agrees (Rogan and Gladen 1978, one label against the others):

    share of right labels = (agreement - f) / (s - f)

``s`` is how often it recognises a row of the label, ``f`` how often it takes another row for one. Each of the three is
drawn from its posterior (Jeffreys prior), so a classifier that knows little gives a wide interval. The estimate assumes
that the classifier errs on the dataset's texts as it does on people's texts.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from sklearn.model_selection import StratifiedKFold

from pedigree.dataset.results import Estimate, LabelEvidence
from pedigree.job import Job
from pedigree.metrics.seed_classifier import train_seed_classifier
from pedigree.metrics.text_classifier import TextClassifier, text_of, train_classifier
from pedigree.recipe.schema import REAL

DRAWS = 2000
FOLDS = 5
MAX_IDS = 20
MIN_HELD_OUT = 5  # held-out rows of each label; with fewer, the classifier is tested on the seeds by cross-validation
MIN_SKILL = 0.05  # s - f; a draw below it says nothing of the rows
MAX_ROWS = 10_000  # rows whose label is predicted; more would not narrow the interval


def check_by_classifier(job: Job, rows: pl.DataFrame) -> LabelEvidence | None:
    """Return what a classifier of people's rows says of the rows that a model wrote; None where either are too few."""
    written = _select_rows(job, rows)
    classifier = train_seed_classifier(job) if written.height else None
    tested = None if classifier is None else _test(job, classifier)
    if classifier is None or tested is None:
        return None
    on, true, judged = tested
    texts = [text_of(fields) for fields in written.select(list(job.recipe.fields)).iter_rows(named=True)]
    sureness = classifier.predict_proba(texts)
    predicted, asked = classifier.classes_[sureness.argmax(axis=1)], written["label"].to_numpy()
    other = np.flatnonzero(predicted != asked)
    surest = other[np.argsort(-sureness.max(axis=1)[other], kind="stable")]
    whole, by_label = estimate_shares(true, judged, asked, predicted, list(job.recipe.labels), job.recipe.seed)
    return LabelEvidence(
        by="classifier",
        rows=written.height,
        right=whole,
        by_label=by_label,
        rests_on=f"a classifier trained on the seeds gives {written.height - len(other):,} of {written.height:,} rows "
        f"their own label; its errors are known from {len(true):,} {on}",
        doubted_row_ids=[written["row_id"][int(place)] for place in surest[:MAX_IDS]],
        doubted_rows=len(surest),
    )


def estimate_shares(
    true: np.ndarray, judged: np.ndarray, asked: np.ndarray, predicted: np.ndarray, labels: Sequence[str], seed: int
) -> tuple[Estimate, dict[str, Estimate]]:
    """Return the share of right labels of all rows, and of each label that has rows.

    ``true`` and ``judged`` (n people's rows): label, and label predicted without having learned the row; ``asked`` and
    ``predicted`` (m rows of the dataset): the label that a row carries, and the predicted one.
    """
    chance = np.random.default_rng(seed)
    by_label, total = {}, np.zeros(DRAWS)
    for label in labels:
        own = asked == label
        if not own.any():
            continue
        sensitivity = _draw_share(chance, judged[true == label] == label)
        false_alarm = _draw_share(chance, judged[true != label] == label)
        agreement = _draw_share(chance, predicted[own] == label)
        skill = sensitivity - false_alarm
        known = (skill > MIN_SKILL) & (true == label).any()
        shares = np.where(
            known, (agreement - false_alarm) / np.where(known, skill, 1.0), chance.uniform(size=DRAWS)
        ).clip(0, 1)
        by_label[label] = _summarise(shares)
        total += shares * own.sum() / len(asked)
    return _summarise(total), by_label


def _select_rows(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    written = rows.filter(~pl.col(REAL)) if job.recipe.real else rows
    return written.sample(MAX_ROWS, seed=job.recipe.seed) if written.height > MAX_ROWS else written


def _test(
    job: Job, classifier: TextClassifier
) -> tuple[Literal["held-out rows", "seed rows"], np.ndarray, np.ndarray] | None:
    """Return people's labels beside predicted ones, of rows that the classifier has not learned; None for too few."""
    held_out = np.array([row.label for row in job.held_out], dtype=object)
    if all((held_out == label).sum() >= MIN_HELD_OUT for label in job.recipe.labels):
        return "held-out rows", held_out, classifier.predict([text_of(row.fields) for row in job.held_out])
    labels = np.array([seed.label for seed in job.seeds], dtype=object)
    folds = min(FOLDS, *np.unique(labels.astype(str), return_counts=True)[1])
    if folds < 2:
        return None
    texts = np.array([text_of(seed.fields) for seed in job.seeds], dtype=object)
    judged = labels.copy()
    for learned, left_out in StratifiedKFold(folds, shuffle=True, random_state=job.recipe.seed % 2**32).split(
        texts, labels.astype(str)
    ):
        judged[left_out] = train_classifier(texts[learned], labels[learned], job.recipe.seed).predict(texts[left_out])
    return "seed rows", labels, judged


def _draw_share(chance: np.random.Generator, hits: np.ndarray) -> np.ndarray:
    """Return DRAWS from the posterior of a share, given its hits and misses."""
    return chance.beta(hits.sum() + 0.5, len(hits) - hits.sum() + 0.5, size=DRAWS)


def _summarise(shares: np.ndarray) -> Estimate:
    low, share, high = np.quantile(shares, [0.025, 0.5, 0.975])
    return Estimate(share=_round(share), low=_round(low), high=_round(high))


def _round(share: float) -> float:
    return round(float(share), 4)
