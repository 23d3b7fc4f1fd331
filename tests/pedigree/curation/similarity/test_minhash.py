"""Similarity is the exact Jaccard index of character 5-grams; MinHash finds next to every pair that reaches it."""

import random
import string
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.similarity import minhash
from pedigree.curation.similarity.minhash import MAX_HASHES, MISSED, Match, SimilarityIndex, choose_bands, group_similar
from pedigree.curation.similarity.shingles import compare, cut_shingles, fold_rows, fold_texts
from pedigree.curation.split import join_groups
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
        index.add([str(number)], index.sketch([row]))
        if alike(row, varied) >= threshold:
            pairs.append((str(number), varied, alike(row, varied)))
    search = index.search(index.sketch([varied for _, varied, _ in pairs]))
    found = [
        search.in_index[place] and Match(id, similarity) in list(search.find(place, cut_shingles(varied)))
        for place, (id, varied, similarity) in enumerate(pairs)
    ]
    assert len(found) > 50
    assert sum(found) / len(found) >= recall


def vary(text, chance):
    signs = list(text)
    for _ in range(chance.randint(1, max(1, len(signs) // 25))):
        signs[chance.randrange(len(signs))] = chance.choice(string.ascii_lowercase)
    return "".join(signs)


def test_the_nearest_is_found_and_of_equals_the_first():
    index = SimilarityIndex(0.5)
    texts = ["a cat sat on the mat today", "the cat sat on the mat", "the cat sat on the mat"]
    index.add(["far", "a", "b"], index.sketch([(text,) for text in texts]))
    rows = [("the cat sat on the mat",), ("something else",)]
    search = index.search(index.sketch(rows))
    assert [search.find_nearest(place, cut_shingles(row)) for place, row in enumerate(rows)] == [Match("a", 1.0), None]


def test_a_kept_row_of_the_batch_is_found_by_later_ones_and_in_the_index_after_the_batch():
    index, rows = SimilarityIndex(0.5), [("the cat sat on the mat",)] * 2
    search = index.search(index.sketch(rows))
    assert search.find_nearest(1, cut_shingles(rows[1])) is None
    search.keep(0, "a")
    assert search.find_nearest(1, cut_shingles(rows[1])) == Match("a", 1.0)
    search.close()
    assert index.search(index.sketch(rows)).find_nearest(0, cut_shingles(rows[0])) == Match("a", 1.0)


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_groups_do_not_depend_on_the_size_of_a_batch(batch, monkeypatch):
    chance = random.Random(3)
    texts = [" ".join(chance.choices(["aa", "bb", "cc", "dd", "ee"], k=8)) for _ in range(200)]
    ids, rows = [f"r{place:03}" for place in range(200)], [(text,) for text in texts]
    monkeypatch.setattr(minhash, "BATCH", batch)
    groups = group_similar(ids, rows, 0.6)
    sets = [cut_shingles(row) for row in rows]
    pairs = [(a, b) for a, b in combinations(range(200), 2) if compare(sets[a], sets[b]) >= 0.6]
    assert join_groups(dict(zip(ids, ids, strict=True)), [(ids[a], ids[b]) for a, b in pairs]) == groups


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
