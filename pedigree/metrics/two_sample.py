"""Classifier two-sample test (Lopez-Paz and Oquab 2017): do synthetic and real texts differ, and in which n-grams."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from pedigree.curation.words import join_words
from pedigree.metrics.text_classifier import TextClassifier, train_classifier

FOLDS = 5
MIN_TEXTS = 10  # of each side: two for each fold to test on
MAX_DISCRIMINATIVE = 10
MIN_DISTINCTIVE = 3, 0.02  # synthetic texts that hold a listed n-gram: number, and share


def measure_two_sample_auc(synthetic: Sequence[str], real: Sequence[str], seed: int) -> float | None:
    """Return the mean area under the ROC curve over five folds of a classifier for synthetic against real texts.

    0.5 is chance, 1 is perfect separation. The order of the texts has no effect. Null for fewer than ten texts of a
    side.
    """
    if min(len(synthetic), len(real)) < MIN_TEXTS:
        return None
    texts, is_synthetic = _join_sides(synthetic, real)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32).split(texts, is_synthetic)
    areas = []
    for train, test in folds:
        classifier = _train(texts[train], is_synthetic[train], seed)
        areas.append(roc_auc_score(is_synthetic[test], classifier.predict_proba(texts[test])[:, 1]))
    return float(np.mean(areas))


def discriminative_ngrams(synthetic: Sequence[str], real: Sequence[str], seed: int) -> list[dict[str, str | float]]:
    """Return the terms with the largest weights for the synthetic class: n-gram, weight, share of texts.

    Largest first. Each is in at least 2 % and three of the synthetic texts. Only synthetic texts are counted, so that
    no content of real texts is returned. Empty for fewer than ten texts of a side.
    """
    if min(len(synthetic), len(real)) < MIN_TEXTS:
        return []
    classifier = _train(*_join_sides(synthetic, real), seed)
    names, regression = classifier[-2].get_feature_names_out(), classifier[-1]
    counts = np.asarray((classifier[:-1].transform(sorted(synthetic)) > 0).sum(axis=0)).ravel()
    least = max(MIN_DISTINCTIVE[0], MIN_DISTINCTIVE[1] * len(synthetic))
    found = [
        (-round(float(weight), 6), join_words(ngram.split()), float(rows / len(synthetic)))
        for ngram, weight, rows in zip(names, regression.coef_[0], counts, strict=True)
        if rows >= least and weight > 0
    ]
    return [
        {"ngram": ngram, "weight": -negative, "share": share}
        for negative, ngram, share in sorted(found)[:MAX_DISCRIMINATIVE]
    ]


def _join_sides(synthetic: Sequence[str], real: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return all texts, sorted within each side, and a mask of the synthetic ones."""
    texts = np.asarray([*sorted(synthetic), *sorted(real)], dtype=object)
    return texts, np.arange(len(texts)) < len(synthetic)


def _train(texts: np.ndarray, is_synthetic: np.ndarray, seed: int) -> TextClassifier:
    """Return a classifier whose second class is the synthetic one."""
    return train_classifier(texts.tolist(), is_synthetic.tolist(), seed)
