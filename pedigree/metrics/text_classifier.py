"""Trains a small, fast text classifier: TF-IDF with logistic regression (the "student" of reports and cards)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from threadpoolctl import threadpool_limits

from pedigree.curation.words import list_terms

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

TextClassifier: TypeAlias = "Pipeline"


def train_classifier(texts: Sequence[str], labels: Sequence[Any], seed: int) -> TextClassifier:
    """Return TF-IDF (words and pairs of words, or 1 to 3 characters; sublinear) with a logistic regression.

    The terms are those of ``list_terms``; C=10, balanced classes. It has ``predict(texts)``, ``predict_proba(texts)``
    and ``classes_`` (the labels, sorted). Deterministic for the same rows in the same order. Raises ValueError for
    fewer than two different labels.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from pedigree.metrics.regression.estimator import make_regression

    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=list)
    regression = make_regression(labels, seed)
    with threadpool_limits(1):  # threads slow down matrices as small as these on a busy machine
        return make_pipeline(FunctionTransformer(list_terms), vectorizer, regression).fit(texts, labels)


def text_of(fields: Mapping[str, Any]) -> str:
    """Return a row's fields as one text for a classifier; several fields are each preceded by their name."""
    if len(fields) == 1:
        return str(*fields.values())
    return "\n".join(f"{name}: {value}" for name, value in fields.items())
