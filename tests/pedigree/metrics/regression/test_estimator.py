"""Which regression text classifiers learn with, and that both kinds say the same."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pedigree.metrics.regression.dual_fit import MANY_LABELS
from pedigree.metrics.regression.estimator import DualRegression, make_regression
from pedigree.metrics.text_classifier import train_classifier


def test_few_labels_are_learned_by_scikit_learn_as_ever_and_many_by_our_own():
    assert type(make_regression(range(MANY_LABELS - 1), 0)) is LogisticRegression
    assert type(make_regression([*range(MANY_LABELS), 0, 0], 0)) is DualRegression


@pytest.mark.parametrize("labels", [2, 5])
def test_the_probabilities_are_those_of_scikit_learn(labels):
    rng = np.random.default_rng(labels)
    features, numbers = (
        rng.normal(size=(60, 80)),
        np.concatenate([range(labels), rng.integers(labels, size=60 - labels)]),
    )
    names = np.array([f"label {number}" for number in numbers])
    reader = LogisticRegression(C=10, class_weight="balanced", tol=1e-12, max_iter=10_000, solver="newton-cg")
    expected, found = reader.fit(features, names), DualRegression().fit(features, names)
    assert found.classes_.tolist() == expected.classes_.tolist()
    assert found.predict_proba(features) == pytest.approx(expected.predict_proba(features), abs=1e-4)
    assert found.predict(features).tolist() == expected.predict(features).tolist()
    assert found.predict_proba(features[:0]).shape == (0, labels)


def test_a_text_classifier_of_many_labels_reads_what_it_learned():
    texts = [f"word{number} about word{number}" for number in range(40) for _ in range(2)]
    labels = [f"label-{number:02}" for number in range(40) for _ in range(2)]
    student = train_classifier(texts, labels, seed=0)
    assert student.predict(texts).tolist() == labels and list(student.classes_) == sorted(set(labels))


def test_one_label_is_refused():
    with pytest.raises(ValueError, match="two labels or more, got 1"):
        DualRegression().fit(np.eye(3), ["same"] * 3)
