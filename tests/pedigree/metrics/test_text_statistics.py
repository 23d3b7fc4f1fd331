"""Measures of texts, against figures worked out by hand or by the plain definition."""

import polars as pl

from pedigree.metrics import text_statistics

TEXTS = pl.Series(["Don't wait, call me", "don't wait: call her", "Why?", ""])
NONE = pl.Series([], dtype=pl.String)


def test_lengths_are_in_characters_and_words():
    lengths = text_statistics.measure_lengths(pl.Series(["grün", "ein Haus, zwei"]))
    assert lengths == {
        "chars": {"mean": 9.0, "median": 9.0, "min": 4, "max": 14},
        "words": {"mean": 2.0, "median": 2.0, "min": 1, "max": 3},
    }


def test_distinct_n_is_different_n_grams_over_all_and_none_spans_two_texts():
    words = text_statistics.measure_words(TEXTS)
    assert words == {"vocabulary": 6, "distinct_1": 6 / 9, "distinct_2": 4 / 6, "distinct_3": 3 / 4}


def test_an_opening_is_the_first_three_words_whatever_their_case():
    openings = text_statistics.measure_openings(TEXTS)
    assert openings["top_5"] == [{"opening": "don't wait call", "rows": 2}, {"opening": "why", "rows": 1}]
    assert openings["top_1_share"] == 0.5
    assert openings["top_10_share"] == 0.75


def test_duplicates_lower_distinct_n_and_the_order_of_texts_does_not_count():
    words, mixed = text_statistics.measure_words(TEXTS), text_statistics.measure_words(TEXTS.reverse())
    doubled = text_statistics.measure_words(pl.concat([TEXTS, TEXTS]))
    assert words == mixed
    assert all(doubled[f"distinct_{n}"] == words[f"distinct_{n}"] / 2 for n in (1, 2, 3))


def test_without_texts_every_measure_is_unknown():
    assert text_statistics.measure_lengths(NONE)["chars"] == {"mean": None, "median": None, "min": None, "max": None}
    assert text_statistics.measure_words(NONE) == {
        "vocabulary": 0,
        **dict.fromkeys(("distinct_1", "distinct_2", "distinct_3")),
    }
    assert text_statistics.measure_openings(NONE) == {"top_1_share": None, "top_10_share": None, "top_5": []}
