"""Students of typed columns against scikit-learn, and the ranks of models and columns against a count by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pedigree.metrics.tables.columns import Column, Table
from pedigree.usefulness.cross_fitting import cross_fit
from pedigree.usefulness.difficulty_split import sort_held_out
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.tables.classifier import BoostedClassifier, TableClassifier
from pedigree.usefulness.tables.model_selection import FOREST, Side, compare_importances, learn_side, list_models
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.tables.trial import measure_tables
from pedigree.usefulness.training_set import TrainingSet
from pedigree.usefulness.trials import TrainingMix, run_trial
from pedigree.usefulness.tstr import make_pool

COLUMNS = (Column("size", "number"), Column("kind", "category", ("a", "b", "c")), Column("noise", "number"))


def sample(rows, seed, shuffled=False):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)
    kind = np.where(rng.random(rows) < 0.7, labels, rng.integers(0, 3, rows))
    values = np.stack([labels + rng.normal(0, 0.8, rows), kind, rng.normal(0, 1, rows)], axis=1)
    if shuffled:
        values = rng.permuted(values, axis=0)
    return Sample([str(row) for row in values.tolist()], labels, None, Table(COLUMNS, values))


SYNTHETIC, REAL, TESTS = sample(60, 1), sample(50, 2), sample(80, 3)


def encode():
    scaled, levels = StandardScaler(), OneHotEncoder(categories=[[0, 1, 2]], sparse_output=False)
    return make_column_transformer((scaled, [0, 2]), (levels, [1]))


def test_the_student_of_columns_equals_a_pipeline_of_scikit_learn():
    pool = make_pool(SYNTHETIC, REAL, TESTS, 3, 0)
    assert isinstance(make_student(pool), TableClassifier)
    found = run_trial(make_student(pool), pool, TrainingMix(60, 0))
    regression = LogisticRegression(class_weight="balanced", tol=1e-8, max_iter=5000)
    pipeline = make_pipeline(encode(), regression).fit(SYNTHETIC.table.values, SYNTHETIC.label_ids)
    assert found.probabilities == pytest.approx(pipeline.predict_proba(TESTS.table.values), abs=1e-5)
    assert found.macro_f1 == pytest.approx(
        f1_score(TESTS.label_ids, pipeline.predict(TESTS.table.values), average="macro"), abs=1e-6
    )


def test_a_label_that_was_not_learned_has_no_probability_and_missing_values_are_read():
    values = np.array([[0, 1, np.nan], [1, np.nan, 1], [0, 1, 2], [1, 2, np.nan]])
    table = Table(COLUMNS, values)
    learned = TrainingSet(np.array([0, 1, 2, 3, 3]), np.array([0, 2, 0, 2, 2]), np.ones(5))
    for classifier in (TableClassifier(table), BoostedClassifier(table, 0)):
        found = classifier(learned, np.arange(4), 4)
        assert found[:, [1, 3]].sum() == 0 and found.sum(axis=1) == pytest.approx(1)
    assert TableClassifier(table)(learned, np.array([], dtype=int), 4).shape == (0, 4)


@pytest.fixture(scope="module")
def measured():
    return measure_tables(make_pool(SYNTHETIC, REAL, TESTS, 3, 7))


def test_models_rank_as_scikit_learn_ranks_them(measured):
    scored = {}
    models = {
        "logistic regression": LogisticRegression(class_weight="balanced", tol=1e-8, max_iter=5000),
        "naive Bayes": GaussianNB(var_smoothing=1e-6),
        "nearest neighbours": KNeighborsClassifier(5),
        "decision tree": DecisionTreeClassifier(class_weight="balanced", min_samples_leaf=5, random_state=7),
    }
    lines = {one["model"]: one for one in measured["model_selection"]["models"]}
    assert len(lines) == 6
    for side, learned in (("synthetic", SYNTHETIC), ("real", REAL)):
        space = StandardScaler().fit(learned.table.values[:, [0, 2]])

        def embed(table, space=space):
            size, noise = space.transform(table.values[:, [0, 2]]).T
            gaps, levels = np.zeros(len(table)), table.values[:, [1]] == [0, 1, 2]
            return np.column_stack([size, gaps, levels, noise, gaps])

        for name, model in models.items():
            told = model.fit(embed(learned.table), learned.label_ids).predict(embed(TESTS.table))
            expected = f1_score(TESTS.label_ids, told, average="macro")
            assert lines[name][side] == pytest.approx(expected, abs=1e-6), name
        forest = RandomForestClassifier(100, class_weight="balanced", min_samples_leaf=2, random_state=7)
        weights = forest.fit(embed(learned.table), learned.label_ids).feature_importances_
        scored[side] = [weights[:2].sum(), weights[2:5].sum(), weights[5:].sum()]
    ranks = stats.spearmanr(*([one[side] for one in lines.values()] for side in ("synthetic", "real"))).statistic
    assert measured["model_selection"]["spearman"] == pytest.approx(ranks, abs=1e-6)
    low, high = measured["model_selection"]["spearman_interval"]
    assert -1 <= low <= high <= 1
    columns = measured["feature_selection"]["columns"]
    assert [one["column"] for one in columns] == ["size", "kind", "noise"]
    for side, expected in scored.items():
        assert [one[side] for one in columns] == pytest.approx(expected, abs=1e-6)
    rank = stats.spearmanr(scored["synthetic"], scored["real"]).statistic
    assert measured["feature_selection"]["spearman"] == pytest.approx(rank, abs=1e-6)


def test_what_the_choice_on_synthetic_rows_costs_is_told(measured):
    found = measured["model_selection"]
    real = {one["model"]: one["real"] for one in found["models"]}
    assert found["lost"] == pytest.approx(max(real.values()) - real[found["chosen"]]) and found["best"] in real
    assert list_models(0).keys() | {"gradient-boosted trees"} == real.keys() and FOREST in real
    boosted = measured["boosted"]
    assert boosted["differences"]["both_minus_real"]["macro_f1"] == pytest.approx(
        boosted["both"]["macro_f1"] - boosted["real"]["macro_f1"]
    )


def test_without_real_rows_nothing_is_ranked():
    nobody = Sample([], np.array([], dtype=int), None, Table(COLUMNS, np.zeros((0, 3))))
    found = measure_tables(make_pool(SYNTHETIC.take(np.arange(24)), nobody, TESTS, 3, 0))
    assert found["model_selection"] is None and found["feature_selection"] is None
    assert found["boosted"]["differences"] == {} and found["boosted"]["synthetic"]["macro_f1"] > 0.4
    few = Sample(["a"] * 9, np.zeros(9, dtype=int), None, REAL.table.take(slice(9)))
    assert learn_side(few.table, few.label_ids, TESTS.table, 0) is None
    same = Side([], np.array([0.5, 0.3, 0.2]))
    assert compare_importances(same, same, ["size", "kind", "noise"])["spearman"] == pytest.approx(1)


def test_setups_are_compared_and_difficulty_is_sorted_by_columns():
    real = sample(120, 5)
    pool = make_pool(SYNTHETIC, real, TESTS, 3, 0)
    crossed = cross_fit(make_student(pool), pool, ["real", "synthetic"])
    assert (crossed.probabilities["real"].argmax(axis=1) == real.label_ids).mean() > 0.6
    kinds = sort_held_out(TESTS, 3, 0)
    odd = np.abs(TESTS.table.values[:, 0] - TESTS.label_ids) + (TESTS.table.values[:, 1] != TESTS.label_ids)
    assert odd[kinds == "hard"].mean() > odd[kinds == "easy"].mean() + 0.5
