"""The student: a small, fast classifier that reads rows, to see whether they say what their labels claim."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

Student = Pipeline
# A mark that is no letter counts as a word, so that no text that is not blank is without words.
WORD = r"\w+|[^\w\s]"


@threadpool_limits.wrap(limits=1)  # on a busy machine, threads for matrices as small as these wait for each other
def train_classifier(texts: Sequence[str], labels: Sequence[str], seed: int) -> Student:
    """Return TF-IDF (words and pairs of words, sublinear) with a logistic regression (C=10, balanced classes).

    The student has ``predict(texts)``, ``predict_proba(texts)`` and ``classes_`` (the labels seen, sorted). The same
    rows in the same order give the same student. Raises ValueError for fewer than two different labels.
    """
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD)
    reader = LogisticRegression(C=10, class_weight="balanced", max_iter=5000, random_state=seed % 2**32)
    return make_pipeline(words, reader).fit(texts, labels)


def text_of(fields: Mapping[str, Any]) -> str:
    """Return a row's fields as the one text that a student reads: of several fields, each after its name."""
    if len(fields) == 1:
        return str(*fields.values())
    return "\n".join(f"{name}: {value}" for name, value in fields.items())
