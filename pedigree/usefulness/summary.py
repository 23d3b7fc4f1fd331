"""Turns the usefulness block of metrics.json into lines for people: trials, differences and gains by label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pedigree.metrics.review.wilson import make_interval

MIX_TITLES = {
    "synthetic": "synthetic rows",
    "synthetic_same_size": "synthetic, same size",
    "real_same_size": "real, same size",
    "real": "real rows",
    "both": "both",
    "both_real_upweighted": "both, real up-weighted",
}
DIFFERENCES = {
    "both_minus_real": "both instead of real rows alone",
    "both_real_upweighted_minus_real": "both, real rows up-weighted, instead of real rows alone",
    "synthetic_minus_real": "synthetic rows instead of real ones",
    "same_size_synthetic_minus_real": "synthetic rows instead of as many real ones",
    "recalibrated_minus_synthetic": "synthetic rows, recalibrated, instead of not recalibrated",
}


@dataclass(frozen=True)
class TrialSummary:
    """What a classifier was trained on, and its figures under the keys of ``metrics.json``."""

    trained_on: str
    synthetic: int
    real: int
    figures: dict[str, Any]


def list_trials(block: dict[str, Any]) -> list[TrialSummary]:
    """Return a summary per distinct trial, and one for each recalibrated trial of all rows of a mix."""
    return list(_list_trials(block))


def list_differences(block: dict[str, Any]) -> list[tuple[str, float, tuple[float, float], str]]:
    """Return the title of each comparison, the difference of macro-F1, its interval, and the interpretation."""
    return [
        (title, found["macro_f1"], tuple(found["macro_f1_interval"]), interpret_interval(*found["macro_f1_interval"]))
        for name, title in DIFFERENCES.items()
        if (found := block["differences"][name]) and not _is_trivial(name, block)
    ]


def widen_at_border(macro_f1: float, interval: Sequence[float], test_rows: int) -> tuple[float, float]:
    """Return the interval of macro-F1; where every row is read rightly, or none, Wilson's of the share right.

    Resampled rows are then all right, or all wrong, too, so their interval has no width however few the rows are.
    """
    if macro_f1 in (0, 1) and interval[0] == interval[1]:
        return make_interval(macro_f1 * test_rows, test_rows)
    return interval[0], interval[1]


def interpret_interval(low: float, high: float) -> str:
    """Return whether the interval of a difference is above zero, below zero, or contains it."""
    if low <= 0 <= high:
        return "not significant"
    return "better" if low > 0 else "worse"


def list_label_gains(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return per label with test rows: label, test_rows, gain of F1, low and high; the largest gain first."""
    lines = []
    for label, one in (block["gains"] or {}).items():
        if one["f1"] is not None:
            low, high = one["f1_interval"]
            lines.append({"label": label, "test_rows": one["test_rows"], "gain": one["f1"], "low": low, "high": high})
    return sorted(lines, key=lambda line: -line["gain"])


def _list_trials(block: dict[str, Any]) -> Iterator[TrialSummary]:
    for name, title in MIX_TITLES.items():
        trial = block[name]
        if not trial or (name.endswith("_same_size") and _is_whole(name, block)):
            continue
        if name == "both_real_upweighted" and trial["real_weight"] == 1:
            continue
        rows = trial["synthetic_rows"], trial["real_rows"]
        yield TrialSummary(title, *rows, _widen(trial, block))
        if not name.endswith("_same_size") and (recalibrated := trial["recalibrated"]):
            yield TrialSummary(f"{title}, recalibrated", *rows, _widen(recalibrated, block))


def _widen(trial: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    interval = widen_at_border(trial["macro_f1"], trial["macro_f1_interval"], block["test_rows"])
    return {**trial, "macro_f1_interval": list(interval)}


def _is_whole(name: str, block: dict[str, Any]) -> bool:
    """Return whether a ``*_same_size`` mix has all rows of its side, as this is the smaller one."""
    whole = block[name.removesuffix("_same_size")]
    return whole is not None and whole["train_rows"] == block[name]["train_rows"]


def _is_trivial(name: str, block: dict[str, Any]) -> bool:
    """Return whether a comparison repeats another: the sides have equal sizes, or real rows have weight 1."""
    if name == "same_size_synthetic_minus_real":
        return block["synthetic"]["train_rows"] == block["real"]["train_rows"]
    return name == "both_real_upweighted_minus_real" and block["both_real_upweighted"]["real_weight"] == 1
