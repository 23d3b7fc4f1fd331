"""Two-sample test: whether a classifier tells synthetic texts from real ones, and by which words (Lopez-Paz and Oquab 2017)."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from pedigree.metrics.text_classifier import Student, train_classifier

FOLDS = 5
MIN_TEXTS = 10  # of each side: two for each fold to test on
MAX_DISCRIMINATIVE = 10
MIN_DISTINCTIVE = 3, 0.02  # texts that a telltale stands in: so many, and this share of them


def measure_two_sample_auc(synthetic: Sequence[str], real: Sequence[str], seed: int) -> float | None:
    """Return the mean area under the ROC curve over five folds of a student that tells synthetic texts from real ones.

    0.5 is chance, and 1 means that each text gives itself away. The order of the texts doesn't count. Null below ten
    texts of a side.
    """
    if min(len(synthetic), len(real)) < MIN_TEXTS:
        return None
    texts, is_synthetic = _line_up(synthetic, real)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32).split(texts, is_synthetic)
    areas = []
    for train, test in folds:
        student = _teach(texts[train], is_synthetic[train], seed)
        areas.append(roc_auc_score(is_synthetic[test], student.predict_proba(texts[test])[:, 1]))
    return float(np.mean(areas))


def discriminative_ngrams(synthetic: Sequence[str], real: Sequence[str], seed: int) -> list[dict[str, str | float]]:
    """Return the words and pairs of words that most make a student say synthetic: n-gram, weight, share of the synthetic texts.

    Strongest first. Each stands in at least 2 % and three of the synthetic texts, and only those are counted: nothing is
    said of what the real texts hold. Empty below ten texts of a side.
    """
    if min(len(synthetic), len(real)) < MIN_TEXTS:
        return []
    student = _teach(*_line_up(synthetic, real), seed)
    words, reader = student[0], student[-1]
    found = np.asarray((words.transform(sorted(synthetic)) > 0).sum(axis=0)).ravel()
    least = max(MIN_DISTINCTIVE[0], MIN_DISTINCTIVE[1] * len(synthetic))
    lines = [
        {"ngram": str(ngram), "weight": round(float(weight), 6), "share": float(rows / len(synthetic))}
        for ngram, weight, rows in zip(words.get_feature_names_out(), reader.coef_[0], found, strict=True)
        if rows >= least and weight > 0
    ]
    return sorted(lines, key=lambda line: (-line["weight"], line["ngram"]))[:MAX_DISCRIMINATIVE]


def _line_up(synthetic: Sequence[str], real: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    texts = np.asarray([*sorted(synthetic), *sorted(real)], dtype=object)
    return texts, np.arange(len(texts)) < len(synthetic)


def _teach(texts: np.ndarray, is_synthetic: np.ndarray, seed: int) -> Student:
    """Return a student whose second class is the synthetic one."""
    return train_classifier(texts.tolist(), is_synthetic.tolist(), seed)
