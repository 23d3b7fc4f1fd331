"""Describes the columns of a dataset's rows: meaning, and type as other tools name it."""

from dataclasses import dataclass

from pedigree.dataset.schemas import LABELS, SPAN, rows_schema
from pedigree.recipe.judge import AGREED
from pedigree.recipe.labels_and_fields import TypedField, format_limit
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import REAL, Recipe
from pedigree.recipe.spans.slot_fit import SPANS

DESCRIPTIONS = {
    "row_id": "id of the row: sha256 of its origin",
    "label": "label requested from the model",
    LABELS: "the labels of the row, a list in the recipe's order",
    "weight": "weight of the row in training",
    "generator": "the recipe's generator that made the row",
    LANGUAGE: "language that the model was asked for, as an ISO 639 code",
    "completion_id": "id of the completion that contained the row",
    "position": "position of the row in that completion, from 0",
    REAL: "whether people wrote the row",
    AGREED: "whether the judges give the row its label; null where they gave no verdict or were not asked",
}
OF_SPANS = {
    "slot": "name of the slot",
    "value": "the piece of the text, text[start:end]",
    "start": "its first code point, from 0",
    "end": "the code point after its last",
}
OF_REAL_ROWS = {  # appended if the dataset has real rows
    "row_id": "; of a real row, of its fields and label",
    "label": "; of a real row, the label that people gave it",
    "generator": f"; {REAL} for a real row",
    LANGUAGE: "; of a real row, what its file says, or the one that was detected",
    "completion_id": "; null for a real row",
    "position": "; of a real row, its line in people's file, from 1",
}
LIST = "list of texts"
TYPES = {  # by the name of the polars type: for people, for the Hugging Face hub, for Croissant
    "String": ("text", "string", "sc:Text"),
    "Int32": ("whole number", "int32", "sc:Integer"),
    "Int64": ("whole number", "int64", "sc:Integer"),
    "Float64": ("number", "float64", "sc:Float"),
    "List(String)": (LIST, "string", "sc:Text"),
    "Date": ("date", "date32", "sc:Date"),
    "Boolean": ("true or false", "bool", "sc:Boolean"),
}


@dataclass(frozen=True)
class Column:
    """One column of train and validation."""

    name: str
    type: str
    dtype: str  # as the Hugging Face hub names it
    croissant: str
    description: str
    parts: tuple["Column", ...] = ()  # of a list of such parts


def describe_columns(recipe: Recipe) -> list[Column]:
    """Return the columns of a recipe's rows, in the tables' order."""
    return [
        _describe_spans(recipe)
        if name == SPANS
        else Column(
            name,
            *TYPES[str(kind)],
            _describe(name, recipe.fields[name]) if name in recipe.fields else _describe_own(name, recipe),
        )
        for name, kind in rows_schema(recipe).items()
    ]


def _describe_spans(recipe: Recipe) -> Column:
    parts = (Column(name, *TYPES[str(kind())], OF_SPANS[name]) for name, kind in SPAN.items())
    said = f"the values of slots in {recipe.text_fields[0]}, by their place: {', '.join(OF_SPANS.values())}"
    return Column(SPANS, f"list of {', '.join(SPAN)}", "", "", f"{said} ({', '.join(recipe.slots)})", tuple(parts))


def _describe_own(name: str, recipe: Recipe) -> str:
    if name == "weight" and recipe.weights != "none":
        return f"weight of the row in training, by the scheme {recipe.weights}; mean 1 within a label; "
        "1 for a real row and in validation"
    if name == "label" and recipe.labels_per_row is not None:
        return "name of the set of labels requested from the model: its labels, joined"
    return DESCRIPTIONS[name] + (OF_REAL_ROWS.get(name, "") if recipe.real else "")


def _describe(name: str, field: TypedField) -> str:
    """Return the recipe's description of a field, with its limits."""
    limits = {
        "text": f"{field.min_chars:,} to {field.max_chars:,} characters",
        "category": f"one of {', '.join(field.values)}",
        "integer": _format_range(field),
        "number": _format_range(field),
        "date": _format_range(field),
        "boolean": "",
    }[field.type]
    unit = f"in {field.unit}" if field.unit else ""
    lacking = f"null where it is missing, planned in {field.missing:.3g} of the rows" if field.missing else ""
    told = "; ".join(filter(None, (unit, limits, lacking)))
    return f"{field.means or name} ({told})" if told else field.means or name


def _format_range(field: TypedField) -> str:
    low, high = (format_limit(limit) for limit in (field.min, field.max))
    return " ".join(filter(None, [f"from {low}" * bool(low), f"to {high}" * bool(high)]))
