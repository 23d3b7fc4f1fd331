"""Describes a dataset in Croissant, the metadata format of MLCommons, so that tools can load its records.

Version 1.0 (docs.mlcommons.org/croissant/docs/croissant-spec.html) with the responsible-AI vocabulary. Paths are
relative to the file, so they are valid in a clone, in an exported folder and on a hub.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pedigree.dataset.columns import LIST, Column, describe_columns
from pedigree.ids import sha256_of_file
from pedigree.recipe.schema import Recipe
from pedigree.text_format import format_text

CONFORMS_TO = ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"]
KINDS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit"}
TERMS = [
    "citeAs",
    "column",
    "equivalentProperty",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
]
COLLECTION = "Synthetic: models wrote rows for given labels; the label is the one requested from the model."
REAL_TOO = " Rows whose column real is true were written and labelled by people."
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}


def build_croissant(recipe: Recipe, folder: Path, splits: Sequence[str]) -> dict[str, Any]:
    """Return the Croissant metadata of these splits' tables in a folder, as plain JSON values."""
    terms, kinds = recipe.card, "Real and synthetic" if recipe.real else "Synthetic"
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": recipe.dataset,
        "alternateName": format_text(terms.title or recipe.dataset),
        "description": f"{format_text(recipe.task)} {kinds} rows with {len(recipe.single_labels):,} labels.",
        "license": terms.license_url or terms.license_name or terms.license,
        "inLanguage": recipe.language or recipe.language_codes,
        "keywords": ["synthetic"],
        "rai:dataCollection": COLLECTION + (REAL_TOO if recipe.real else ""),
        "rai:dataUseCases": format_text(terms.intended_use or f"Training and testing classifiers: {recipe.task}", 5000),
        "rai:dataLimitations": [format_text(limit, 5000) for limit in terms.limits]
        or ["The label is the one requested from the model."],
        "distribution": [_describe_file(folder / f"{split}.parquet") for split in splits],
        "recordSet": [
            _list_labels(recipe),
            _list_splits(splits),
            *(_describe_split(recipe, split) for split in splits),
        ],
    }


def _describe_file(file: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_of_file(file),
    }


def _list_labels(recipe: Recipe) -> dict[str, Any]:
    """Return the labels with their meanings as an enumeration, in the recipe's order."""
    labels = [{"labels/name": name, "labels/description": label.means} for name, label in recipe.labels.items()]
    return _enumerate("labels", "sc:Enumeration", {"name": ["sc:Text"], "description": ["sc:Text"]}, labels)


def _list_splits(splits: Sequence[str]) -> dict[str, Any]:
    data = [{"splits/name": split, "splits/url": KINDS[split]} for split in splits]
    return _enumerate("splits", "cr:Split", {"name": ["sc:Text"], "url": ["sc:URL", "cr:Split"]}, data)


def _enumerate(name: str, kind: str, fields: dict[str, list[str]], data: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "dataType": kind,
        "key": {"@id": f"{name}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{field}", "name": f"{name}/{field}", "dataType": types}
            for field, types in fields.items()
        ],
        "data": data,
    }


def _describe_split(recipe: Recipe, split: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The rows of the {split} split.",
        "key": {"@id": f"{split}/row_id"},
        "field": [_describe_column(column, split) for column in describe_columns(recipe)],
    }


def _describe_column(column: Column, split: str) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{split}/{column.name}",
        "name": f"{split}/{column.name}",
        "description": format_text(column.description),
    }
    source = {"fileObject": {"@id": f"{split}.parquet"}, "extract": {"column": column.name}}
    if column.parts:
        parts = [_describe_part(part, column, split, source) for part in column.parts]
        return {**field, "repeated": True, "subField": parts}
    field |= {"dataType": column.croissant, "source": source}
    if column.type == LIST:
        field["repeated"] = True
    return field | ({"references": {"field": {"@id": "labels/name"}}} if column.name == "label" else {})


def _describe_part(part: Column, column: Column, split: str, source: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{column.name}/{part.name}",
        "name": f"{split}/{column.name}/{part.name}",
        "description": format_text(part.description),
        "dataType": part.croissant,
        "source": {**source, "transform": {"jsonPath": part.name}},
    }
