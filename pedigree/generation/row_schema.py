"""The JSON schema of the rows that a prompt asks for, and its description in words."""

import json
from collections.abc import Sequence
from typing import Any

from pedigree.job import Job
from pedigree.recipe.labels_and_fields import TypedField, format_limit


def describe_field(field: TypedField) -> str:
    """Return a field's limits as a phrase for a model, such as ``the customer's message; 15 to 400 characters``."""
    limits = {
        "text": f"{field.min_chars} to {field.max_chars} characters",
        "category": "one of " + json.dumps(field.values, ensure_ascii=False),
        "integer": "a whole number" + _range_phrase(field),
        "number": "a number" + _range_phrase(field),
        "date": "a date as YYYY-MM-DD" + _range_phrase(field),
        "boolean": "true or false",
    }[field.type]
    unit = f"in {field.unit}" if field.unit else ""
    about = ", ".join(filter(None, (field.means, unit)))
    lacking = f"null if it is not known, as in {field.missing:.3g} of all rows" if field.missing else ""
    return "; ".join(filter(None, (about, lacking, limits)))


def row_schema(job: Job, rows: int, order: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON schema of an answer, as providers with strict structured output take it; fields in an order."""
    fields = job.recipe.fields
    properties = {name: _value_schema(fields[name]) for name in order or fields}
    row = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": row, "minItems": rows, "maxItems": rows}},
        "required": ["rows"],
        "additionalProperties": False,
    }


def _value_schema(field: TypedField) -> dict[str, Any]:
    kind = {"text": "string", "category": "string", "date": "string"}.get(field.type, field.type)
    of = {"type": [kind, "null"] if field.missing else kind}
    if field.type == "category":
        return of | {"enum": [*field.values, None] if field.missing else field.values}
    return of


def _example_value(field: TypedField) -> Any:
    category = field.values[0] if field.values else ""
    plain = {"text": "...", "category": category, "integer": 0, "number": 0.0, "date": "YYYY-MM-DD", "boolean": True}
    return plain[field.type]


def _range_phrase(field: TypedField) -> str:
    low, high = (format_limit(limit) for limit in (field.min, field.max))
    return (f" from {low}" if low else "") + (f" to {high}" if high else "")
