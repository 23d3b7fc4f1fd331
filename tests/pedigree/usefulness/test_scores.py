"""Scores, against scikit-learn and against resampling row by row."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from pedigree.usefulness import scores

TRUE = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 0])
SAID = np.array([0, 1, 0, 1, 1, 2, 0, 2, 1, 0])


def test_f1_and_confusion_are_those_of_scikit_learn():
    confusion = scores.count_confusion(TRUE, SAID, 3)
    assert confusion.tolist() == [[3, 1, 0], [0, 2, 0], [1, 1, 2]]
    assert scores.score_confusion(confusion) == pytest.approx(f1_score(TRUE, SAID, average=None))


def test_a_label_without_test_rows_has_no_f1():
    f1 = scores.score_confusion(scores.count_confusion(TRUE, SAID, 4))
    assert np.isnan(f1[3])
    assert not np.isnan(f1[:3]).any()


def test_auc_is_unknown_where_all_test_rows_have_one_label():
    probabilities = np.eye(3)[SAID]
    assert scores.score_auc(np.zeros(10, dtype=int), probabilities) is None
    assert scores.score_auc(TRUE, np.eye(3)[TRUE]) == 1


@pytest.mark.parametrize("digits", [1, 9])
def test_auc_is_that_of_scikit_learn_with_equal_scores_too(digits):
    rng = np.random.default_rng(digits)
    true, probabilities = rng.integers(3, size=200), rng.dirichlet(np.ones(4), size=200).round(digits)
    areas = [roc_auc_score(true == label, probabilities[:, label]) for label in range(3)]
    assert scores.score_auc(true, probabilities) == pytest.approx(np.mean(areas), abs=1e-12)


def bin_by_bin(true, probabilities):
    """Return the expected calibration error by its definition: a loop over bins, and in each over rows."""
    error = 0
    for low, high in [(m / 15, (m + 1) / 15) for m in range(15)]:
        rows = [(p.max(), p.argmax() == t) for t, p in zip(true, probabilities, strict=True) if low < p.max() <= high]
        if rows:
            confidence, accuracy = (sum(part) / len(rows) for part in zip(*rows, strict=True))
            error += len(rows) / len(true) * abs(accuracy - confidence)
    return error


@pytest.mark.parametrize("labels", [2, 3, 9])
def test_the_calibration_error_is_what_a_loop_over_bins_gives(labels):
    rng = np.random.default_rng(labels)
    probabilities, true = rng.dirichlet(np.ones(labels) / 2, size=300), rng.integers(labels, size=300)
    assert scores.score_calibration_error(true, probabilities) == pytest.approx(
        bin_by_bin(true, probabilities), abs=1e-9
    )


def test_who_is_sure_and_right_is_calibrated_and_who_is_sure_and_wrong_is_not():
    assert scores.score_calibration_error(TRUE, np.eye(3)[TRUE]) == 0
    assert scores.score_calibration_error(TRUE, np.eye(3)[(TRUE + 1) % 3]) == 1


def resample(true, said, labels, seed=0):
    return scores.average_f1(scores.resample_f1(true, said, labels, seed))


def test_resampled_macro_f1_is_distributed_as_if_rows_were_drawn():
    true, said = np.tile(TRUE, 20), np.tile(SAID, 20)
    drawn = resample(true, [said], 3)[:, 0]
    rows = np.random.default_rng(1).integers(200, size=(1000, 200))
    plain = [np.nanmean(scores.score_confusion(scores.count_confusion(true[r], said[r], 3))) for r in rows]
    assert drawn.mean() == pytest.approx(np.mean(plain), abs=0.005)
    assert scores.find_interval(drawn) == pytest.approx(scores.find_interval(np.array(plain)), abs=0.02)


def test_two_classifiers_are_resampled_on_the_same_rows_however_many_are_drawn_at_once(monkeypatch):
    both = scores.resample_f1(TRUE, [SAID, SAID], 3, seed=0)
    assert both.shape == (1000, 2, 3)
    assert np.array_equal(both[:, 0], both[:, 1], equal_nan=True)
    monkeypatch.setattr(scores, "MAX_DRAWN", 70)
    assert np.array_equal(both, scores.resample_f1(TRUE, [SAID, SAID], 3, seed=0), equal_nan=True)


def test_draws_in_which_a_rare_label_has_no_row_are_left_out_of_its_interval():
    true, said = np.array([0] * 40 + [1]), np.array([0] * 41)
    drawn = scores.resample_f1(true, [said], 2, seed=0)[:, 0, 1]
    assert 0.3 < np.isnan(drawn).mean() < 0.45  # (1 - 1/41) ** 41
    assert scores.find_interval(drawn) == [0.0, 0.0]
