"""Advice from the last doubling of each side."""

import pytest

from pedigree.usefulness.stopping_advice import DEMONSTRATION, ExpectedGain, advise, extrapolate_gain


def outlook(gain, low, high, rows=500):
    return ExpectedGain(rows, gain, (low, high))


def test_a_doubling_brings_what_the_last_one_brought():
    assert extrapolate_gain(500, 0.02, (0.01, 0.03)) == ExpectedGain(500, 0.02, (0.01, 0.03))
    found = extrapolate_gain(1_500, 0.02, (-0.01, 0.03))
    assert found.rows == 1_000
    assert found.gain == pytest.approx(0.02 * 0.7369655942)  # log2(5 / 3)
    assert found.interval == (pytest.approx(-0.01 * 0.7369655942), pytest.approx(0.03 * 0.7369655942))


@pytest.mark.parametrize(
    ("rows", "more"), [(3, 3), (10, 10), (49, 20), (857, 500), (42_500, 20_000), (900_000, 50_000)]
)
def test_advice_speaks_of_round_numbers_that_are_at_most_what_there_is(rows, more):
    assert extrapolate_gain(rows, 0, (0, 0)).rows == more


@pytest.mark.parametrize(
    ("synthetic", "real", "verdict", "text"),
    [
        (
            outlook(0.012, 0.004, 0.02), None, "make",
            "Another 500 synthetic rows are worth about +1.2 points of macro-F1 (95 % interval +0.4 to +2.0): "
            "they are worth making.",
        ),
        (
            outlook(0.004, 0.001, 0.007), None, "stop",
            "Another 500 synthetic rows are worth about +0.4 points of macro-F1 (95 % interval +0.1 to +0.7): stop.",
        ),
        (
            outlook(0.02, -0.01, 0.05), outlook(0.01, -0.01, 0.03, 50), "stop",
            "Another 500 synthetic rows are worth about +2.0 points of macro-F1 (95 % interval −1.0 to +5.0), "
            "not significantly different from zero: stop.",
        ),
        (
            outlook(-0.02, -0.04, -0.01), outlook(0.03, 0.01, 0.05, 50), "fewer",
            "Another 500 synthetic rows are worth about −2.0 points of macro-F1 (95 % interval −4.0 to −1.0): "
            "use fewer of them, or make different ones.",
        ),
        (
            outlook(0.001, -0.01, 0.012), outlook(0.03, 0.01, 0.05, 50), "write",
            "Write more real rows: another 50 are worth about +3.0 points of macro-F1 (95 % interval +1.0 to +5.0), "
            "another 500 synthetic ones +0.1 (−1.0 to +1.2).",
        ),
    ],
)  # fmt: skip
def test_each_verdict_says_what_it_is_worth(synthetic, real, verdict, text):
    found = advise({"synthetic": synthetic, "real": real}, evidence=True)
    assert (found["verdict"], found["text"]) == (verdict, text)
    assert found["synthetic"]["interval"] == list(synthetic.interval)
    assert found["real"] == (real and {"rows": real.rows, "gain": real.gain, "interval": list(real.interval)})


def test_rows_that_no_model_wrote_are_no_reason_for_advice():
    found = advise({"synthetic": outlook(0.5, 0.4, 0.6)}, evidence=False)
    assert (found["verdict"], found["text"]) == ("demonstration", DEMONSTRATION)


def test_a_gain_that_rounds_to_nothing_has_no_sign():
    text = advise({"synthetic": outlook(-0.0004, -0.012, 0.0001)}, evidence=True)["text"]
    assert "about 0.0 points of macro-F1 (95 % interval −1.2 to 0.0)" in text


def test_without_synthetic_rows_the_advice_is_of_real_ones():
    found = advise({"synthetic": None, "real": outlook(0.03, 0.01, 0.05, 50)}, evidence=True)
    assert found["text"] == (
        "Write more real rows: another 50 are worth about +3.0 points of macro-F1 (95 % interval +1.0 to +5.0)."
    )


def test_without_any_doubling_there_is_no_advice():
    assert advise({"synthetic": None, "real": None}, evidence=True) is None
