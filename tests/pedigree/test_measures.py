"""Measures of texts, against figures worked out by hand or by the plain definition."""

import numpy as np
import polars as pl
import pytest

from pedigree import measures

TEXTS = pl.Series(["Don't wait, call me", "don't wait: call her", "Why?", ""])
NONE = pl.Series([], dtype=pl.String)


def test_lengths_are_in_characters_and_words():
    lengths = measures.measure_lengths(pl.Series(["grün", "ein Haus, zwei"]))
    assert lengths == {
        "chars": {"mean": 9.0, "median": 9.0, "min": 4, "max": 14},
        "words": {"mean": 2.0, "median": 2.0, "min": 1, "max": 3},
    }


def test_distinct_n_is_different_n_grams_over_all_and_none_spans_two_texts():
    words = measures.measure_words(TEXTS)
    assert words == {"vocabulary": 6, "distinct_1": 6 / 9, "distinct_2": 4 / 6}


def test_an_opening_is_the_first_three_words_whatever_their_case():
    openings = measures.measure_openings(TEXTS)
    assert openings["top_5"] == [{"opening": "don't wait call", "rows": 2}, {"opening": "why", "rows": 1}]
    assert openings["top_1_share"] == 0.5
    assert openings["top_10_share"] == 0.75


def test_remote_clique_and_chamfer_are_means_over_pairs_and_over_nearest_neighbours():
    vectors = measures.embed_tfidf(["a red car", "a blue car", "the red car drove off", "nothing alike here"])
    distance = 1 - (vectors @ vectors.T).toarray()
    np.fill_diagonal(distance, np.nan)
    assert measures.measure_remote_clique(vectors) == pytest.approx(np.nanmean(distance))
    assert measures.measure_chamfer(vectors) == pytest.approx(np.nanmean(np.nanmin(distance, axis=1)))


def test_equal_texts_have_no_distance_and_texts_without_words_are_far_from_all():
    equal, mute = measures.embed_tfidf(["one two", "one two"]), measures.embed_tfidf(["...", "!"])
    assert measures.measure_chamfer(equal) == pytest.approx(0, abs=1e-9)
    assert measures.measure_chamfer(mute) == measures.measure_remote_clique(mute) == 1


def test_without_texts_every_measure_is_unknown():
    assert measures.measure_lengths(NONE)["chars"] == {"mean": None, "median": None, "min": None, "max": None}
    assert measures.measure_words(NONE) == {"vocabulary": 0, "distinct_1": None, "distinct_2": None}
    assert measures.measure_openings(NONE) == {"top_1_share": None, "top_10_share": None, "top_5": []}
    assert measures.measure_remote_clique(measures.embed_tfidf([])) is None
    assert measures.measure_chamfer(measures.embed_tfidf(["alone"])) is None
