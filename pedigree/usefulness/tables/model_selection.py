"""Do models and columns rank on synthetic rows as they rank on people's rows? (Hansen et al. 2023, arXiv 2310.16981)

Who chooses a model, or the columns to keep, on synthetic rows wants the choice that real rows would have given.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tables.features import learn_features, list_feature_columns
from pedigree.metrics.tables.trees import Trees
from pedigree.usefulness import scores
from pedigree.usefulness.training_set import TrainingSet

FOREST, BOOSTED = "random forest", "gradient-boosted trees"
MAX_ROWS = 5_000  # of each side that are learned
MIN_VARIED = 3  # scores or importances that a rank correlation needs


@dataclass(frozen=True)
class Side:
    """What the models learned from one side: predicted label ids (models x held-out rows), importance by column."""

    predicted: list[np.ndarray]
    importances: np.ndarray


def list_models(seed: int) -> dict[str, Any]:
    """Return unfitted scikit-learn models by name; the boosted trees, which read raw values, are made elsewhere."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    state = seed % 2**32
    return {
        "logistic regression": LogisticRegression(class_weight="balanced", solver="newton-cholesky", max_iter=1000),
        "naive Bayes": GaussianNB(var_smoothing=1e-6),
        "nearest neighbours": KNeighborsClassifier(5),
        "decision tree": DecisionTreeClassifier(class_weight="balanced", min_samples_leaf=5, random_state=state),
        FOREST: RandomForestClassifier(100, class_weight="balanced", min_samples_leaf=2, random_state=state, n_jobs=1),
    }


@threadpool_limits.wrap(limits=1)
def learn_side(table: Table, label_ids: np.ndarray, tests: Table, seed: int) -> Side | None:
    """Return what the models learn from rows and say of the tests; None for fewer than 5 rows or two labels.

    Importance: the mean decrease of impurity in the random forest, summed over the features of a column.
    """
    if len(table) < 5 or len(np.unique(label_ids)) < 2:
        return None
    space = learn_features(table)
    learned, asked = space.embed(table), space.embed(tests)
    models = {name: model.fit(learned, label_ids) for name, model in list_models(seed).items()}
    trees = Trees(table, seed)
    balanced = TrainingSet(np.arange(len(table)), label_ids, np.ones(len(table))).balance()
    trees.fit(table.values, label_ids, balanced)
    predicted = [*(model.predict(asked) for model in models.values()), trees.predict(tests.values)]
    importances = np.bincount(
        list_feature_columns(table), models[FOREST].feature_importances_, minlength=len(table.columns)
    )
    return Side(predicted, importances)


def compare_models(synthetic: Side, real: Side, true: np.ndarray, label_count: int, seed: int) -> dict[str, Any]:
    """Return macro-F1 of each model by side, and the rank correlation of both, with an interval over resampled tests.

    ``lost``: by how much the model that is best on synthetic rows is below the best one, both trained on real rows.
    """
    names = [*list_models(seed), BOOSTED]
    drawn = scores.average_f1(scores.resample_f1(true, [*synthetic.predicted, *real.predicted], label_count, seed))
    found = [_score(true, one, label_count) for one in (*synthetic.predicted, *real.predicted)]
    ours, theirs = np.array(found[: len(names)]), np.array(found[len(names) :])
    ranks = [correlate_ranks(one[: len(names)], one[len(names) :]) for one in drawn]
    known = np.array([np.nan if rank is None else rank for rank in ranks])
    best, chosen = int(theirs.argmax()), int(ours.argmax())
    return {
        "models": [
            {"model": name, "synthetic": float(one), "real": float(other)}
            for name, one, other in zip(names, ours, theirs, strict=True)
        ],
        "spearman": correlate_ranks(ours, theirs),
        "spearman_interval": None if np.isnan(known).all() else scores.find_interval(known),
        "chosen": names[chosen],
        "best": names[best],
        "lost": float(theirs[best] - theirs[chosen]),
    }


def compare_importances(synthetic: Side, real: Side, names: list[str]) -> dict[str, Any]:
    """Return the importance of each column by side (each sums to 1), and the rank correlation of both."""
    return {
        "columns": [
            {"column": name, "synthetic": float(one), "real": float(other)}
            for name, one, other in zip(names, synthetic.importances, real.importances, strict=True)
        ],
        "spearman": correlate_ranks(synthetic.importances, real.importances),
    }


def correlate_ranks(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Spearman's rank correlation; None for fewer than three values or a side of equal ones."""
    from pedigree.metrics.tables.associations import measure_spearman

    return measure_spearman(one, other) if len(one) >= MIN_VARIED else None


def _score(true: np.ndarray, predicted: np.ndarray, label_count: int) -> float:
    return float(scores.average_f1(scores.score_confusion(scores.count_confusion(true, predicted, label_count))))
