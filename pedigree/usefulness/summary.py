"""Usefulness as people read it: who trained_on a student, what it scored, and what may be said of a difference."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
    "recalibrated_minus_synthetic": "decisions of the synthetic rows' student, recalibrated",
}


@dataclass(frozen=True)
class TrialSummary:
    """What a student was trained_on, and its figures by the names that ``metrics.json`` gives them."""

    trained_on: str
    synthetic: int
    real: int
    figures: dict[str, Any]


def list_trials(block: dict[str, Any]) -> list[TrialSummary]:
    """Return a line for each student that learned from other rows, and for that of the synthetic rows, recalibrated."""
    return list(_list_trials(block))


def list_differences(block: dict[str, Any]) -> list[tuple[str, float, tuple[float, float], str]]:
    """Return what each comparison is of, the difference of macro-F1, its interval, and what may be said of it."""
    return [
        (title, found["macro_f1"], tuple(found["macro_f1_interval"]), interpret_interval(*found["macro_f1_interval"]))
        for name, title in DIFFERENCES.items()
        if (found := block["differences"][name]) and not _is_trivial(name, block)
    ]


def interpret_interval(low: float, high: float) -> str:
    """Return what the interval of a difference allows to say."""
    if low <= 0 <= high:
        return "can't be told from nothing"
    return "better" if low > 0 else "worse"


def list_label_gains(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a line for each label that has test rows: label, test_rows, gain, low and high; the largest gain first."""
    gains = (block["gains"] or {}).items()
    lines = [
        {"label": label, "test_rows": one["test_rows"], "gain": one["f1"],
         "low": one["f1_interval"][0], "high": one["f1_interval"][1]}
        for label, one in gains if one["f1"] is not None
    ]  # fmt: skip
    return sorted(lines, key=lambda line: -line["gain"])


def _list_trials(block: dict[str, Any]) -> Iterator[TrialSummary]:
    for name, title in MIX_TITLES.items():
        trial = block[name]
        if not trial or (name.endswith("_same_size") and _is_whole(name, block)):
            continue
        if name != "both_real_upweighted" or trial["real_weight"] > 1:
            yield TrialSummary(title, trial["synthetic_rows"], trial["real_rows"], trial)
        if name == "synthetic" and (moved := trial["recalibrated"]):
            yield TrialSummary(f"{title}, recalibrated", trial["synthetic_rows"], trial["real_rows"], moved)


def _is_whole(name: str, block: dict[str, Any]) -> bool:
    """Return whether a side was the smaller one, so that it was not drawn down."""
    whole = block[name.removesuffix("_same_size")]
    return whole is not None and whole["train_rows"] == block[name]["train_rows"]


def _is_trivial(name: str, block: dict[str, Any]) -> bool:
    """Return whether a comparison says the same as another: sides of one size, real rows that are up-weighted by nothing."""
    if name == "same_size_synthetic_minus_real":
        return block["synthetic"]["train_rows"] == block["real"]["train_rows"]
    return name == "both_real_upweighted_minus_real" and block["both_real_upweighted"]["real_weight"] == 1
