"""Measures of tables against references that share no code with them."""

import itertools
from datetime import date

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from pedigree.metrics.collect import round_floats
from pedigree.metrics.tables.associations import average_difference, compare_pairs
from pedigree.metrics.tables.column_distance import average_distance, compare_columns
from pedigree.metrics.tables.columns import Column, Table, list_columns, make_table
from pedigree.metrics.tables.features import learn_features, list_feature_columns
from pedigree.metrics.tables.fidelity import compare_tables
from pedigree.metrics.tables.trees import Trees
from pedigree.metrics.tables.two_sample import measure_area, measure_table_auc
from pedigree.recipe.labels_and_fields import TypedField

COLUMNS = (
    Column("kind", "category", ("a", "b", "c")),
    Column("size", "number"),
    Column("yes", "category", ("false", "true")),
    Column("age", "number"),
)


def make(rows, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    kind, size = rng.integers(0, 3, rows), rng.normal(shift, 1, rows)
    values = np.stack(
        [kind, size.round(1), (size > 0) ^ (rng.random(rows) < 0.2), kind + rng.normal(0, 1, rows)], axis=1
    )
    values[rng.random(values.shape) < 0.1] = np.nan
    return Table(COLUMNS, values)


OURS, THEIRS = make(150, 1, 0.4), make(90, 2)


def known(table, place):
    return [value for value in table.values[:, place] if value == value]


def test_columns_equal_a_count_by_hand():
    found = compare_columns(OURS, THEIRS)
    for place, name in ((1, "size"), (3, "age")):
        one, other = known(OURS, place), known(THEIRS, place)
        share = lambda side, limit: sum(value <= limit for value in side) / len(side)  # noqa: E731
        ks = max(abs(share(one, limit) - share(other, limit)) for limit in one + other)
        assert found[name]["ks"] == pytest.approx(ks, abs=1e-9)
        assert found[name]["ks"] == pytest.approx(stats.ks_2samp(one, other).statistic, abs=1e-9)
        ends = sorted(one + other)
        area = sum((b - a) * abs(share(one, a) - share(other, a)) for a, b in itertools.pairwise(ends))
        assert found[name]["wasserstein"] == pytest.approx(area / (max(other) - min(other)), abs=1e-9)
    for place, name, levels in ((0, "kind", 3), (2, "yes", 2)):
        one, other = known(OURS, place), known(THEIRS, place)
        total = sum(abs(one.count(level) / len(one) - other.count(level) / len(other)) for level in range(levels)) / 2
        assert found[name]["total_variation"] == found[name]["distance"] == pytest.approx(total, abs=1e-9)
    gaps = [sum(value != value for value in table.values[:, 1]) / len(table) for table in (OURS, THEIRS)]
    assert found["size"]["missing_difference"] == pytest.approx(abs(gaps[0] - gaps[1]), abs=1e-9)
    assert average_distance(found) == pytest.approx(np.mean([one["distance"] for one in found.values()]))


def both(table, one, other):
    return list(zip(*[pair for pair in table.values[:, [one, other]].tolist() if pair == pair and None not in pair
                      and pair[0] == pair[0] and pair[1] == pair[1]], strict=True))  # fmt: skip


def test_pairs_equal_scipy():
    found = {(*line["columns"], line["measure"]): line for line in compare_pairs(OURS, THEIRS)}
    assert len(found) == 7
    sides = {"synthetic": OURS, "real": THEIRS}
    for side, table in sides.items():
        sizes, ages = both(table, 1, 3)
        assert found["size", "age", "pearson"][side] == pytest.approx(stats.pearsonr(sizes, ages).statistic, abs=1e-9)
        assert found["size", "age", "spearman"][side] == pytest.approx(stats.spearmanr(sizes, ages).statistic, abs=1e-9)
        kinds, yes = both(table, 0, 2)
        counts = [[sum((a, b) == pair for pair in zip(kinds, yes, strict=True)) for b in range(2)] for a in range(3)]
        cramer = stats.contingency.association(np.array(counts), method="cramer")
        assert found["kind", "yes", "cramers_v"][side] == pytest.approx(cramer, abs=1e-9)
        for columns, level, number in ((("kind", "age"), 0, 3), (("size", "yes"), 2, 1)):
            levels, numbers = both(table, level, number)
            groups = [[n for one, n in zip(levels, numbers, strict=True) if one == two] for two in set(levels)]
            mean = sum(numbers) / len(numbers)
            between = sum(len(group) * (sum(group) / len(group) - mean) ** 2 for group in groups)
            eta = (between / sum((number - mean) ** 2 for number in numbers)) ** 0.5
            assert found[*columns, "correlation_ratio"][side] == pytest.approx(eta, abs=1e-9)
    pairs = [list(zip(*both(table, 0, 2), strict=True)) for table in sides.values()]
    similarity = sum(
        min(*(side.count((a, b)) / len(side) for side in pairs)) for a in range(3) for b in range(2)
    )  # fmt: skip
    assert found["kind", "yes", "cramers_v"]["similarity"] == pytest.approx(similarity, abs=1e-9)
    counted = [line["difference"] for key, line in found.items() if key[2] != "spearman"]
    assert average_difference(list(found.values())) == pytest.approx(np.mean(counted))


def test_what_cannot_be_measured_is_null():
    flat = Table(COLUMNS, np.array([[0, 1, 0, 5.0]] * 4))
    empty = Table(COLUMNS, np.full((4, 4), np.nan))
    compared = compare_columns(OURS, flat)
    assert compared["size"]["wasserstein"] is None and compared["size"]["ks"] > 0.3
    assert {one["distance"] for one in compare_columns(OURS, empty).values()} == {None}
    assert {line["difference"] for line in compare_pairs(OURS, flat)} == {None}
    assert {line["real"] for line in compare_pairs(OURS, empty)} == {None}
    assert average_distance(compare_columns(OURS, empty)) is None and average_difference([]) is None
    assert measure_table_auc(OURS, flat, 0) is None


def test_the_area_and_its_variance_equal_a_count_of_pairs():
    rng = np.random.default_rng(0)
    own, others = rng.integers(0, 8, 20) + 1.0, rng.integers(0, 8, 30) * 1.0
    score = [[1.0 if a > b else 0.5 if a == b else 0.0 for b in others] for a in own]
    area, variance = measure_area(own, others)
    assert area == pytest.approx(roc_auc_score([1] * 20 + [0] * 30, [*own, *others]), abs=1e-12)
    lines, columns = np.mean(score, axis=1), np.mean(score, axis=0)
    assert variance == pytest.approx(lines.var(ddof=1) / 20 + columns.var(ddof=1) / 30, abs=1e-12)


def test_a_classifier_tells_shuffled_columns_from_rows_and_not_rows_of_one_source():
    rng = np.random.default_rng(3)
    size = rng.normal(0, 1, 400)
    table = Table(
        (Column("x", "number"), Column("y", "number")), np.stack([size, size + rng.normal(0, 0.1, 400)], axis=1)
    )
    same = compare_tables(table.take(slice(200)), table.take(slice(200, 400)), 0)
    shuffled = Table(table.columns, np.stack([size[:200], rng.permutation(table.values[:200, 1])], axis=1))
    torn = compare_tables(shuffled, table.take(slice(200, 400)), 0)
    assert same["two_sample_auc_interval"][0] < 0.5 < same["two_sample_auc_interval"][1]
    assert torn["two_sample_auc_interval"][0] > 0.8 and torn["pair_difference"] > 0.8
    assert torn["columns"]["x"]["distance"] == same["columns"]["x"]["distance"]
    order = rng.permutation(200)
    again = compare_tables(shuffled.take(order), table.take(slice(200, 400)), 0)
    assert round_floats(again) == round_floats(torn)


def test_fields_of_each_type_become_columns():
    fields = {
        "when": TypedField(type="number"),
        "kind": TypedField(type="category", values=["a", "b"]),
        "yes": TypedField.model_construct(type="boolean", values=[]),
        "day": TypedField.model_construct(type="date", values=[]),
    }
    rows = [
        {"when": 2, "kind": "b", "yes": True, "day": date(1970, 1, 3)},
        {"when": None, "kind": None, "yes": None, "day": None},
        {"when": 1.5, "kind": "a", "yes": False, "day": "1971-01-01"},
    ]
    table = make_table(rows, list_columns(fields))
    expected = [[2, 1, 1, 2], [np.nan] * 4, [1.5, 0, 0, 365]]
    assert np.array_equal(table.values, expected, equal_nan=True)
    assert len(make_table([], list_columns(fields)).take(slice(0)).stack(table)) == 3


def test_features_are_scaled_and_mark_what_is_missing():
    table = Table(COLUMNS[:2], np.array([[0, 1.0], [2, 3.0], [np.nan, np.nan]]))
    features = learn_features(table).embed(table)
    assert features.tolist() == [[1, 0, 0, -1, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]]
    assert list_feature_columns(table).tolist() == [0, 0, 0, 1, 1]
    twice = learn_features(table, np.array([1.0, 2.0, 0.0]))
    again = learn_features(table.take(np.array([0, 1, 1])))
    assert np.allclose(twice.embed(table), again.embed(table))


def test_trees_learn_beside_a_column_without_any_value():
    values = np.stack([np.full(40, np.nan), np.arange(40) % 2, np.full(40, np.nan)], axis=1)
    table = Table((Column("n", "number"), Column("x", "number"), Column("c", "category", ("a", "b"))), values)
    trees = Trees(table, 0).fit(values, values[:, 1])
    assert trees.predict(np.nan_to_num(values)).tolist() == values[:, 1].tolist() and trees.classes_.tolist() == [0, 1]
    assert trees.predict_proba(values).shape == (40, 2)
