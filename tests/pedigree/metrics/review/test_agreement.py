"""Cohen's kappa of two people is scikit-learn's, and rows in conflict are named with both verdicts."""

import random
import warnings

import pytest
from sklearn.metrics import cohen_kappa_score

from pedigree.dataset.review_decisions import Review
from pedigree.metrics.review.agreement import REJECTED, find_agreements, measure_kappa
from tests.support.make_review_sheets import decide


@pytest.mark.parametrize("seed", range(20))
def test_kappa_is_scikit_learns(seed):
    rng = random.Random(seed)
    names = ["a", "b", "c", REJECTED, "Ω", "ש"][: rng.randint(2, 6)]
    pairs = [(one := rng.choice(names), one if rng.random() < seed / 20 else rng.choice(names)) for _ in range(60)]
    assert measure_kappa(pairs) == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-12)


def test_kappa_is_unknown_where_it_is_not_defined():
    assert measure_kappa([]) is None
    assert measure_kappa([("a", "a")] * 9) is None
    with warnings.catch_warnings(action="ignore"):
        assert cohen_kappa_score(["a"] * 9, ["a"] * 9) != cohen_kappa_score(["a"] * 9, ["a"] * 9)  # not a number
    assert measure_kappa([("a", "b")] * 9) == 0


def test_the_last_word_of_each_person_counts_and_conflicts_are_listed():
    review = Review(
        [
            decide("1", "accept"),
            decide("2", "reject"),
            decide("2", "relabel", new_label="dog"),
            decide("3", "accept"),
            *(decide(row_id, "accept", who="Bo") for row_id in "124"),
        ]
    )
    (found,) = find_agreements(review)
    assert (found.people, found.rows, found.agreed) == (("Ann", "Bo"), 2, 1)
    assert found.conflicts == [("2", "dog", "cat")]
    assert found.describe() == "Ann and Bo agree on 1 of 2 rows (50%), kappa 0.00"


def test_people_who_read_other_rows_are_not_compared():
    assert find_agreements(Review([decide("1", "accept"), decide("2", "accept", who="Bo")])) == []
