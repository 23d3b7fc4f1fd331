"""Reads rows that people wrote (seeds, held-out, real) from a file of records and checks them against the recipe."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedigree.dataset.annotator_agreement import read_agreement
from pedigree.dataset.label_values import advise_on_labels, read_label, read_label_set
from pedigree.dataset.record_files import has_columns, name_place, read_records
from pedigree.dataset.spans.marks import write_marks
from pedigree.dataset.spans.people import read_people_spans
from pedigree.dataset.spans.span import Span
from pedigree.dataset.tables.cell_values import read_cell
from pedigree.errors import RecipeError, join_errors
from pedigree.ids import sha256_of
from pedigree.recipe.label_sets.names import SEPARATOR, split_labels
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe


@dataclass(frozen=True)
class Example:
    """A row that people wrote. ``id`` is the sha256 of {fields, label}; ``line`` is its place in the file, from 1.

    ``agreement`` is the share of its annotators that agreed on the label; None where the file does not say it.
    ``spans`` are those of the text, if the recipe has slots; ``marked`` are then the fields with marks.
    ``language`` is one of the languages of a recipe that has several; "" where it is not known, or the recipe has one.
    """

    id: str
    fields: dict[str, Any]
    label: str
    line: int
    agreement: float | None = None
    spans: tuple[Span, ...] = ()
    marked: dict[str, Any] | None = None
    language: str = ""

    @property
    def shown(self) -> dict[str, Any]:
        """Return the fields as a model is shown them: with marks."""
        return self.marked or self.fields

    @property
    def text(self) -> str:
        """Return all fields, one per line."""
        return "\n".join(str("" if value is None else value) for value in self.fields.values())


def load_examples(path: Path, recipe: Recipe) -> list[Example]:
    """Read a file of rows, in the file's order.

    Raises RecipeError with file and line of each row that lacks a field or has an unknown label, or if the file cannot
    be read.
    """
    examples, wrong, records = [], [], read_records(path)
    check_header(path, records, recipe)
    for line, record in records:
        try:
            examples.append(_read_example(name_place(path, line), line, record, recipe))
        except RecipeError as error:
            wrong.append(error)
    if wrong:
        error = join_errors(wrong)
        said = [] if recipe.labels_per_row is not None else [record.get("label") for _, record in records]
        if any(read_label(one, recipe.labels) is None for one in said):
            error.hint = advise_on_labels(said, recipe.labels)
        raise error
    if not examples:
        raise RecipeError(f"{path}: no rows", hint="add rows, or set the recipe's key to null")
    return examples


def _read_example(where: str, line: int, record: dict, recipe: Recipe) -> Example:
    label = _read_label(where, record, recipe)
    fields = {name: read_cell(record.get(name), name, field, where) for name, field in recipe.fields.items()}
    spans, marked = (), None
    if recipe.slots:
        name = recipe.text_fields[0]
        fields[name], spans = read_people_spans(where, record, fields[name], label, recipe)
        marked = fields | {name: write_marks(fields[name], spans)}
    id, agreement = sha256_of({"fields": fields, "label": label}), read_agreement(record, recipe.fields)
    return Example(id, fields, label, line, agreement, spans, marked, _read_language(where, record, recipe))


def _read_language(where: str, record: dict, recipe: Recipe) -> str:
    """Return what a record of a recipe of several languages has in the column ``language``; "" if nothing."""
    found = record.get(LANGUAGE) if recipe.languages else None
    if found in (None, ""):
        return ""
    if found not in recipe.languages:
        raise RecipeError(f"{where}: language {found!r}", expected=f"one of {', '.join(recipe.languages)}")
    return str(found)


def _read_label(where: str, record: dict, recipe: Recipe) -> str:
    """Return a record's label or, where rows have several, the name of its set (column ``labels``, else ``label``)."""
    if (settings := recipe.labels_per_row) is None:
        label = read_label(record.get("label"), recipe.labels)
        if label is None:
            raise RecipeError(f"{where}: label {record.get('label')!r}", expected=f"one of {', '.join(recipe.labels)}")
        return label
    key = find_label_key(record)
    name, expected = read_label_set(record.get(key), recipe.single_labels), f"of {', '.join(recipe.single_labels)}"
    if name is None:
        hint = f"write a list, or join labels with {SEPARATOR.strip()!r} or ';'; labels are compared exactly"
        raise RecipeError(f"{where}: {key} {record.get(key)!r}", expected=f"some {expected}", hint=hint)
    if not settings.min <= (size := len(split_labels(name))) <= settings.max:
        wanted = f"{settings.min} to {settings.max} {expected}"
        hint = "correct the row, or change labels_per_row"
        raise RecipeError(f"{where}: {size} labels, {record.get(key)!r}", expected=wanted, hint=hint)
    return name


def find_label_key(record: Mapping[str, Any]) -> str:
    """Return the column of the labels of a record whose rows have several: ``labels`` where it is there."""
    return "labels" if "labels" in record else "label"


def check_header(path: Path, records: list[tuple[int, dict]], recipe: Recipe) -> None:
    """Raise RecipeError if a file with columns lacks the label or a field."""
    there = records[0][1] if records and has_columns(path) else None
    label = "label" if recipe.labels_per_row is None else find_label_key(there or {})
    names = (label, *recipe.fields)
    for name in names:
        if there is not None and name not in there:
            raise RecipeError(
                f"{path}, line 1: no column {name} among {', '.join(map(str, there))[:200]}",
                expected=f"a first line that names {', '.join(names)}",
            )
