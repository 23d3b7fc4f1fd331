"""Power laws that are known are found again, and what is not known is said."""

import numpy as np
import pytest

from pedigree.usefulness.power_law import predict_gain

SIZES = [50, 100, 200, 400]


def draw(curve, noise, seed, draws=4, rows=800):
    """Return sizes, scores and the score of all rows, with normal noise."""
    chance = np.random.default_rng(seed)
    sizes = [size for size in SIZES for _ in range(draws)]
    return sizes, [curve(size) + noise * chance.normal() for size in sizes], curve(rows) + noise * chance.normal()


def predict(curve, noise=0.0, seed=0, *, beside=0, have=800, more=800):
    sizes, scores, now = draw(curve, noise, seed)
    return predict_gain(sizes, scores, 800, now, beside=beside, have=have, more=more)


@pytest.mark.parametrize("c", [0.2, 0.5, 1.0])
def test_without_noise_the_gain_is_that_of_the_curve(c):
    def curve(rows):
        return 0.8 - 1.5 * (rows / 20) ** -c * 0.2

    found = predict(curve)
    assert found.gain == pytest.approx(curve(1600) - curve(800), abs=0.002)
    assert found.interval[0] < curve(1600) - curve(800) < found.interval[1]


def test_rows_of_the_other_side_delay_the_curve():
    """Beside 4,000 rows the first 50 change little, and a doubling brings more than the last one did."""

    def curve(rows):
        return 0.8 - 2 * (rows + 1200) ** -0.4

    true = curve(1600) - curve(800)
    assert abs(predict(curve, beside=4000).gain - true) < abs(predict(curve).gain - true)


def test_a_flat_curve_promises_nothing():
    found = predict(lambda rows: 0.7, noise=0.004, seed=1)
    assert abs(found.gain) < 0.005 and found.interval[0] < 0 < found.interval[1]


def test_a_falling_curve_is_told():
    found = predict(lambda rows: 0.5 + 0.4 * (rows / 50) ** -0.5)
    assert found.interval[1] < 0


def test_the_interval_holds_what_comes_as_often_as_it_says():
    def curve(rows):
        return 0.75 - 0.9 * rows**-0.4

    held = 0
    for seed in range(200):
        found = predict(curve, 0.01, seed)
        _, _, now = draw(curve, 0.01, seed)
        later = curve(1600) + 0.01 * np.random.default_rng(10_000 + seed).normal()
        held += found.interval[0] <= later - now <= found.interval[1]
    assert held >= 190  # widened for curves that are no power laws, so rather more than 95 %


def test_more_noise_is_less_certain_and_more_rows_too():
    def width(**options):
        low, high = predict(lambda rows: 0.75 - 0.9 * rows**-0.4, **options).interval
        return high - low

    assert width(noise=0.002) < width(noise=0.02)
    assert width(noise=0.01, more=200) < width(noise=0.01, more=800) < width(noise=0.01, more=3200)


def test_of_more_rows_than_were_tried_the_gain_is_that_further_on():
    def curve(rows):
        return 0.8 - 0.9 * rows**-0.4

    assert predict(curve, have=4000, more=4000).gain == pytest.approx(curve(8000) - curve(4000), abs=0.002)


def test_too_few_sizes_are_no_curve():
    assert predict_gain([100, 200, 200], [0.5, 0.6, 0.6], 400, 0.7, beside=0, have=400, more=400) is None
    assert predict_gain([50, 100, 200], [0.4, 0.5, 0.6], 400, 0.7, beside=0, have=400, more=400) is not None
