"""Seed and held-out rows: what people wrote, read from JSONL, JSON or CSV and checked against the recipe."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.errors import RecipeError
from pedigree.ids import sha256_of
from pedigree.recipe import Recipe, TypedField

MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class Example:
    """A row that people wrote. ``id`` is the sha256 of {fields, label}; ``line`` counts from 1."""

    id: str
    fields: dict[str, Any]
    label: str
    line: int


def load_examples(path: Path, recipe: Recipe) -> list[Example]:
    """Read the rows of a seed or held-out file, in the file's order.

    Raises RecipeError naming file and line where a row lacks a field, has an unknown label, or the file is not UTF-8.
    """
    examples = []
    for line, record in read_records(path):
        where = f"{path}, line {line}"
        label = record.get("label")
        if label not in recipe.labels:
            raise RecipeError(f"{where}: label {label!r}", expected=f"one of {', '.join(recipe.labels)}")
        fields = {name: _check_value(record.get(name), name, field, where) for name, field in recipe.fields.items()}
        examples.append(Example(sha256_of({"fields": fields, "label": label}), fields, label, line))
    if not examples:
        raise RecipeError(f"{path}: no rows", mend="add rows, or set the recipe's key to null")
    return examples


def read_records(path: Path) -> list[tuple[int, dict]]:
    """Return (line, record) of a JSONL, JSON (an array of objects) or CSV file with a header; lines count from 1."""
    text = _read_text(path)
    if path.suffix == ".csv":
        reader = csv.DictReader(io.StringIO(text))
        return [(reader.line_num, dict(record)) for record in reader]
    if path.suffix == ".json":
        return _records_of_array(path, text)
    records = []
    for line, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            record = json.loads(raw)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RecipeError(f"{path}, line {line}: not JSON: {error}", expected="one JSON object a line") from None
        if not isinstance(record, dict):
            raise RecipeError(f"{path}, line {line}: a {type(record).__name__}", expected="one JSON object a line")
        records.append((line, record))
    return records


def _read_text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise RecipeError(f"{path}: {size:,} bytes", expected=f"at most {MAX_BYTES:,}", mend="use a sample of it")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"{path}: byte {error.start} is not UTF-8", mend=f"convert it: iconv -f latin1 -t utf-8 {path.name}"
        ) from None
    except FileNotFoundError:
        raise RecipeError(
            f"{path}: no such file", mend="correct the path in the recipe, or set the key to null"
        ) from None
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}") from None


def _records_of_array(path: Path, text: str) -> list[tuple[int, dict]]:
    try:
        values = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise RecipeError(f"{path}: not JSON: {error}") from None
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise RecipeError(f"{path}: not an array of objects", expected='[{"text": ..., "label": ...}, ...]')
    return list(enumerate(values, start=1))


def _check_value(value: Any, name: str, field: TypedField, where: str) -> Any:
    if field.type in {"integer", "number"}:
        try:
            number = int(str(value)) if field.type == "integer" else float(str(value))
        except ValueError:
            raise RecipeError(f"{where}: {name} is {value!r}", expected=f"a {field.type}") from None
        if number != number or number in (float("inf"), float("-inf")):
            raise RecipeError(f"{where}: {name} is {value!r}", expected="a finite number")
        return number
    if not isinstance(value, str) or not value.strip():
        found = "is missing" if value is None else f"is {value!r}"
        raise RecipeError(f"{where}: {name} {found}", expected="a text that is not empty")
    if field.type == "category" and value not in field.values:
        raise RecipeError(f"{where}: {name} is {value!r}", expected=f"one of {', '.join(field.values)}")
    return value
