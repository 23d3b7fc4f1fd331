"""Decides by the trial of weights which scheme is used, and words the decision for people."""

from typing import Any

from pedigree.weighting.people_trial import NONE

AUTO = "auto"


def find_best(trial: dict[str, Any]) -> str:
    """Return the scheme with the largest gain of the yardstick whose interval lies above 0, or "none"."""
    tried = _get_yardstick(trial)["tried"]
    better = [name for name, one in tried.items() if one["difference_interval"][0] > 0]
    return max(better, key=lambda name: tried[name]["difference"], default=NONE)


def summarise(asked: str, used: str, trial: dict[str, Any]) -> str:
    """Return in one line what was decided, and the figure that it rests on."""
    tried = _get_yardstick(trial)["tried"]
    named = used if used != NONE else max(tried, key=lambda name: tried[name]["difference"])
    figure = (
        f"macro-F1 {_format(tried[named])} against no weights on {trial['people']:,} rows of people, "
        f"student on {trial['yardstick']}"
    )
    if used != NONE:
        return f"{asked}: weights of the scheme {used} are used; {figure}"
    return f"{asked}: every weight is 1, as no scheme was better beyond the interval; the best, {named}: {figure}"


def explain(asked: str, used: str, trial: dict[str, Any]) -> str:
    """Return a sentence for people: why these weights are used, with the figures of each student."""
    figures = "; ".join(
        f"student on {student}: " + ", ".join(f"{name} {_format(one)}" for name, one in own["tried"].items())
        for student, own in trial["students"].items()
    )
    on = f"macro-F1 on {trial['people']:,} rows of people against no weights, with 95 % interval: {figures}"
    on += "".join(f"; {said}" for said in _list_equal(trial))
    if asked != AUTO:
        return f"the recipe asks for them; {on}"
    by = f"judged by the student on {trial['yardstick']}"
    if used == NONE:
        return f"no weights were better than none beyond the interval, {by}; {on}"
    return f"the largest gain whose interval lies above 0, {by}; {on}"


def _list_equal(trial: dict[str, Any]) -> list[str]:
    """Return for each student why figures with weights equal those without, where they do."""
    said = []
    for student, own in trial["students"].items():
        if not (same := [name for name, one in own["tried"].items() if not one["changed"]]):
            continue
        ones = [name for name in same if _is_flat(trial["weights"][name])]
        spans = ", ".join(f"{name} {_format_span(trial['weights'][name])}" for name in same)
        why = "every weight is 1" if len(ones) == len(same) else f"weights are {spans}, but change no decision"
        said.append(
            f"on {student}, {', '.join(same)} equal no weights: {why}; without weights the student reads "
            f"{own['right']:,} of {trial['people']:,} rows rightly"
        )
    return said


def _is_flat(span: dict[str, float | None]) -> bool:
    return span["least"] == span["most"]


def _format_span(span: dict[str, float | None]) -> str:
    return "unknown" if span["least"] is None else f"{span['least']:.2f} to {span['most']:.2f}"


def _format(one: dict[str, Any]) -> str:
    low, high = one["difference_interval"]
    return f"{one['difference']:+.3f} ({low:+.3f} to {high:+.3f})"


def _get_yardstick(trial: dict[str, Any]) -> dict[str, Any]:
    return trial["students"][trial["yardstick"]]
