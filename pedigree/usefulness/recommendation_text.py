"""Says in one short paragraph how to train on a dataset, with the figures and what the choice rests on."""

from collections.abc import Mapping
from typing import Any

from pedigree.text_format import format_signed
from pedigree.usefulness.cross_fitting import MIN_ROWS, WHY_SO_MANY
from pedigree.usefulness.setups import PAIR, RECALIBRATED
from pedigree.usefulness.summary import interpret_interval, widen_at_border

NO_GAIN = "The classifier on embeddings gains nothing that is certain from the synthetic rows."
DEMONSTRATION = "Only a demonstration, the rows are from the offline model."
UNTESTED = "By default, which is not tested on these rows: "
ROWS = {
    "both": "Train on both; a real row weighs as much as a synthetic one",
    "synthetic": "Train on the synthetic rows alone",
    "real": "Train on the real rows alone",
}


def write_recommendation(useful: Mapping[str, Any]) -> str | None:
    """Return how to train, for the classifier on embeddings, if there is one, and the one on TF-IDF; None if unknown.

    That the classifier on embeddings gains nothing that is certain is said first.
    """
    by_terms = useful.get("recommended")
    embedded = (useful.get("embeddings") or {}).get("recommended")
    if not by_terms:
        return None
    said = [] if useful["evidence"] else [DEMONSTRATION]
    if not embedded:
        return " ".join([*said, _write(by_terms), _write_reason(by_terms)])
    if not _is_gain(embedded):
        said.append(NO_GAIN)
    said += [f"On embeddings: {_write(embedded)}", f"With TF-IDF: {_write(by_terms)}", _write_reason(by_terms)]
    return " ".join(said)


def write_setup(recommended: Mapping[str, Any]) -> str:
    """Return a set-up in words: which rows, their weight, whether decisions are recalibrated, and if it is untested."""
    said = _name_setup(recommended)
    return f"{UNTESTED}{said[0].lower()}{said[1:]}" if recommended["chosen_by"] == "default" else said


def _name_setup(recommended: Mapping[str, Any]) -> str:
    setup = recommended["setup"]
    if setup == PAIR:
        return (
            "Train one classifier on the real rows and one on the synthetic rows; recalibrate the second; "
            "average their log-probabilities"
        )
    upweighted = f"Train on both; real rows weigh {recommended['real_weight']:.1f} times"
    rows = ROWS.get(setup.removesuffix(RECALIBRATED), upweighted)
    return f"{rows}; recalibrate: {'yes' if setup.endswith(RECALIBRATED) else 'no'}"


def write_score(recommended: Mapping[str, Any]) -> str:
    """Return macro-F1 in percent with its 95 % interval, and on how many rows it rests."""
    f1, interval, rows = recommended["macro_f1"], recommended["macro_f1_interval"], recommended["test_rows"]
    low, high = widen_at_border(f1, interval, rows)
    how = "" if [low, high] == list(interval) else f", Wilson's, as {'all' if f1 else 'none'} were read rightly"
    return f"Macro-F1 {100 * f1:.1f} (95 % interval {100 * low:.1f} to {100 * high:.1f}{how}) on {rows:,} held-out rows"


def _write(recommended: Mapping[str, Any]) -> str:
    score = write_score(recommended)
    difference = recommended["minus_real"]
    if difference and recommended["setup"] != "real":
        gain, *ends = (
            format_signed(100 * one, 1) for one in (difference["macro_f1"], *difference["macro_f1_interval"])
        )
        score += f"; real rows alone {100 * recommended['real_macro_f1']:.1f}; difference {gain} ({' to '.join(ends)})"
        if interpret_interval(*difference["macro_f1_interval"]) == "not significant":
            score += ", not significant"
    return f"{write_setup(recommended)}. {score}."


def _write_reason(recommended: Mapping[str, Any]) -> str:
    rows, by = recommended["real_rows"], recommended["chosen_by"]
    if by == "real rows":
        return (
            f"Chosen among {len(recommended['compared'])} set-ups on {rows:,} real rows by cross-fitting; "
            "the held-out rows had no part in it."
        )
    if by == "default":
        return (
            f"No set-up was chosen: {rows:,} real rows are too few to choose on, {MIN_ROWS} are needed ({WHY_SO_MANY})."
        )
    return "There was nothing to choose: " + ("there are no real rows." if not rows else "only one set-up is possible.")


def _is_gain(recommended: Mapping[str, Any]) -> bool:
    difference = recommended["minus_real"]
    return difference is None or difference["macro_f1_interval"][0] > 0
