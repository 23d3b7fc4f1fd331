"""Reads expectation suites: the JSON of Great Expectations with parameters that are filled in from the recipe.

``{"$PARAMETER": name}`` anywhere in an expectation's kwargs becomes a value of the recipe. An expectation whose
``meta`` holds ``{"each": kind}`` is repeated for each column of that kind, with further parameters: ``column`` is
its name; a field also has ``min_chars``, ``max_chars``, ``values``, ``min`` and ``max``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.dataset.schemas import rows_schema
from pedigree.errors import SuiteError
from pedigree.recipe.judge import AGREED
from pedigree.recipe.labels_and_fields import TypedField
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe
from pedigree.recipe.screen_settings import Screens
from pedigree.workspace import Workspace

MAX_BYTES = 1_000_000
OF_TEXTS = "expect_near_duplicate_share_to_be_at_most"  # left out where no field is a text
KEYS = ("type", "kwargs", "severity", "meta", "description", "notes", "id")
KINDS = ("column", "field", "text", "category", "number", "date")


@dataclass(frozen=True)
class Check:
    """One expectation, filled in: ``configuration`` is for Great Expectations, ``where`` its place in the suite."""

    name: str
    where: str
    configuration: dict[str, Any]


@dataclass(frozen=True)
class ExpectationResult:
    """The result of one check: ``found`` is what Great Expectations reported, ``kwargs`` what was expected."""

    success: bool
    severity: str
    description: str | None
    kwargs: dict[str, Any]
    found: dict[str, Any]


def load_own_suite(workspace: Workspace, recipe: Recipe) -> list[Check]:
    """Read the suite that a recipe names; raise as ``load_suite`` does."""
    return load_suite(workspace.resolve_inside(f"expectations/{recipe.gates.suite}.json"), recipe)


def load_suite(path: Path, recipe: Recipe) -> list[Check]:
    """Read a suite and fill it in from a recipe, in the suite's order; without what is about texts, if rows have none.

    Raises SuiteError with file, expectation and remedy if the suite cannot be read or filled in.
    """
    try:
        suite = _parse(path)
        checks = []
        for number, expectation in enumerate(suite["expectations"], start=1):
            where = _check_shape(expectation, f"{path}, expectation {number}")
            if recipe.tabular and expectation["type"] == OF_TEXTS:
                continue
            checks += [_fill_in(expectation, values, where) for values in _list_values(expectation, recipe, where)]
        return checks
    except RecursionError:
        raise SuiteError(f"{path}: nested too deep", hint="simplify the suite") from None


def is_gated(path: Path, parameter: str) -> bool:
    """Return whether a critical expectation of a suite uses a parameter; False for a suite that cannot be read."""
    try:
        expectations = _parse(path)["expectations"]
    except SuiteError:  # load_suite says why
        return False
    used = json.dumps({"$PARAMETER": parameter})
    return any(
        isinstance(one, dict) and one.get("severity") != "warning" and used in json.dumps(one.get("kwargs"))
        for one in expectations
    )


def list_parameters(recipe: Recipe) -> dict[str, Any]:
    """Return the parameters of every expectation of a suite, by name."""
    labels, fields = recipe.labels, list(recipe.fields)
    return {
        "columns": [*rows_schema(recipe), "split"],
        # A compound key needs two columns, so a single field is listed twice.
        "fields": fields * 2 if len(fields) == 1 else fields,
        "compared_fields": recipe.text_fields or fields,
        "labels": list(labels),
        "shares": {name: label.share for name, label in labels.items()},
        "partition": {"values": list(labels), "weights": [label.share for label in labels.values()]},
        "rows": recipe.rows,
        "label_distance": recipe.gates.label_distance,
        # Near-duplicates are counted even if their screen is off.
        "near_duplicate": recipe.screens.near_duplicate or Screens().near_duplicate,
        "near_duplicate_share": recipe.gates.near_duplicate_share,
        "language_column": LANGUAGE if recipe.languages else None,  # only rows of one language are near-duplicates
        # Where a row has several labels, "label" is a set of them, and another gate counts the rows of each label.
        "class_floor": recipe.gates.class_floor
        if recipe.labels_per_row is None
        else min(recipe.gates.class_floor, *recipe.targets.values()),
    }


def _parse(path: Path) -> dict[str, Any]:
    shape = '{"name": ..., "expectations": [{"type": ..., "kwargs": {...}}, ...]}'
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SuiteError(f"{path}: {path.stat().st_size:,} bytes", expected="a suite of at most 1 MB")
        suite = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise SuiteError(f"{path}: no such suite", hint="correct 'gates: suite' in the recipe, or write it") from None
    except OSError as error:
        raise SuiteError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise SuiteError(f"{path}: not JSON: {error}", expected=shape) from None
    if not isinstance(suite, dict) or not isinstance(suite.get("expectations"), list):
        raise SuiteError(f"{path}: not a suite", expected=shape)
    if not suite["expectations"]:
        raise SuiteError(f"{path}: no expectations", hint="add some: an empty suite would pass any data")
    return suite


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


def _check_shape(expectation: Any, place: str) -> str:
    """Return an expectation's place and type; raise SuiteError if it has not the shape of an expectation."""
    if not isinstance(expectation, dict) or not isinstance(expectation.get("type"), str):
        raise SuiteError(f"{place}: no type", expected='{"type": "expect_...", "kwargs": {...}}')
    where = f"{place} ({expectation['type']})"
    unknown = [key for key in expectation if key not in KEYS]
    if unknown:
        raise SuiteError(f"{where}: unknown key {unknown[0]!r}", expected=f"one of {', '.join(KEYS)}")
    for key in ("kwargs", "meta"):
        if not isinstance(expectation.get(key, {}), dict):
            raise SuiteError(f"{where}: {key} is a {type(expectation[key]).__name__}", expected="an object")
    return where


def _list_values(expectation: dict[str, Any], recipe: Recipe, where: str) -> list[dict[str, Any]]:
    """Return the parameters of each repetition of an expectation."""
    common, each = list_parameters(recipe), expectation.get("meta", {}).get("each")
    if each is None:
        return [common]
    if each not in KINDS:
        raise SuiteError(f'{where}: "each": {each!r}', expected=f"one of {', '.join(KINDS)}")
    if each == "column":
        # A real row has no completion; tasks/validate.py checks that synthetic rows have one. Not every row is judged.
        lacking = [name for name, field in recipe.fields.items() if field.missing]
        empty = {AGREED, *(["completion_id"] if recipe.real else []), *lacking}
        return [common | {"column": column} for column in common["columns"] if column not in empty]
    return [
        common | {"column": name} | field.model_dump(include={"min_chars", "max_chars", "values", "min", "max"})
        for name, field in recipe.fields.items()
        if each == "field" or each == _find_kind(field)
    ]


def _find_kind(field: TypedField) -> str:
    """Return a field's kind; "" for a number or date without limits, which has nothing to check."""
    if field.type in ("integer", "number", "date"):
        limited = field.min is not None or field.max is not None
        return ("date" if field.type == "date" else "number") if limited else ""
    return field.type


def _fill_in(expectation: dict[str, Any], values: dict[str, Any], where: str) -> Check:
    column = values.get("column")
    where = f"{where} of {column!r}" if column else where
    kwargs = _fill_value(expectation.get("kwargs", {}), values, where)
    name, words = expectation.get("meta", {}).get("name"), expectation["type"].removeprefix("expect_").replace("_", " ")
    subject = column or (None if name else kwargs.get("column"))
    return Check(
        f"{name or words}: {subject}" if subject else str(name or words), where, {**expectation, "kwargs": kwargs}
    )


def _fill_value(value: Any, values: dict[str, Any], where: str) -> Any:
    if isinstance(value, list):
        return [_fill_value(part, values, where) for part in value]
    if not isinstance(value, dict):
        return value
    if "$PARAMETER" not in value:
        return {key: _fill_value(part, values, where) for key, part in value.items()}
    name = value["$PARAMETER"]
    if not isinstance(name, str) or name not in values:
        raise SuiteError(
            f"{where}: unknown $PARAMETER {name!r}",
            expected=f"one of {', '.join(sorted(values))}",
            hint='correct its name; what a field holds needs "meta": {"each": ...}',
        )
    return values[name]
