"""Similarity is the exact Jaccard index of character 5-grams; MinHash finds next to every pair that reaches it."""

import random
import string

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.minhash import (
    MAX_HASHES,
    MISSED,
    Match,
    SimilarityIndex,
    choose_bands,
    compare,
    cut_shingles,
    fold_rows,
    fold_texts,
    group_similar,
)
from tests.support.make_candidates import PAIR, make_candidates, make_job, make_recipe


def fold(*texts):
    return fold_texts(pl.Series(texts, dtype=pl.String)).to_list()


def alike(one, other):
    return compare(cut_shingles(one), cut_shingles(other))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hello,\n  World!", "hello world"),
        ("ＦＵＬＬ ﬁne Straße", "full fine strasse"),
        ("e\u0301t\u00e9", "été"),
        ("#sad @you", "sad you"),
        ("it's 5\u00a0€ 😀", "it s 5 € 😀"),
        ("हिन्दी भाषा।", "हिन्दी भाषा"),
        ("!!!", "!!!"),
        ("", ""),
    ],
)
def test_texts_are_folded(text, folded):
    assert fold(text) == [folded]


def test_rows_without_text_are_compared_as_they_are():
    job = make_job(fields={"n": {"type": "number"}, "kind": {"type": "category", "values": ["A", "b"]}})
    rows = make_candidates(job, {"n": -1.5, "kind": "A"})
    assert fold_rows(rows, job.recipe) == [('{"kind":"A","n":-1.5}',)]


def test_rows_of_several_texts_have_one_text_a_field():
    rows = pl.DataFrame({"premise": ["A b."], "hypothesis": ["C!"]})
    assert fold_rows(rows, make_recipe(fields=PAIR)) == [("a b", "c")]


def test_a_similarity_is_shared_shingles_over_all():
    assert cut_shingles(("abcdef", "abc", "")) == ({"abcde", "bcdef"}, {"abc"}, {""})
    assert alike(("abcdef",), ("abcdeg",)) == 1 / 3
    assert alike(("abc",), ("abc",)) == 1.0
    assert alike(("abc",), ("abd",)) == 0.0


def test_rows_are_as_alike_as_their_least_similar_field():
    assert alike(("one long premise", "this"), ("one long premise", "that")) == 0.0


@pytest.mark.parametrize("threshold", [0.2, 0.4, 0.6, 0.7, 0.85, 0.9, 1.0])
def test_bands_are_chosen_to_miss_next_to_nothing(threshold):
    rows, bands = choose_bands(threshold)
    assert rows * bands <= MAX_HASHES
    assert (1 - threshold**rows) ** bands <= MISSED


@pytest.mark.parametrize("fields", [1, 2])
@pytest.mark.parametrize(("threshold", "recall"), [(0.6, 0.99), (0.85, 0.995)])
def test_pairs_above_the_threshold_are_found(threshold, recall, fields):
    chance = random.Random(7)
    index, pairs = SimilarityIndex(threshold), []
    for number in range(600):
        row = tuple(
            "".join(chance.choices(string.ascii_lowercase + "   ", k=chance.randint(40, 150))) for _ in range(fields)
        )
        varied = tuple(vary(text, chance) for text in row)
        index.add(str(number), index.sketch(row))
        if alike(row, varied) >= threshold:
            pairs.append((str(number), varied, alike(row, varied)))
    found = [Match(id, similarity) in list(index.find(index.sketch(varied))) for id, varied, similarity in pairs]
    assert len(found) > 50
    assert sum(found) / len(found) >= recall


def vary(text, chance):
    signs = list(text)
    for _ in range(chance.randint(1, max(1, len(signs) // 25))):
        signs[chance.randrange(len(signs))] = chance.choice(string.ascii_lowercase)
    return "".join(signs)


def test_the_nearest_is_found_and_of_equals_the_first():
    index = SimilarityIndex(0.5)
    for id, text in [
        ("far", "a cat sat on the mat today"),
        ("a", "the cat sat on the mat"),
        ("b", "the cat sat on the mat"),
    ]:
        index.add(id, index.sketch((text,)))
    assert index.find_nearest(index.sketch(("the cat sat on the mat",))) == Match("a", 1.0)
    assert index.find_nearest(index.sketch(("something else",))) is None


def test_groups_are_chains_named_by_their_smallest_id():
    texts = ["aaaa bbbb cccc dddd", "bbbb cccc dddd eeee", "cccc dddd eeee ffff", "quite another text"]
    rows = [(text,) for text in texts]
    assert alike(rows[0], rows[2]) < 0.4 <= alike(rows[0], rows[1])
    assert group_similar(["d", "c", "b", "a"], rows, 0.4) == {"d": "b", "c": "b", "b": "b", "a": "a"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab ", min_size=5, max_size=14), min_size=2, max_size=12, unique=True), st.randoms())
def test_groups_do_not_depend_on_the_order(texts, chance):
    ids = [f"r{place}" for place in range(len(texts))]
    lines = list(zip(ids, [(text,) for text in texts], strict=True))
    groups = group_similar(ids, [row for _, row in lines], 0.3)
    chance.shuffle(lines)
    assert group_similar([id for id, _ in lines], [row for _, row in lines], 0.3) == groups
