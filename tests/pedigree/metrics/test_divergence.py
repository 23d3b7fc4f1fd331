import math
import re
from collections import Counter

import polars as pl
import pytest

from pedigree.metrics.divergence import measure_length_divergence, measure_punctuation_divergence
from tests.support.mixed_texts import mix


def recompute(one, other):
    """Return half the Kullback-Leibler divergences of two lists of classes to their mean, in bits."""
    shares = [{name: count / len(part) for name, count in Counter(part).items()} for part in (one, other)]
    middle = {name: sum(share.get(name, 0) for share in shares) / 2 for name in shares[0] | shares[1]}
    return sum(p * math.log2(p / middle[name]) for share in shares for name, p in share.items()) / 2


ONE = [f"{text}{mark}" for text, mark in zip(mix(40, 1), "!?.,…😀" * 7, strict=False)] + ["plain"] * 5
OTHER = [f"{text}." for text in mix(30, 2)] + ["a longer text than any other one, and it goes on and on and on" * 4]
SERIES = pl.Series(ONE), pl.Series(OTHER)


def test_lengths_diverge_by_bins_of_the_powers_of_the_square_root_of_two():
    bins = [[math.floor(2 * math.log2(len(text))) for text in texts] for texts in (ONE, OTHER)]
    assert measure_length_divergence(*SERIES) == pytest.approx(recompute(*bins), abs=1e-9)


def test_punctuation_diverges_by_marks_and_texts_without_any():
    marks = [[mark for text in texts for mark in re.findall(r"[!?.,…😀']", text) or ["none"]] for texts in (ONE, OTHER)]
    assert measure_punctuation_divergence(*SERIES) == pytest.approx(recompute(*marks), abs=1e-9)


@pytest.mark.parametrize("measure", [measure_length_divergence, measure_punctuation_divergence])
def test_it_is_nothing_for_equal_sides_all_for_unlike_ones_and_the_same_from_both(measure):
    one, other = SERIES
    assert measure(one, one.reverse()) == pytest.approx(0, abs=1e-12)
    assert measure(pl.Series(["!" * 9]), pl.Series(["?"])) == pytest.approx(1)
    assert measure(one, other) == pytest.approx(measure(other, one), abs=1e-12)


@pytest.mark.parametrize("measure", [measure_length_divergence, measure_punctuation_divergence])
def test_without_texts_on_a_side_it_is_unknown(measure):
    nothing = pl.Series([], dtype=pl.String)
    assert measure(SERIES[0], nothing) is measure(nothing, SERIES[0]) is measure(nothing, nothing) is None


def test_empty_texts_are_texts():
    assert measure_length_divergence(pl.Series([""]), pl.Series(["x"])) == 0
    assert measure_punctuation_divergence(pl.Series([""]), pl.Series(["x"])) == 0
