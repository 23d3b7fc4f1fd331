"""An ensemble averages predictions of the same rows; what it gains is told beside the mean of the single ones."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from pedigree.usefulness.ensemble import Spread, average_trials, spread_out
from pedigree.usefulness.trials import Trial

TRUE = np.arange(300) % 3


def make_trials(count, noise=1.2):
    """Return trials whose mistakes are independent of each other."""
    rng = np.random.default_rng(0)
    scores = [np.exp(np.eye(3)[TRUE] + rng.normal(scale=noise, size=(300, 3))) for _ in range(count)]
    return {f"seed-{place}": Trial(TRUE, each / each.sum(axis=1, keepdims=True)) for place, each in enumerate(scores)}


def test_the_figures_are_those_of_the_mean_probabilities():
    trials = make_trials(5)
    found = average_trials(trials, seed=0)
    averaged = sum(one.probabilities for one in trials.values()).argmax(axis=1)
    singles = [f1_score(TRUE, one.probabilities.argmax(axis=1), average="macro") for one in trials.values()]
    assert found.macro_f1 == pytest.approx(f1_score(TRUE, averaged, average="macro"), abs=1e-12)
    assert found.single == Spread(5, pytest.approx(np.mean(singles)), pytest.approx(np.std(singles, ddof=1)))
    assert found.gain == pytest.approx(found.macro_f1 - np.mean(singles)) and (found.students, found.test_rows) == (
        5,
        300,
    )
    assert found.interval[0] < found.macro_f1 < found.interval[1]


def test_independent_mistakes_are_averaged_out_and_equal_ones_are_not():
    found = average_trials(make_trials(5), seed=0)
    assert found.gain_interval[0] > 0
    one = make_trials(1)["seed-0"]
    same = average_trials({"a": one, "b": one}, seed=0)
    assert (same.gain, same.gain_interval, same.single.std) == (0, [0, 0], 0)


def test_one_classifier_is_no_ensemble():
    assert average_trials(make_trials(1), seed=0) is None and average_trials({}, seed=0) is None


@pytest.mark.parametrize(
    ("values", "spread"),
    [([None, None], None), ([], None), ([2.0, None], Spread(1, 2.0, None)), ([1.0, 3.0], Spread(2, 2.0, 2**0.5))],
)
def test_what_is_not_known_is_no_part_of_a_spread(values, spread):
    assert spread_out(values) == spread
