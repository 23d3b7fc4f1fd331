"""Baselines: rows made from people's rows for nothing, and what is told of a dataset beside them."""

import itertools
import random
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pedigree.errors import CommandError
from pedigree.metrics.tables.columns import Column, Table
from pedigree.usefulness.baselines import names
from pedigree.usefulness.baselines.comparison import Baselines, BaselineScore
from pedigree.usefulness.baselines.copula import correlate, read_levels, sample_copula, score_levels, score_numbers
from pedigree.usefulness.baselines.smote import sample_smote
from pedigree.usefulness.baselines.trial import _resample_mean, list_seeds, make_baseline, try_baselines
from pedigree.usefulness.baselines.word_edits import edit_words, sample_edits
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.trials import Trial
from tests.pedigree.usefulness.tables.test_table_students import COLUMNS, REAL, SYNTHETIC, TESTS

NUMBERS = (Column("x", "number"), Column("y", "number"), Column("k", "category", ("a", "b", "c")))


def make_rows(rows, seed):
    rng = np.random.default_rng(seed)
    x = rng.gamma(2, 3, rows)
    k = (x > 6) + (rng.random(rows) < 0.2)
    values = np.stack([x, -x + rng.normal(0, 1, rows), k], axis=1)
    values[rng.random(rows) < 0.2, 1] = np.nan
    return Table(NUMBERS, values)


def test_normal_scores_and_their_correlations_equal_scipy():
    values = make_rows(200, 0).values
    x, y = values[:, 0], np.nan_to_num(values[:, 1])
    expected = [stats.norm.ppf(stats.rankdata(one) / 201) for one in (x, y)]
    assert score_numbers(x) == pytest.approx(expected[0], abs=1e-12)
    together = correlate(np.column_stack([score_numbers(x), score_numbers(y), np.ones(200)]), np.zeros(3, dtype=bool))
    assert together[0, 1] == pytest.approx(stats.pearsonr(*expected).statistic, abs=1e-6)
    assert together[:2, 2].tolist() == [0, 0] and together[2, 2] == 1


def test_a_level_has_the_part_of_its_share_and_is_read_back():
    values = np.repeat([0.0, 1.0, 2.0], [50, 30, 20])
    scores = score_levels(values)
    assert read_levels(values, stats.norm.cdf(scores)).tolist() == values.tolist()
    ends = stats.norm.ppf([0, 0.5, 0.8, 1])
    means = [stats.truncnorm.mean(low, high) for low, high in itertools.pairwise(ends)]
    assert scores == pytest.approx(np.repeat(means, [50, 30, 20]), abs=1e-6)


def test_the_correlation_behind_a_level_is_found():
    together = [[1, 0.7, 0.3], [0.7, 1, 0.2], [0.3, 0.2, 1]]
    drawn = np.random.default_rng(0).multivariate_normal([0, 0, 0], together, 20_000)
    scores = np.column_stack([score_numbers(drawn[:, 0]), score_levels(1.0 * (drawn[:, 1] > 0.5)), drawn[:, 2]])
    found = correlate(scores, np.array([False, True, False]))
    assert found[0, 1:] == pytest.approx([0.7, 0.3], abs=0.03) and found[1, 2] == pytest.approx(0.2, abs=0.03)
    torn = correlate(np.array([[1.0, 1, -1], [-1, -1, 1], [1, -1, 1], [-1, 1, -1.0]]), np.array([True, True, False]))
    assert np.linalg.eigvalsh(torn).min() > 0 and np.diag(torn) == pytest.approx(1)


def test_drawn_rows_keep_the_columns_and_how_they_go_together():
    people = make_rows(400, 1)
    drawn = sample_copula(people, 4000, 0)
    assert stats.ks_2samp(drawn.values[:, 0], people.values[:, 0]).statistic < 0.06
    gaps = np.isnan(drawn.values[:, 1])
    assert gaps.mean() == pytest.approx(np.isnan(people.values[:, 1]).mean(), abs=0.04)
    for one, other in ((0, 1), (0, 2)):
        sides = [table.values[~np.isnan(table.values).any(axis=1)] for table in (drawn, people)]
        ours, theirs = (stats.spearmanr(side[:, one], side[:, other]).statistic for side in sides)
        assert ours == pytest.approx(theirs, abs=0.15)
    shares = [np.bincount(table.values[:, 2].astype(int), minlength=3) / len(table) for table in (drawn, people)]
    assert shares[0] == pytest.approx(shares[1], abs=0.03)
    assert np.array_equal(sample_copula(people, 50, 3).values, sample_copula(people, 50, 3).values, equal_nan=True)
    constant = Table(NUMBERS, np.array([[1.5, np.nan, 2.0]] * 3))
    assert np.array_equal(sample_copula(constant, 4, 0).values, [[1.5, np.nan, 2.0]] * 4, equal_nan=True)
    with pytest.raises(ValueError, match="two rows"):
        sample_copula(people.take(slice(1)), 4, 0)


def test_smote_draws_between_neighbours_of_one_label():
    pytest.importorskip("imblearn")
    people = make_rows(60, 2)
    labels = (people.values[:, 0] > 6).astype(int)
    made, ids = sample_smote(people, labels, {0: 30, 1: 20}, 0)
    assert Counter(ids.tolist()) == {0: 30, 1: 20} and not np.isnan(made.values).any()
    assert made.values[ids == 0, 0].max() <= 6 < made.values[ids == 1, 0].min()
    assert set(made.values[:, 2]) <= {0, 1, 2}
    again, _ = sample_smote(people, labels, {0: 30, 1: 20}, 0)
    assert np.array_equal(made.values, again.values)
    levels = Table(NUMBERS[2:], people.values[:, 2:])
    assert len(sample_smote(levels, labels, {0: 5, 1: 5}, 0)[0]) == 10
    one, ids = sample_smote(people.take(slice(1)), labels[:1], {int(labels[0]): 3, 9: 2}, 0)
    assert len(one) == 3 and len(set(map(tuple, np.nan_to_num(one.values)))) == 1


def test_word_edits_change_order_or_leave_words_out():
    chance, text = random.Random(0), "one two three four five six seven eight nine ten"
    made = [edit_words(text, chance) for _ in range(40)]
    assert all(set(one.split()) <= set(text.split()) and one != text for one in made)
    assert {len(one.split()) for one in made} == {9, 10} and edit_words("alone", chance) == "alone"
    texts, ids = sample_edits(["a b", "c d e"], [0, 2], {0: 3, 1: 2, 2: 1}, 0)
    assert ids == [0, 0, 0, 2] and len(texts) == 4
    assert sample_edits(["a b", "c d e"], [0, 2], {0: 3, 1: 2, 2: 1}, 0) == (texts, ids)


def test_the_dataset_and_its_baselines_are_scored_on_the_same_rows():
    draws = [make_baseline("copula", REAL, {0: 20, 1: 20, 2: 20}, seed) for seed in list_seeds(0)[:3]]
    made = {"copula": draws, "smote": [None, None]}
    assert len(draws[0]) == 60 and draws[0].table.columns == COLUMNS
    known = {"cost_usd": 2.0, "calls": 10, "evidence": True}
    found = try_baselines(made, SYNTHETIC, REAL, TESTS, 3, 0, **known)
    dataset, copula, smote = found.scores
    assert (dataset.rows, copula.rows, smote.rows) == (60, 60, 0) and smote.macro_f1 is None
    assert (dataset.draws, copula.draws, smote.draws) == (1, 3, 0) and smote.lowest_highest is None
    alone = [try_baselines({"copula": [one]}, SYNTHETIC, REAL, TESTS, 3, 0, **known).scores[1] for one in draws]
    each = [one.macro_f1 for one in alone]
    assert len(set(each)) > 1 and copula.lowest_highest == (min(each), max(each))
    assert copula.macro_f1 == pytest.approx(np.mean(each))
    assert copula.both_macro_f1 == pytest.approx(np.mean([one.both_macro_f1 for one in alone]))
    assert copula.behind[0] == pytest.approx(dataset.macro_f1 - copula.macro_f1)
    assert copula.behind[1] <= copula.behind[0] <= copula.behind[2]
    assert [len(line) for line in found.list_lines()] == [len(found.head)] * 3
    assert "means of 3 draws" in found.list_sentences()[-1]
    assert make_baseline("copula", REAL.take(np.flatnonzero(REAL.label_ids == 1)), {1: 5}, 0) is None
    texts = make_baseline("eda", Sample(["a b", "c d"], np.array([0, 1])), {0: 2, 1: 2}, 0)
    assert len(texts) == 4 and texts.table is None


def test_the_interval_of_a_mean_has_the_variance_of_held_out_rows_and_of_draws():
    rng, rows = np.random.default_rng(0), 400
    true = rng.integers(2, size=rows)
    draws = []
    for share in (0.6, 0.7, 0.8, 0.9):  # right, of each label
        predicted = np.where(rng.random(rows) < share, true, 1 - true)
        draws.append(Trial(true, np.eye(2)[predicted]))
    means = np.array([one.macro_f1 for one in draws])
    single = [float(np.var(_resample_mean([one], 0))) for one in draws]
    found = _resample_mean(draws, 0)
    assert found.mean() == pytest.approx(means.mean(), abs=0.01)
    expected = np.mean(single) / 4 + means.var(ddof=1) / 4  # the rows read wrongly differ from draw to draw
    assert found.var() == pytest.approx(expected, rel=0.25)
    assert np.array_equal(found, _resample_mean(draws, 0))


def tell(gain, low, high, **changes):
    dataset = BaselineScore("this dataset", "", 9, 0.8, (0.7, 0.9), 0.8, (0.7, 0.9))
    other = BaselineScore("copula", "", 9, 0.8 - gain, (0.6, 0.8), 0.8, (0.7, 0.9), (gain, low, high), 5)
    worse = BaselineScore("smote", "", 9, 0.1, (0.0, 0.2), None, None, (0.7, 0.6, 0.8), 5)
    found = Baselines((dataset, other, worse), 20, 30, 5.0, 100, True)
    return replace(found, **changes).list_sentences()[0]


def test_one_sentence_says_whether_the_model_earned_its_money_and_how_sure_that_is():
    bought = tell(0.1, 0.05, 0.15)
    assert bought.startswith("The model is above what is free: macro-F1 +0.100 (95 %: +0.050 to +0.150)")
    assert "5.0000 USD and 100 calls were spent, 0.5000 USD and 10.0 calls a point" in bought
    assert bought.endswith("a point (0.3333 USD and 6.7 calls to 1.0000 USD and 20.0 calls)")
    unknown = tell(0.1, -0.05, 0.25)
    assert unknown.startswith("Whether the model earned its money is not known") and "(copula)" in unknown
    assert "0.5000 USD and 10.0 calls a point if the gain is as measured" in unknown
    assert tell(-0.01, -0.05, 0.03).endswith("may be 0 or below; 5.0000 USD and 100 calls were spent")
    lost = tell(-0.1, -0.2, -0.02)
    assert lost.startswith("The model did not earn its money") and "bought nothing above it" in lost
    free = tell(0.1, 0.05, 0.15, cost_usd=None)
    assert "100 calls, whose cost is unknown, were spent, 10.0 calls a point" in free and "USD" not in free
    assert tell(0.1, 0.05, 0.15, evidence=False).startswith("Nothing is proved")
    alone = BaselineScore("this dataset", "", 9, None, None, None, None)
    assert Baselines((alone,), 20, 30, 5.0, 100, True).list_sentences()[0] == "No baseline could be compared"


def test_a_name_that_is_none_or_does_not_fit_is_refused(monkeypatch):
    assert names.parse_baselines("") == [] and names.parse_baselines(" copula, smote,copula") == ["copula", "smote"]
    for text in ("gan", "copula;smote", ",", "all,gan"):
        with pytest.raises(CommandError, match="--baselines") as refused:
            names.parse_baselines(text)
        assert "copula, smote, eda, template" in refused.value.expected
    assert (
        names.fit_baselines(["all"], tabular=False) == ["eda", "template"]
        and names.fit_baselines([], tabular=True) == []
    )
    with pytest.raises(CommandError, match="no table"):
        names.fit_baselines(["copula"], tabular=False)
    with pytest.raises(CommandError, match="a table"):
        names.fit_baselines(["copula", "eda"], tabular=True)
    monkeypatch.setitem(sys.modules, "imblearn", None)
    monkeypatch.setattr(names, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="imbalanced-learn") as missing:
        names.fit_baselines(["all"], tabular=True)
    assert "pip install" in missing.value.hint and names.fit_baselines(["copula"], tabular=True) == ["copula"]
