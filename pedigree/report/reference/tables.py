"""Writes the tables of the pages that are made from the code, and names keys of a recipe with their defaults."""

import json
from collections.abc import Iterable

from pydantic import BaseModel

from pedigree.recipe.content.scenarios import Scenario
from pedigree.recipe.gate_settings import DriftSettings, GateSettings
from pedigree.recipe.judge import Judge
from pedigree.recipe.labels_and_fields import Label, TypedField
from pedigree.recipe.schema import Recipe
from pedigree.recipe.screen_settings import Screens, SemanticDuplicates

PLACES: dict[str, tuple[str, type[BaseModel]]] = {  # place of a key -> how it is written there, the part that has it
    "": ("{}", Recipe),
    "screens": ("screens: {{{}}}", Screens),
    "screens.semantic_duplicate": ("screens: {{semantic_duplicate: {{{}}}}}", SemanticDuplicates),
    "gates": ("gates: {{{}}}", GateSettings),
    "drift": ("drift: {{{}}}", DriftSettings),
    "scenarios[]": ("scenarios: [{{{}}}]", Scenario),
    "judges[]": ("judges: [{{{}}}]", Judge),
    "labels.NAME": ("labels: {{NAME: {{{}}}}}", Label),
    "fields.NAME": ("fields: {{NAME: {{{}}}}}", TypedField),
}
NOTE = "<!-- Written by 'make reference' from {}; edit that instead. -->"


def write_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as Markdown; pipes in its cells are escaped."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    cells = ([" ".join(cell.split()).replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells).replace("| --- |", "|---|").replace(" --- |", "---|")


def name_key(path: str) -> str:
    """Return a key as a recipe has it, with its default: `screens.near_duplicate` as `screens: {near_duplicate: 0.85}`.

    A default of several keys is left out. Raises KeyError if a recipe has no such key.
    """
    place, _, key = path.rpartition(".")
    written, part = PLACES[place]
    fields = {field.alias or name: field for name, field in part.model_fields.items()}
    default = fields[key].get_default(call_default_factory=True)
    is_plain = default is None or isinstance(default, str | int | float)
    return f"`{written.format(f'{key}: {json.dumps(default)}' if is_plain else f'{key}: ...')}`"


def name_keys(paths: str) -> str:
    """Return several keys, separated by spaces, with their defaults; a dash for none."""
    return "; ".join(map(name_key, paths.split())) or "–"
