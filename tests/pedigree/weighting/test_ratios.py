"""IMP and DIMP weights are those of the formulas, written out row by row."""

import numpy as np
import pytest

from pedigree.weighting.ratios import FLOOR, MOST, STEPS, scale, weigh_by_ratio, weigh_by_training

RNG = np.random.default_rng(4)
CHECKER, MODEL, GROUPS = RNG.random(300), RNG.random(300) ** 3, RNG.integers(0, 4, 300)


def weigh_slowly(checker, model, groups):
    """Return P'(y|x) / Q(y|x) row by row: Q not below 0.05, the ratio not above 5, mean 1 within a group."""
    raw = [min(5.0, one / max(other, 0.05)) for one, other in zip(checker, model, strict=True)]
    means = {group: np.mean([raw[row] for row in range(len(raw)) if groups[row] == group]) for group in set(groups)}
    return [value / means[group] for value, group in zip(raw, groups, strict=True)]


def test_imp_is_the_ratio_of_the_formula():
    found = weigh_by_ratio(CHECKER, MODEL, GROUPS)
    assert np.allclose(found, weigh_slowly(CHECKER, MODEL, GROUPS), rtol=0, atol=1e-6)
    assert (MODEL < FLOOR).any() and (CHECKER / np.maximum(MODEL, FLOOR) > MOST).any()


def test_dimp_divides_by_the_model_that_learned_the_weights_of_the_step_before():
    seen = []

    def read(weights):
        seen.append(weights)
        return np.clip(MODEL + 0.1 * weights, 0, 1)

    found, expected = weigh_by_training(CHECKER, read, GROUPS), np.ones(300)
    for step in range(STEPS):
        assert np.allclose(seen[step], expected, rtol=0, atol=1e-6)
        model = [min(1.0, one + 0.1 * weight) for one, weight in zip(MODEL, expected, strict=True)]
        expected = np.array(weigh_slowly(CHECKER, model, GROUPS))
    assert np.allclose(found, expected, rtol=0, atol=1e-6) and len(seen) == STEPS


def test_every_group_keeps_its_share():
    found = scale(CHECKER, GROUPS)
    assert [found[group == GROUPS].mean() for group in range(4)] == pytest.approx([1] * 4)


def test_a_group_without_any_weight_has_equal_ones():
    assert scale(np.array([0.0, 0.0, 1.0, 3.0]), np.array([0, 0, 2, 2])).tolist() == [1, 1, 0.5, 1.5]
