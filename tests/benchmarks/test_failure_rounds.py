"""The evidence on failure-driven rounds: the simulated provider, equal numbers of rows, the sign test, the verdict."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.failure_rounds import measure_models, measure_rounds
from benchmarks.failure_rounds_page import Difference, try_signs, write_page
from benchmarks.pool_provider import PLAIN, RULES, PoolProvider, draw_by_coverage, draw_of_models, draw_rows
from benchmarks.pool_sets import TFIDF, PoolSet
from benchmarks.real_text_sources import PARROT
from pedigree.metrics.tfidf import embed_tfidf
from pedigree.usefulness.tfidf_classifier import TfidfClassifier

LABELS = ("hyperbole", "not hyperbole")
OWN = (["million", "endless", "galaxy", "forever", "universe"], ["table", "station", "paper", "kitchen", "street"])
COMMON = ["bag", "took", "home", "day", "rain", "here", "road", "blue"]


@pytest.fixture(scope="module")
def pool_set():
    chance = random.Random(0)

    def write(label):
        label = label if chance.random() < 0.8 else 1 - label
        return " ".join(chance.sample(COMMON, 4) + chance.sample(OWN[label], 2)) + f" {chance.randrange(10**6)}"

    ids = [place % 2 for place in range(160 + 30 + 40)]
    texts = tuple(write(label) for label in ids)
    return PoolSet(
        title="made up",
        task=PARROT[0],
        labels=LABELS,
        texts=texts,
        label_ids=np.array(ids),
        models=("A",) * 80 + ("B",) * 80,
        people=np.arange(160, 190),
        tests=np.arange(190, 230),
        students={TFIDF: TfidfClassifier(texts)},
        vectors={TFIDF: embed_tfidf(list(texts))},
    )


def count_labels(pool_set, rows):
    return Counter(pool_set.label_ids[rows].tolist())


def test_shown_rows_draw_the_nearest_rows_of_the_label_and_none_twice(pool_set):
    shown = pool_set.texts[161]
    provider = PoolProvider(pool_set, 0)
    first, more = (provider.answer(LABELS[1], [shown], 5) for _ in range(2))
    near = (pool_set.vectors[TFIDF] @ pool_set.vectors[TFIDF][161].T).toarray().ravel()
    own = [row for row in pool_set.pool if pool_set.label_ids[row] == 1]
    assert near[first].min() >= near[more].max() >= max(near[row] for row in own if row not in {*first, *more})
    assert len({*first, *more, *provider.answer(LABELS[1], [], 500)}) == len(own)


@pytest.mark.parametrize("rule", [PLAIN, *RULES])
def test_every_rule_draws_as_many_different_rows_of_each_label(pool_set, rule):
    rows = draw_rows(pool_set, rule, 1)
    assert len({*rows.tolist()}) == len(rows) and count_labels(pool_set, rows) == {0: 20, 1: 20}
    assert rows.tolist() == draw_rows(pool_set, rule, 1).tolist()


def test_models_and_coverage_draw_as_many_rows(pool_set):
    rows = draw_of_models(pool_set, ["A", "B"], 0)
    assert count_labels(pool_set, rows) == count_labels(pool_set, draw_by_coverage(pool_set, pool_set.vectors[TFIDF]))
    assert Counter(pool_set.models[row] for row in rows) == {"A": 20, "B": 20}


def test_the_page_holds_every_difference(pool_set, monkeypatch):
    monkeypatch.setattr("benchmarks.failure_rounds.RULES", RULES[:1])
    found = measure_rounds(pool_set) + measure_models(pool_set)
    assert {(one.name, one.against) for one in found} == {
        ("failures", "plain"), ("coverage by TF-IDF", "plain"), ("A + B", "A"), ("A + B", "B"),
    }  # fmt: skip
    assert all(one.low <= one.value <= one.high for one in found)
    assert f"{found[0].value:+.1f}".replace("-", "−") in write_page(found)


@pytest.mark.parametrize("signs", [(1, 1, 1, -1), (1,) * 9, (1, -1), (-1,) * 5 + (1,)])
def test_the_sign_test_is_that_of_scipy(signs):
    assert try_signs(signs) == pytest.approx(binomtest(sum(one > 0 for one in signs), len(signs)).pvalue)
    assert try_signs([*signs, 0.0]) == try_signs(signs)


@pytest.mark.parametrize(
    ("gain", "verdict"), [(2, "plain rows: better"), (0, "not shown to be better"), (-2, "not shown")]
)
def test_a_way_is_called_better_only_where_it_is(gain, verdict):
    one = Difference("s0", "failures", "plain", TFIDF, "rows alone", 40, 50.0 + gain, 50.0, -1, 1)
    sets = [replace(one, title=f"s{place}", one=one.one + (-1) ** place * 0.1) for place in range(9)]
    mixed = [replace(one, name="A + B", against=model) for model in "AB"]
    assert verdict in write_page([*sets, *mixed])
