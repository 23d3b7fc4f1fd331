"""Fault rates of the offline model: how often it makes each mistake that real models make."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from pedigree.errors import RecipeError


@dataclass(frozen=True)
class FaultRates:
    """A rate from 0 to 1 for each fault: per call for those in PER_CALL, per verdict in JUDGING, else per row."""

    duplicate: float = 0.0  # a text that other calls for this label return too
    near_duplicate: float = 0.0  # such a text with a word changed
    wrong_label: float = 0.0  # written for a label of the prompt's "Not:" lines; half of these rows state it
    label_case: float = 0.0  # the row states its label, in varying case
    malformed: float = 0.0  # invalid JSON
    cut: float = 0.0  # ends early, finish_reason length
    refusal: float = 0.0  # a polite refusal instead of rows, finish_reason sometimes content_filter
    fenced: float = 0.0  # a Markdown fence and prose around the JSON
    placeholder: float = 0.0  # [name], <product>
    pii: float = 0.0  # contact details, all of them reserved for examples and tests
    meta: float = 0.0  # comments on the text itself
    label_named: float = 0.0  # the text contains its label
    empty: float = 0.0
    too_short: float = 0.0
    too_long: float = 0.0
    wrong_language: float = 0.0
    bad_mark: float = 0.0  # a slot's value whose mark is unclosed, nested, empty, of no slot, or not there
    seed_copy: float = 0.0  # a copy of a shown row
    missing_field: float = 0.0
    wrong_type: float = 0.0
    broken_check: float = 0.0  # a row that breaks a check between its fields
    out_of_range: float = 0.0  # a number or a date above the highest of its field
    wrong_verdict: float = 0.0  # of a judge: another verdict than the one it came to


PER_CALL = ("refusal", "malformed", "fenced", "cut")
JUDGING = ("wrong_verdict",)  # of a verdict
# All but "faults" are parameters of real models, so that a recipe can change its model by one line.
PARAMETERS = (
    *("temperature", "max_tokens", "max_completion_tokens", "top_p", "seed", "stop"),
    *("frequency_penalty", "presence_penalty", "faults"),
)
NAMES = tuple(field.name for field in fields(FaultRates))


def check_offline_parameters(parameters: Mapping[str, Any]) -> None:
    """Raise RecipeError for an unknown parameter of the offline model, or for wrong fault rates."""
    for name in parameters:
        if name not in PARAMETERS:
            near = get_close_matches(str(name), PARAMETERS, n=1)
            raise RecipeError(
                f"parameter {name!r}: the offline model has no such parameter",
                expected=f"one of {', '.join(PARAMETERS)}",
                hint=f"write {near[0]!r}, or remove it" if near else "remove it",
            )
    parse_fault_rates(parameters.get("faults"))


def parse_fault_rates(faults: Any) -> FaultRates:
    """Return the fault rates of a recipe; raise RecipeError for an unknown name or a value that is no rate."""
    if faults is None:
        return FaultRates()
    known = f"rates from 0 to 1 of: {', '.join(NAMES)}"
    if not isinstance(faults, Mapping):
        raise RecipeError(f"faults is {faults!r}", expected=known)
    for name, rate in faults.items():
        if name not in NAMES:
            raise RecipeError(f"faults: unknown fault {name!r}", expected=known)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise RecipeError(f"faults: {name} is {rate!r}", expected="a rate from 0 to 1")
    return FaultRates(**{name: float(rate) for name, rate in faults.items()})
