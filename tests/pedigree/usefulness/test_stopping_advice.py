"""Advice from what the fitted curves of each side promise."""

import pytest

from pedigree.usefulness.stopping_advice import DEMONSTRATION, ExpectedGain, advise, expect_gain, join_advice


def outlook(gain, low, high, rows=500):
    return ExpectedGain(rows, gain, (low, high))


@pytest.mark.parametrize(("rows", "more"), [(30, 20), (49, 20), (857, 500), (42_500, 20_000), (900_000, 50_000)])
def test_advice_speaks_of_round_numbers_that_are_at_most_what_there_is(rows, more):
    points = [
        {"synthetic": rows // part, "real": 0, "macro_f1": 0.5, "macro_f1_draws": [0.5, 0.51]} for part in (8, 4, 2)
    ]
    points.append({"synthetic": rows, "real": 0, "macro_f1": 0.5, "macro_f1_draws": [0.5]})
    assert expect_gain(points, "synthetic", rows).rows == more
    assert expect_gain(points, "real", 0) is None


@pytest.mark.parametrize(
    ("synthetic", "real", "verdict", "text"),
    [
        (
            outlook(0.012, 0.004, 0.02), None, "make",
            "Another 500 synthetic rows are expected to bring +1.2 points of macro-F1 (95 % interval +0.4 to +2.0): "
            "they are worth making.",
        ),
        (
            outlook(0.002, 0.001, 0.003), None, "stop",
            "Another 500 synthetic rows are expected to bring +0.2 points of macro-F1 (95 % interval +0.1 to +0.3): "
            "the curve is flat, stop.",
        ),
        (
            outlook(0.02, -0.01, 0.05), outlook(0.01, -0.01, 0.03, 50), "unknown",
            "Another 500 synthetic rows are expected to bring +2.0 points of macro-F1 (95 % interval −1.0 to +5.0): "
            "whether they help is unknown. Do not make them for this figure alone.",
        ),
        (
            outlook(-0.02, -0.04, -0.01), outlook(0.03, 0.01, 0.05, 50), "fewer",
            "Another 500 synthetic rows are expected to bring −2.0 points of macro-F1 (95 % interval −4.0 to −1.0): "
            "use fewer of them, or make different ones.",
        ),
        (
            outlook(0.001, -0.01, 0.012), outlook(0.03, 0.01, 0.05, 50), "write",
            "Write more real rows. Another 50 real rows are expected to bring +3.0 points of macro-F1 (95 % interval "
            "+1.0 to +5.0); another 500 synthetic ones +0.1 (−1.0 to +1.2).",
        ),
        (None, outlook(0.03, -0.01, 0.07, 50), "unknown",
            "Another 50 real rows are expected to bring +3.0 points of macro-F1 (95 % interval −1.0 to +7.0): whether "
            "they help is unknown. Do not make them for this figure alone."),
    ],
)  # fmt: skip
def test_each_verdict_says_what_it_is_worth(synthetic, real, verdict, text):
    found = advise({"synthetic": synthetic, "real": real}, evidence=True)
    assert (found["verdict"], found["text"]) == (verdict, text)
    for side, one in (("synthetic", synthetic), ("real", real)):
        assert found[side] == (one and {"rows": one.rows, "gain": one.gain, "interval": list(one.interval)})


def test_rows_that_no_model_wrote_are_no_reason_for_advice():
    found = advise({"synthetic": outlook(0.5, 0.4, 0.6)}, evidence=False)
    assert (found["verdict"], found["text"]) == ("demonstration", DEMONSTRATION)


def test_a_gain_that_rounds_to_nothing_has_no_sign():
    text = advise({"synthetic": outlook(-0.0004, -0.012, 0.0001)}, evidence=True)["text"]
    assert "bring 0.0 points of macro-F1 (95 % interval −1.2 to 0.0)" in text


def test_without_any_curve_there_is_no_advice():
    assert advise({"synthetic": None, "real": None}, evidence=True) is None


def useful(verdict, f1, embeddings=None, evidence=True):
    advice = verdict and {"verdict": verdict, "text": f"{verdict}."}
    return {
        "advice": advice,
        "both": {"macro_f1": f1},
        "synthetic": None,
        "embeddings": embeddings,
        "evidence": evidence,
    }


@pytest.mark.parametrize(
    ("terms", "meaning", "verdict", "text"),
    [
        (("make", 0.6), ("unknown", 0.7), "unknown",
         "The classifier on embeddings gains nothing that is certain from more synthetic rows. On embeddings: unknown. "
         "With TF-IDF: make."),
        (("make", 0.8), ("stop", 0.7), "make",
         "The classifier on embeddings gains nothing that is certain from more synthetic rows. On embeddings: stop. "
         "With TF-IDF: make."),
        (("stop", 0.6), ("make", 0.7), "make", "With TF-IDF: stop. On embeddings: make."),
    ],
)  # fmt: skip
def test_the_better_of_two_classifiers_decides_and_one_that_gains_nothing_is_named_first(terms, meaning, verdict, text):
    assert join_advice(useful(*terms, useful(*meaning))) == {"verdict": verdict, "text": text}


def test_of_one_classifier_the_advice_is_as_it_is():
    assert (
        join_advice(useful("make", 0.5))["text"]
        == join_advice(useful("make", 0.5, useful(None, 0.6)))["text"]
        == "make."
    )
    assert join_advice(useful("demonstration", 0.5, useful("demonstration", 0.6), False))["text"] == "demonstration."
    assert join_advice(useful(None, 0.5, useful("make", 0.6))) is None
