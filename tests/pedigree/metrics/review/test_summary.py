"""How many rows are right is estimated from wholly judged random samples alone."""

import pytest

from pedigree.dataset.review_decisions import Review
from pedigree.metrics.review.summary import summarise_review
from tests.support.make_review_sheets import decide


def judge(count, wrong, drawn, sheet="a" * 8):
    verdicts = ["reject"] * wrong + ["accept"] * (count - wrong)
    return [decide(f"{sheet}{n}", verdict, sheet=sheet, drawn=drawn) for n, verdict in enumerate(verdicts)]


def test_a_sample_that_is_judged_wholly_gives_a_share_with_wilsons_interval():
    found = summarise_review(Review(judge(count=70, wrong=4, drawn=70)), set())
    (sample,) = found["samples"]
    assert (sample["drawn"], sample["right"], sample["share"]) == (70, 66, pytest.approx(66 / 70))
    z, n, p = 1.959964, 70, 66 / 70
    middle, half = (p + z**2 / (2 * n)), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert sample["interval"] == pytest.approx([(middle + s * half) / (1 + z**2 / n) for s in (-1, 1)], abs=1e-6)


def test_a_sample_with_rows_left_out_and_rows_drawn_otherwise_estimate_nothing():
    others = [decide("x", "reject"), decide("y", "accept", reason="refusal")]
    found = summarise_review(Review(judge(count=69, wrong=4, drawn=70) + others), {"x"})
    assert found["samples"] == []
    assert found["rows"] == {"accept": 65, "relabel": 0, "reject": 5}
    assert found["rejects"] == {"accept": 1, "relabel": 0, "reject": 0}
    assert (found["gone"], found["people"]) == (70, ["Ann"])


def test_nobody_said_anything():
    assert summarise_review(Review(), {"x"}) is None
