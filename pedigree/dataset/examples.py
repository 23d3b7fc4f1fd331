"""Reads rows that people wrote (seeds, held-out, real) from JSONL, JSON or CSV and checks them against the recipe."""

import csv
import io
import json
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import RecipeError
from pedigree.ids import sha256_of
from pedigree.recipe.schema import Recipe, TypedField

MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class Example:
    """A row that people wrote. ``id`` is the sha256 of {fields, label}; ``line`` counts from 1."""

    id: str
    fields: dict[str, Any]
    label: str
    line: int

    @property
    def text(self) -> str:
        """Return all fields, one per line."""
        return "\n".join(str(value) for value in self.fields.values())


def load_examples(path: Path, recipe: Recipe) -> list[Example]:
    """Read a file of rows, in the file's order.

    Raises RecipeError with file and line if a row lacks a field or has an unknown label, or if the file is not UTF-8.
    """
    examples, records = [], read_records(path)
    check_header(path, records, recipe)
    for line, record in records:
        where = f"{path}, line {line}"
        label = record.get("label")
        if not isinstance(label, str) or label not in recipe.labels:
            raise RecipeError(f"{where}: label {label!r}", expected=f"one of {', '.join(recipe.labels)}")
        fields = {name: _check_value(record.get(name), name, field, where) for name, field in recipe.fields.items()}
        examples.append(Example(sha256_of({"fields": fields, "label": label}), fields, label, line))
    if not examples:
        raise RecipeError(f"{path}: no rows", hint="add rows, or set the recipe's key to null")
    return examples


def read_records(path: Path) -> list[tuple[int, dict]]:
    """Return (line, record) of a JSONL, JSON (an array of objects) or CSV file with a header; lines count from 1."""
    text = _read_text(path)
    if path.suffix == ".csv":
        return _records_of_csv(path, text)
    if path.suffix == ".json":
        return _records_of_array(path, text)
    records = []
    for line, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
            raise RecipeError(f"{path}, line {line}: not JSON: {error}", expected="one JSON object per line") from None
        if not isinstance(record, dict):
            raise RecipeError(f"{path}, line {line}: a {type(record).__name__}", expected="one JSON object per line")
        records.append((line, record))
    return records


def _read_text(path: Path) -> str:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise RecipeError(
                f"{path}: not a regular file", hint="correct the path in the recipe, or set the key to null"
            )
        if facts.st_size > MAX_BYTES:
            found = f"{path}: {facts.st_size:,} bytes"
            raise RecipeError(found, expected=f"at most {MAX_BYTES:,}", hint="use a sample of it")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        likely = "utf-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin1"
        raise RecipeError(
            f"{path}: byte {error.start} is not UTF-8", hint=f"convert it: iconv -f {likely} -t utf-8 {path.name}"
        ) from None
    except FileNotFoundError:
        raise RecipeError(
            f"{path}: no such file", hint="correct the path in the recipe, or set the key to null"
        ) from None
    except OSError as error:
        hint = "correct the path in the recipe, or make the file readable"
        raise RecipeError(f"{path}: {error.strerror}", hint=hint) from None


def _records_of_csv(path: Path, text: str) -> list[tuple[int, dict]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names, records = list(reader.fieldnames or ()), []
    try:
        _check_separator(path, names)
        for record in reader:
            if None in record or None in record.values():
                found = sum(value is not None for value in record.values()) - 1 + len(record.get(None, "x"))
                raise RecipeError(
                    f"{path}, line {reader.line_num}: {found} values",
                    expected=f"{len(names)}, as in the first line",
                    hint='put quotes around a text that contains a comma: "..."',
                )
            records.append((reader.line_num, record))
    except csv.Error as error:
        raise RecipeError(
            f"{path}, line {reader.reader.line_num}: {error}", expected="CSV, every quote closed"
        ) from None
    return records


def _check_separator(path: Path, names: Sequence[str]) -> None:
    if len(names) == 1 and (sign := re.search(r"[;\t|]", names[0])):
        raise RecipeError(
            f"{path}, line 1: one column, {names[0][:200]!r}",
            expected="columns separated by commas",
            hint=f"save it as CSV with commas instead of {sign[0]!r}",
        )


def check_header(path: Path, records: list[tuple[int, dict]], recipe: Recipe) -> None:
    """Raise RecipeError if the first line of a CSV file lacks the label or a field."""
    names, there = ("label", *recipe.fields), records[0][1] if records and path.suffix == ".csv" else None
    for name in names:
        if there is not None and name not in there:
            raise RecipeError(
                f"{path}, line 1: no column {name} among {', '.join(there)[:200]}",
                expected=f"a first line that names {', '.join(names)}",
            )


def _records_of_array(path: Path, text: str) -> list[tuple[int, dict]]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
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
    if sign := UNSTORABLE.search(value):
        raise RecipeError(
            f"{where}: {name} holds U+{ord(sign[0]):04X}", hint="remove that character: tables cannot store it"
        )
    if field.type == "category" and value not in field.values:
        raise RecipeError(f"{where}: {name} is {value!r}", expected=f"one of {', '.join(field.values)}")
    return value
