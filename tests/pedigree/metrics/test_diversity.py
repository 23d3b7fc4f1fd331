"""Spread of texts, against the double sums of the definitions and against the package of Vendi's authors."""

import random

import numpy as np
import pytest

from pedigree.metrics import diversity
from pedigree.metrics.tfidf import embed_tfidf
from tests.support.mixed_texts import TEXTS, mix

LABELS = [("aye", "nay", "perhaps")[place % 7 % 3] for place in range(len(TEXTS))]


def list_distances(vectors):
    dense = vectors.toarray()
    return [[1 - float(one @ other) for other in dense] for one in dense]


def test_remote_clique_and_chamfer_are_means_over_pairs_and_over_nearest_neighbours():
    distance = list_distances(embed_tfidf(TEXTS))
    others = [[d for j, d in enumerate(line) if j != i] for i, line in enumerate(distance)]
    vectors = embed_tfidf(TEXTS)
    assert diversity.measure_remote_clique(vectors) == pytest.approx(
        np.mean([np.mean(line) for line in others]), abs=1e-9
    )
    assert diversity.measure_chamfer(vectors) == pytest.approx(np.mean([min(line) for line in others]), abs=1e-9)


def test_average_pairwise_similarity_is_over_pairs_of_one_label_and_of_two():
    distance = list_distances(embed_tfidf(TEXTS))
    pairs = [(i, j) for i in range(len(TEXTS)) for j in range(i)]
    within = [1 - distance[i][j] for i, j in pairs if LABELS[i] == LABELS[j]]
    between = [1 - distance[i][j] for i, j in pairs if LABELS[i] != LABELS[j]]
    assert len(within) > 100 and len(between) > 100
    assert diversity.measure_aps(embed_tfidf(TEXTS), LABELS) == {
        "within": pytest.approx(np.mean(within), abs=1e-9),
        "between": pytest.approx(np.mean(between), abs=1e-9),
    }


def test_vendi_is_what_the_package_of_its_authors_gives():
    """vendi-score 0.0.3: score_K of the cosines, each text as like itself as can be."""
    assert diversity.measure_vendi(embed_tfidf(TEXTS)) == pytest.approx(50.34483222076291, abs=1e-6)


def test_vendi_counts_how_many_different_texts_there_are():
    apart = embed_tfidf(["red", "blue", "green", "..."])
    assert diversity.measure_vendi(apart) == pytest.approx(4)
    assert diversity.measure_vendi(embed_tfidf(["red", "blue"] * 5)) == pytest.approx(2)
    assert diversity.measure_vendi(embed_tfidf(["red"] * 9)) == pytest.approx(1)


def test_equal_texts_have_no_distance_and_texts_without_words_are_far_from_all():
    equal, mute = embed_tfidf(["one two", "one two"]), embed_tfidf(["...", "!"])
    assert diversity.measure_chamfer(equal) == pytest.approx(0, abs=1e-9)
    assert diversity.measure_chamfer(mute) == diversity.measure_remote_clique(mute) == 1


@pytest.mark.parametrize(
    "measure", [diversity.measure_remote_clique, diversity.measure_chamfer, diversity.measure_vendi]
)
def test_the_order_does_not_count_and_duplicates_lower_it(measure):
    texts = mix(40)
    shuffled, doubled = random.Random(1).sample(texts, len(texts)), texts[:20] * 2
    assert measure(embed_tfidf(shuffled)) == pytest.approx(measure(embed_tfidf(texts)), abs=1e-9)
    assert measure(embed_tfidf(doubled)) < measure(embed_tfidf(texts))
    assert measure(embed_tfidf(["alone"])) is measure(embed_tfidf([])) is None


def test_labels_without_pairs_have_no_similarity():
    two = embed_tfidf(["a red car", "a blue car"])
    assert diversity.measure_aps(two, ["aye", "nay"])["within"] is None
    assert diversity.measure_aps(two, ["aye", "aye"])["between"] is None
    nothing = {"within": None, "between": None}
    assert diversity.measure_aps(two[:1], ["aye"]) == diversity.measure_aps(two[:0], []) == nothing


def test_dense_vectors_are_measured_as_sparse_ones_and_may_point_away_from_each_other():
    dense = embed_tfidf(TEXTS).toarray()
    for measure in (diversity.measure_remote_clique, diversity.measure_chamfer, diversity.measure_vendi):
        assert measure(dense) == pytest.approx(measure(embed_tfidf(TEXTS)), abs=1e-9)
    assert diversity.measure_aps(dense, LABELS) == pytest.approx(
        diversity.measure_aps(embed_tfidf(TEXTS), LABELS), abs=1e-9
    )
    opposed = np.array([[1.0, 0], [-1, 0]])
    assert diversity.measure_chamfer(opposed) == diversity.measure_remote_clique(opposed) == 2
    assert diversity.measure_aps(opposed, ["aye", "aye"])["within"] == -1


def test_vendi_of_vectors_that_point_away_is_that_of_its_definition():
    vectors = np.random.default_rng(0).normal(size=(40, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    parts = np.linalg.eigvalsh(vectors @ vectors.T / 40)
    parts = parts[parts > 1e-12]
    assert diversity.measure_vendi(vectors) == pytest.approx(np.exp(-(parts * np.log(parts)).sum()), abs=1e-9)
