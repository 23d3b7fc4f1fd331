"""The reference of a recipe's keys, made from its schema: a JSON Schema for editors and a page for people."""

import json
from collections.abc import Iterator
from typing import Any

from pedigree.recipe.key_examples import list_examples
from pedigree.recipe.schema import Recipe

SCHEMA_FILE, PAGE_FILE = "docs/recipe.schema.json", "docs/recipe-keys.md"
BEGINNING = """\
<!-- Written by 'make reference' from the schema of a recipe; edit pedigree/recipe/ instead. -->

# The keys of a recipe

A recipe is a YAML file in `recipes/`; `pedigree new NAME` writes one. An unknown key is an error that names its line.
`pedigree check NAME` checks a recipe without calling a model. A key without a default must be given. *null* turns a
limit or a file off. An example shows another value than the default where there is one.

An editor that knows YAML schemas completes and checks keys if the first line of the recipe is
`# yaml-language-server: $schema=../docs/recipe.schema.json`. `pedigree new` writes that line; in a workspace apart from
the checkout it names a copy, `.pedigree/recipe.schema.json`.
"""
SECTIONS = {  # definition of the schema -> where its keys stand
    "Label": "labels: {NAME: ...}",
    "LabelsPerRow": "labels_per_row",
    "TypedField": "fields: {NAME: ...}",
    "ColumnCheck": "checks: [...]",
    "SlotSettings": "slots: {NAME: ...}",
    "Scenario": "scenarios: [...]",
    "Generator": "generators: [...]",
    "Judge": "judges: [...]",
    "Limits": "limits (of a generator or judge)",
    "Prices": "prices (of a generator or judge)",
    "Replay": "replay (of a generator)",
    "KnowledgeSettings": "knowledge (of a generator)",
    "FailureSettings": "failures (of a generator)",
    "Budget": "budget",
    "Screens": "screens",
    "SemanticDuplicates": "semantic_duplicate (of screens)",
    "Split": "split",
    "GateSettings": "gates",
    "DriftSettings": "drift",
    "EvaluationSettings": "evaluate",
    "DiversityScorer": "diversity (of evaluate)",
    "OptimiseSettings": "optimise",
    "CardSettings": "card",
    "Base": "grown_from: [...]",
}
LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minLength": "not empty",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {} items",
    "minProperties": "at least {}",
    "pattern": "as `{}`",
}
PLURALS = {"number": "numbers", "integer": "whole numbers", "string": "texts", "array": "lists", "object": "mappings"}
NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping", "array": "list"}


def make_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe (draft 2020-12)."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Recipe of a Pedigree dataset"}
    return head | {key: value for key, value in Recipe.model_json_schema().items() if key != "title"}


def format_schema() -> str:
    """Return the content of ``SCHEMA_FILE``."""
    return json.dumps(make_schema(), indent=1, ensure_ascii=False) + "\n"


def format_page() -> str:
    """Return the page of all keys as Markdown: name, type, limits, default, meaning, example."""
    schema = make_schema()
    parts = [BEGINNING, *_format_section("The top level", schema, schema, list_examples("Recipe"))]
    for name, title in SECTIONS.items():
        parts += _format_section(f"`{title}`", schema["$defs"][name], schema, list_examples(name))
    return "\n".join(parts) + "\n"


def _format_section(
    title: str, part: dict[str, Any], schema: dict[str, Any], examples: dict[str, str]
) -> Iterator[str]:
    yield f"## {title}\n"
    if title.startswith("`") and part.get("description"):
        yield f"{part['description']}\n"
    yield "| key | value | default | meaning | example |\n|---|---|---|---|---|"
    for key, of in part["properties"].items():
        default = _format_default(of) if key not in part.get("required", ()) else "–"
        section = schema["$defs"].get(of.get("$ref", "").rsplit("/", 1)[-1], {})
        meaning, example = of.get("description") or section["description"], examples.get(key)
        cells = (f"`{key}`", _format_type(of), default, meaning, f"`{example}`" if example else "")
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _format_type(of: dict[str, Any], *, many: bool = False) -> str:
    """Return what a value is, in words, with its limits."""
    if "$ref" in of:
        return f"see `{SECTIONS[of['$ref'].rsplit('/', 1)[1]]}`" if not many else "mappings, see below"
    if "anyOf" in of:
        return ", or ".join(dict.fromkeys(_format_type(one) for one in of["anyOf"]))
    if "enum" in of or "const" in of:
        return " or ".join(f"`{value}`" for value in of.get("enum", [of.get("const")]))
    kind = of.get("type", "any")
    limits = [words.format(of[name]) for name, words in LIMITS.items() if name in of]
    inner = of.get("items") if kind == "array" else of.get("additionalProperties") if kind == "object" else None
    name = (PLURALS if many else NAMES).get(kind, kind)
    if isinstance(inner, dict) and inner:
        name += f" of {_format_type(inner, many=True)}"
    return f"{name}, {', '.join(limits)}" if limits else name


def _format_default(of: dict[str, Any]) -> str:
    default = of.get("default")
    if isinstance(default, dict) and default:
        return "see its keys"
    return f"`{json.dumps(default, ensure_ascii=False)}`"
