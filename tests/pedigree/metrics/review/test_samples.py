"""Which random samples count, and how well the estimate for unread rows covers the truth."""

import numpy as np
import pytest
from scipy.stats import binomtest

from pedigree.dataset.review_decisions import Review
from pedigree.metrics.review.samples import Stratum, estimate_unread, list_samples
from tests.support.make_review_sheets import decide


def draw(places, drawn, sheet="a" * 8, **said):
    return [
        decide(f"{sheet}{place}", "accept", sheet=sheet, drawn=drawn, place=place, label_rows=90, **said)
        for place in places
    ]


@pytest.mark.parametrize(
    ("places", "counts"), [(range(1, 11), 10), (range(1, 4), 3), ([1, 3], None), ([2], None), ([], None)]
)
def test_a_whole_sample_counts_and_its_first_rows_do_but_not_one_with_gaps(places, counts):
    found = list_samples(Review(draw(places, drawn=10)))
    assert [len(one.decisions) for one in found] == ([counts] if counts else [])


def test_a_row_of_two_sheets_counts_in_both_with_its_last_decision():
    one, other = draw(range(1, 4), 3), draw(range(1, 3), 2, "b" * 8)
    shared = decide(one[0].row_id, "reject", sheet="b" * 8, drawn=3, place=3, label_rows=90, take=2)
    other = [item.model_copy(update={"drawn": 3}) for item in other]
    first, second = list_samples(Review([*one, *other, shared]))
    assert (first.right, len(first.decisions)) == (2, 3)
    assert (second.right, len(second.decisions)) == (2, 3)


def test_a_sample_weighs_each_label_by_the_rows_that_it_had():
    rows = [decide(f"c{n}", "accept", sheet="s", drawn=20, label_rows=900, place=n + 1) for n in range(10)]
    rows += [
        decide(f"d{n}", "reject", label="dog", sheet="s", drawn=20, label_rows=100, place=n + 11) for n in range(10)
    ]
    (sample,) = list_samples(Review(rows))
    assert sample.estimate().share == pytest.approx(0.9)
    assert sample.label_rows == {"cat": 900, "dog": 100}


def test_of_very_many_rows_the_interval_is_wilsons():
    found = estimate_unread([Stratum(unread=10_000_000, sampled_right=43, sampled=80)])
    low, high = binomtest(43, 80).proportion_ci(method="wilson")
    assert (found.share, found.low, found.high) == pytest.approx((43 / 80, low, high), abs=1e-5)


def test_what_nobody_sampled_may_be_wholly_right_or_wholly_wrong():
    assert estimate_unread([Stratum(unread=10), Stratum(unread=0, sampled_right=5, sampled=5)]) is None
    found = estimate_unread([Stratum(unread=100, sampled_right=50, sampled=50), Stratum(unread=100)])
    assert found.share == 1 and found.low < 0.5 and found.high == 1
    assert estimate_unread([Stratum(unread=0)]).low == 1


def test_wrong_rows_that_were_picked_are_no_longer_among_the_unread():
    found = estimate_unread([Stratum(unread=80, sampled_right=40, sampled=50, picked_right=0, picked=20)])
    assert found.share == 1  # 20 of 100 were wrong, and people found these 20
    found = estimate_unread([Stratum(unread=80, sampled_right=40, sampled=50, picked_right=20, picked=20)])
    assert found.share == pytest.approx(0.75)


@pytest.mark.parametrize("picked", [0.0, 0.1])
@pytest.mark.parametrize("rights", [[0.9], [0.5, 0.95], [0.05], [0.98, 0.7, 0.99]])
@pytest.mark.parametrize(("labels", "rows", "sampled"), [(2, 150, 60), (8, 300, 100), (20, 2000, 100)])
def test_the_intervals_hold_the_true_share_in_95_of_100_draws(labels, rows, sampled, rights, picked):
    chance = np.random.default_rng([labels, rows])
    held, all_held, draws = 0, [], 150
    for _ in range(draws):
        strata, truths = [], []
        for label, count in enumerate(chance.multinomial(rows, chance.dirichlet(np.full(labels, 3.0)))):
            correct = chance.random(count) < rights[label % len(rights)]
            taken = min(count, max(3, sampled * count // rows))
            sample, rest = correct[:taken], correct[taken:]
            rest = rest[np.argsort(rest + chance.random(len(rest)))]  # wrong rows first, mostly
            some = int(picked * len(rest))
            strata.append(Stratum(len(rest) - some, int(sample.sum()), taken, int(rest[:some].sum()), some))
            truths.append(rest[some:])
        for stratum, truth in zip(strata, truths, strict=True):
            if len(truth) and stratum.sampled:
                found = estimate_unread([stratum])
                all_held.append(found.low <= truth.mean() <= found.high)
        found = estimate_unread(strata)
        held += found.low <= np.concatenate(truths).mean() <= found.high
    assert held / draws >= 0.92 and np.mean(all_held) >= 0.92
