"""The share of all rows and the shares of its labels say the same, and the interval holds the truth."""

import numpy as np
import pytest

from pedigree.labels.label_shares import estimate_shares

LABELS = ["a", "b", "c", "d"]


def draw(seed, wrong, skill=0.7):
    """Return people's labels and readings, and the labels asked for and read of 300 rows, a share of them wrong."""
    chance = np.random.default_rng(seed)
    people, true = np.repeat(LABELS, 30), np.repeat(LABELS, 75)

    def read(labels):
        return np.where(chance.random(len(labels)) < skill, labels, chance.choice(LABELS, len(labels)))

    asked = np.where(chance.random(300) < wrong, np.roll(true, 75), true)
    return (people, read(people), asked, read(true), LABELS, seed), float(np.mean(asked == true))


@pytest.mark.parametrize("wrong", [0.0, 0.1, 0.4, 1.0])
def test_the_share_of_all_rows_is_the_mean_of_the_labels_shares(wrong):
    for seed in range(5):
        arguments, _ = draw(seed, wrong)
        right, by_label = estimate_shares(*arguments)
        _, rows = np.unique(arguments[2], return_counts=True)
        mean = np.average([by_label[label].share for label in LABELS], weights=rows)
        assert right.share == pytest.approx(mean, abs=1e-4)
        assert right.low <= right.share <= right.high


def test_one_wrong_label_is_seen_in_the_whole():
    """Three labels that are right do not hide that all rows of the fourth are wrong."""
    (people, judged, asked, read, labels, seed), _ = draw(1, 0.0)
    exchanged = np.where(np.arange(300) < 75, "d", asked)
    right, by_label = estimate_shares(people, judged, exchanged, read, labels, seed)
    assert by_label["d"].share < 0.7 < right.share < 0.9 and right.low <= 0.75 <= right.high


def test_the_interval_holds_the_truth_in_nine_of_ten():
    held = 0
    for seed in range(40):
        arguments, truth = draw(seed, (seed % 5) / 8)
        right, _ = estimate_shares(*arguments)
        held += right.low <= truth <= right.high
    assert held >= 36


def test_a_reader_without_skill_says_nothing():
    arguments, _ = draw(3, 0.2, skill=0.0)
    right, _ = estimate_shares(*arguments)
    assert right.high - right.low > 0.8
