"""Trains a classifier for each label on rows with several labels, and tests them on held-out rows (train on synthetic,
test on real).

Binary relevance: each label is decided on its own, by TF-IDF with a logistic regression as for one label a row
(Tsoumakas & Katakis 2007; Zhang et al. 2018).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from pedigree.dataset.schemas import LABELS
from pedigree.job import Job
from pedigree.metrics.text_classifier import list_terms, text_of
from pedigree.recipe.label_sets.names import split_labels
from pedigree.usefulness.dataset_trial import NO_EVIDENCE
from pedigree.usefulness.multi_label.scores import resample, score_sets
from pedigree.usefulness.scores import find_interval

Rows = tuple[list[str], np.ndarray]  # texts, and labels as rows x labels, 0 or 1


def measure_sets(job: Job, train: pl.DataFrame, *, evidence: bool) -> dict[str, Any] | None:
    """Return the entry ``multi_label`` of metrics.json; None without held-out rows.

    ``train`` is the train split. The trials are on its rows, on the seeds, and on both; null where one has no rows.
    """
    if not job.held_out:
        return None
    labels, seed = list(job.recipe.single_labels), job.recipe.seed
    texts = [text_of(row) for row in train.select(*job.recipe.fields).iter_rows(named=True)]
    synthetic = texts, indicate(train[LABELS].to_list(), labels)
    real, held_out = (
        ([text_of(one.fields) for one in rows], indicate([split_labels(one.label) for one in rows], labels))
        for rows in (job.seeds, job.held_out)
    )
    both = [*synthetic[0], *real[0]], np.vstack([synthetic[1], real[1]])
    mixes: dict[str, Rows] = {"synthetic": synthetic, "real": real, "both": both}
    said = {
        name: predict_sets(*rows, held_out[0], seed) if rows[0] and (name != "both" or real[0]) else None
        for name, rows in mixes.items()
    }
    return {
        "student": "tfidf-logreg, one for each label",
        "evidence": evidence,
        "note": None if evidence else NO_EVIDENCE,
        "labels": labels,
        "test_rows": len(held_out[0]),
        **{
            name: None
            if found is None
            else {"train_rows": len(mixes[name][0]), **score_sets(held_out[1], found, labels, seed)}
            for name, found in said.items()
        },
        "differences": {
            f"{one}_minus_{other}": _compare(held_out[1], said[one], said[other], seed)
            for one, other in (("synthetic", "real"), ("both", "real"))
        },
    }


def indicate(sets: Sequence[Sequence[str]], labels: Sequence[str]) -> np.ndarray:
    """Return which labels each set holds: sets x labels, 0 or 1."""
    places = {label: place for place, label in enumerate(labels)}
    found = np.zeros((len(sets), len(labels)), dtype=int)
    for row, members in enumerate(sets):
        found[row, [places[label] for label in members]] = 1
    return found


def predict_sets(texts: Sequence[str], held: np.ndarray, query: Sequence[str], seed: int) -> np.ndarray:
    """Return the predicted labels of the texts ``query`` (texts x labels, 0 or 1), learned from ``texts``.

    A label that all training rows have, or none, is predicted for all, or none. A text may get no label.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=list)
    predicted = np.zeros((len(query), held.shape[1]), dtype=int)
    with threadpool_limits(1):
        known, asked = vectorizer.fit_transform(list_terms(texts)), vectorizer.transform(list_terms(query))
        for place, own in enumerate(held.T):
            if own.min() == own.max():
                predicted[:, place] = own[0]
                continue
            model = LogisticRegression(C=10, class_weight="balanced", max_iter=5000, random_state=seed % 2**32)
            predicted[:, place] = model.fit(known, own).predict(asked)
    return predicted


def _compare(
    true: np.ndarray, one: np.ndarray | None, other: np.ndarray | None, seed: int
) -> dict[str, list[float] | float] | None:
    """Return the differences of two classifiers on the same test rows, with intervals; None without one of them."""
    if one is None or other is None:
        return None
    draws = [resample(true, said, seed) for said in (one, other)]
    found: dict[str, list[float] | float] = {}
    scores = [score_sets(true, said, [str(place) for place in range(true.shape[1])], seed) for said in (one, other)]
    for name in draws[0]:
        found[name] = scores[0][name] - scores[1][name]
        found[f"{name}_interval"] = find_interval(draws[0][name] - draws[1][name])
    return found
