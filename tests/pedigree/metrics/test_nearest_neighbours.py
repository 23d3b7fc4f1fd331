"""Neighbours, against scikit-learn's nearest neighbours in the same vectors."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

from pedigree.metrics.nearest_neighbours import measure_coverage, measure_top_similarity
from pedigree.metrics.tfidf import embed_tfidf
from tests.support.mixed_texts import TEXTS, mix

REAL = mix(50, 8)
VECTORS = embed_tfidf([*TEXTS, *REAL])
OURS, THEIRS = VECTORS[: len(TEXTS)], VECTORS[len(TEXTS) :]


def test_top_five_similarity_is_the_mean_cosine_to_the_five_most_similar_synthetic_texts():
    best = np.sort(cosine_similarity(THEIRS, OURS), axis=1)[:, -5:]
    assert measure_top_similarity(OURS, THEIRS) == pytest.approx(best.mean(axis=1).mean(), abs=1e-9)


def test_coverage_and_precision_are_those_of_balls_of_five_neighbours():
    """In unit vectors the Euclidean distance, which prdc takes, orders neighbours as 1 - cosine does."""
    real, ours = THEIRS.toarray(), OURS[OURS.getnnz(axis=1) > 0].toarray()
    radius = NearestNeighbors(n_neighbors=6).fit(real).kneighbors(real)[0][:, -1]
    distance = pairwise_distances(real, ours)
    found = measure_coverage(OURS[OURS.getnnz(axis=1) > 0], THEIRS)
    assert found["coverage"] == pytest.approx((distance.min(axis=1) < radius).mean(), abs=1e-9)
    assert found["precision"] == pytest.approx((distance < radius[:, None]).any(axis=0).mean(), abs=1e-9)
    assert 0.2 < found["coverage"] < 1 and 0.2 < found["precision"] < 1


def test_the_same_texts_cover_all_and_strange_ones_nothing():
    texts = mix(40, 5)
    vectors = embed_tfidf([*texts, *texts, *("zig", "zag", "zog", "zug", "zeg")])
    assert measure_coverage(vectors[:40], vectors[40:80]) == {"coverage": 1, "precision": 1}
    assert measure_coverage(vectors[80:], vectors[40:80]) == {"coverage": 0, "precision": 0}
    assert measure_top_similarity(vectors[80:], vectors[40:80]) == 0


def test_one_text_many_times_covers_little():
    texts = mix(40, 5)
    vectors = embed_tfidf([*texts[:1] * 40, *texts])
    assert measure_coverage(vectors[:40], vectors[40:])["coverage"] < 0.5


def test_the_order_of_texts_does_not_count():
    chance = np.random.default_rng(1)
    mixed = OURS[chance.permutation(OURS.shape[0])], THEIRS[chance.permutation(THEIRS.shape[0])]
    assert measure_coverage(*mixed) == measure_coverage(OURS, THEIRS)
    assert measure_top_similarity(*mixed) == pytest.approx(measure_top_similarity(OURS, THEIRS), abs=1e-12)


def test_too_few_texts_tell_nothing():
    unknown = {"coverage": None, "precision": None}
    assert measure_coverage(OURS, THEIRS[:5]) == measure_coverage(OURS[:0], THEIRS) == unknown
    assert measure_top_similarity(OURS[:4], THEIRS) is measure_top_similarity(OURS, THEIRS[:0]) is None


def test_dense_vectors_have_the_neighbours_that_sparse_ones_have():
    dense = VECTORS.toarray()
    count = len(TEXTS)
    for measure in (measure_top_similarity, measure_coverage):
        found = measure(dense[:count], dense[count:])
        assert found == pytest.approx(measure(VECTORS[:count], VECTORS[count:]), abs=1e-9)
