"""The JSON schema of the rows that a prompt asks for, and its description in words."""

import json
from typing import Any

from pedigree.job import Job
from pedigree.recipe.labels_and_fields import TypedField


def describe_field(field: TypedField) -> str:
    """Return a field's limits as a phrase for a model, such as ``the customer's message; 15 to 400 characters``."""
    limits = {
        "text": f"{field.min_chars} to {field.max_chars} characters",
        "category": "one of " + json.dumps(field.values, ensure_ascii=False),
        "integer": "a whole number" + _range_phrase(field),
        "number": "a number" + _range_phrase(field),
    }[field.type]
    return f"{field.means}; {limits}" if field.means else limits


def row_schema(job: Job, rows: int) -> dict[str, Any]:
    """Return the JSON schema of an answer, as providers with strict structured output take it."""
    properties = {name: _value_schema(field) for name, field in job.recipe.fields.items()}
    row = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": row, "minItems": rows, "maxItems": rows}},
        "required": ["rows"],
        "additionalProperties": False,
    }


def _value_schema(field: TypedField) -> dict[str, Any]:
    if field.type == "category":
        return {"type": "string", "enum": field.values}
    return {"type": "string" if field.type == "text" else field.type}


def _example_value(field: TypedField) -> Any:
    return {"text": "...", "category": field.values[0] if field.values else "", "integer": 0, "number": 0.0}[field.type]


def _range_phrase(field: TypedField) -> str:
    low = "" if field.min is None else f" from {field.min:g}"
    return low + ("" if field.max is None else f" to {field.max:g}")
