"""Each estimate of the share of right labels has an interval that holds it in nine of ten seeded mixtures."""

from benchmarks.label_mixtures import MIXTURES, draw_mixture, measure_coverage


def test_every_interval_holds_the_truth_in_nine_of_ten_mixtures():
    found = measure_coverage()
    assert {name: one for name, one in found.items() if one.held < 0.9 * MIXTURES} == {}
    assert max(one.width for one in found.values()) < 0.4  # and each says something


def test_the_mixtures_have_two_to_eight_labels_and_up_to_half_wrong():
    mixtures = [draw_mixture(seed) for seed in range(MIXTURES)]
    assert {one.labels for one in mixtures} == set(range(2, 9))
    wrong = [1 - one.right.mean() for one in mixtures]
    assert min(wrong) < 0.05 and 0.4 < max(wrong) < 0.6
