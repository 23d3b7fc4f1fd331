"""Which triples are drawn: by each way of sampling, whatever the file's order, and a smaller sample within a larger."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.dataset.knowledge import samples
from pedigree.dataset.knowledge.samples import draw_triples
from pedigree.dataset.knowledge.triples import Triple

WAYS = ("uniform", "relation-balanced", "dissimilar")
MANY = [
    *(Triple(f"thing {n}", "RelatedTo", f"other {n}") for n in range(200)),
    *(Triple(f"tool {n}", "UsedFor", f"job {n}") for n in range(20)),
    *(Triple(f"event {n}", "Causes", f"result {n}") for n in range(4)),
]
WORDS = st.sampled_from(["knife", "fork", "rain", "wet street"])
TRIPLES = st.lists(st.builds(Triple, WORDS, st.sampled_from(["UsedFor", "IsA"]), WORDS), min_size=4, unique=True)


def unlikeness(one, other):
    words, others = ({*f"{of.head} {of.tail}".split(), f"/{of.relation}"} for of in (one, other))
    return 1 - len(words & others) / len(words | others)


@pytest.mark.parametrize("way", WAYS)
@given(triples=TRIPLES, size=st.integers(2, 4))
@settings(max_examples=20, deadline=None)
def test_a_sample_depends_on_the_triples_alone_and_holds_every_smaller_one(way, triples, size):
    drawn = draw_triples(triples, way, size, seed=7)
    assert drawn == draw_triples(triples[::-1], way, size, seed=7)
    assert len({*drawn}) == size and {*drawn} <= {*triples}
    assert drawn == draw_triples(triples, way, len(triples), seed=7)[:size]


def test_uniform_follows_the_file_and_balanced_takes_each_relation_alike():
    uniform, balanced = (Counter(one.relation for one in draw_triples(MANY, way, 60, 0)) for way in WAYS[:2])
    assert uniform["RelatedTo"] > 40
    assert balanced == {"RelatedTo": 36, "UsedFor": 20, "Causes": 4}


def test_each_dissimilar_triple_is_the_farthest_from_those_before_it():
    triples = [Triple(f"{a} {b}", relation, c) for a, b, c in combinations("abcdefg", 3) for relation in ("R", "S")]
    drawn = draw_triples(triples, "dissimilar", 12, 3)
    for place in range(1, 12):
        before = drawn[:place]
        farthest = max(min(unlikeness(one, other) for other in before) for one in triples if one not in before)
        assert min(unlikeness(drawn[place], other) for other in before) == pytest.approx(farthest)
    spread = [min(unlikeness(one, other) for other in of if other != one) for of in
              (drawn, draw_triples(triples, "uniform", 12, 3)) for one in of]  # fmt: skip
    assert sum(spread[:12]) > sum(spread[12:])


def test_of_very_many_triples_a_uniform_draw_is_compared(monkeypatch):
    monkeypatch.setattr(samples, "MOST_COMPARED", 30)
    among = draw_triples(MANY, "uniform", 30, 0)
    assert {*draw_triples(MANY, "dissimilar", 10, 0)} <= {*among}
    assert len({*draw_triples(MANY, "dissimilar", 50, 0)}) == 50
