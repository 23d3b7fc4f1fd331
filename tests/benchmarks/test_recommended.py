"""The page on how to train: what it counts, and the words for what is not so."""

import numpy as np

from benchmarks.recommended import make_line
from benchmarks.recommended_page import TITLES, Line, write_page
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.setups import predict_setups
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.tstr import make_pool


def make(gain, low, high, setup="both"):
    recommended = {
        "setup": setup, "real_rows": 290, "real_weight": 5.2 if "upweighted" in setup else 1.0,
        "macro_f1": 0.6 + gain, "macro_f1_interval": [0.5, 0.7], "real_macro_f1": 0.6,
    }  # fmt: skip
    return Line(recommended, {setup: (gain, low, high), "real": (0.0, 0.0, 0.0)})


def test_the_page_counts_lines_above_and_below_and_names_those_that_are_below():
    page = write_page({
        "one": {"TF-IDF": make(0.06, 0.01, 0.09, "both_real_upweighted")},
        "two": {"TF-IDF": make(0.02, -0.01, 0.05)},
        "three": {"TF-IDF": make(-0.04, -0.06, -0.01)},
        "four": {"TF-IDF": make(0.0, 0.0, 0.0, "real")},
    })  # fmt: skip
    assert "## What it brought: TF-IDF" in page
    assert "- Above real rows alone on 2 of 4 lines, on 1 beyond the interval; +1.0 points in the mean." in page
    assert "- Below on 1 (three), beyond the interval on 1 (three)." in page
    assert "- Equal on 1 (four)." in page
    assert "- Sign test, 2 above and 1 below: p = 1.0000 (two-sided)." in page  # 2 * (3 + 1) / 8, at most 1
    assert (
        "| one | 290 | both, real rows up-weighted (5.2 times) | 66.0 (50.0 to 70.0) | 60.0 | **+6.0 (+1.0 to +9.0)** |"
        in page
    )
    assert "| three | 290 | both | 56.0 (50.0 to 70.0) | 60.0 | **−4.0 (−6.0 to −1.0)** |" in page
    assert "| both | 2 | −1.0 | 1 | 0 | 1 |" in page  # taken on every line that has it


def test_the_sign_test_is_that_of_a_fair_coin():
    lines = {str(number): {"TF-IDF": make(0.05, 0.01, 0.09)} for number in range(11)}
    assert f"11 above and 0 below: p = {2 / 2**11:.4f}" in write_page(lines)


def test_every_set_up_has_a_title_and_a_gain():
    def predict(_):
        return np.full((2, 2), 0.5)

    assert list(TITLES) == list(predict_setups(["real", "synthetic", "both", "both_real_upweighted"], predict, predict))
    chance = np.random.default_rng(0)
    sides = []
    for rows in (160, 104, 60):
        labels = np.arange(rows) % 2
        texts = [" ".join(chance.choice([["ham", "egg", "tea"], ["nut", "egg", "tea"]][label], 3)) for label in labels]
        sides.append(Sample(texts, labels))
    pool = make_pool(*sides, 2, 0)
    line = make_line(TfidfClassifier(pool.texts), pool, ["a", "b"])
    assert {*TITLES} <= {*line.gains} and line.gains["real"] == (0, 0, 0)
    assert line.gain[0] == line.recommended["minus_real"]["macro_f1"]
