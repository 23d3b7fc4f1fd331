"""What the prompts of several strategies are made of: the task, and values that slots or rows take in turn."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pedigree.generation.list_requests import format_unlike
from pedigree.generation.row_schema import _example_value, describe_field
from pedigree.generation.slots import Slot
from pedigree.generation.spans.requested import describe_slots
from pedigree.ids import canonical_json, seeded
from pedigree.job import Job
from pedigree.recipe.content.scenarios import find_scenario
from pedigree.recipe.label_sets.names import split_labels
from pedigree.recipe.schema import Recipe
from pedigree.recipe.tables.checks import describe_rules


def format_task(job: Job, slot: Slot) -> dict[str, Any]:
    """Return what every strategy's template is given."""
    recipe, label = job.recipe, job.recipe.labels[slot.label]
    return {
        "task": recipe.task,
        "language": slot.language or recipe.language,
        "label": slot.label,
        "definition": label.means,
        "unlike": format_unlike(job, slot.label),
        "fields": [{"name": name, "says": describe_field(field)} for name, field in recipe.fields.items()],
        "rows": slot.generator.rows_per_call,
        "shape": json.dumps({name: _example_value(field) for name, field in recipe.fields.items()}),
        **({"avoid": slot.generator.avoid} if slot.generator.avoid else {}),
        **_tell_rules(recipe),
        **slot.generator.told,
        **_tell_set(recipe, slot.label),
        **_tell_statistics(job, slot),
        **describe_slots(job, slot),
        **_tell_scenario(job, slot),
    }


def _tell_rules(recipe: Recipe) -> dict[str, Any]:
    """Return the rules between fields that every row keeps; nothing without any."""
    rules = describe_rules(recipe.checks, recipe.depends)
    return {"rules": rules} if rules else {}


def _tell_set(recipe: Recipe, label: str) -> dict[str, Any]:
    """Return the labels of a slot's set with their definitions, and those that its rows may not have."""
    if recipe.labels_per_row is None:
        return {}
    members = split_labels(label)
    shown = [{"label": name, "definition": recipe.single_labels[name].means} for name in members]
    return {"members": shown, "absent": [name for name in recipe.single_labels if name not in members]}


def _tell_statistics(job: Job, slot: Slot) -> dict[str, Any]:
    """Return what the generator's file of statistics tells of the slot's label; nothing without one."""
    if slot.generator.statistics is None:
        return {}
    told = job.statistics[slot.generator.statistics].labels[slot.label]
    return {"often": told.words, "about_words": told.about_words}


def _tell_scenario(job: Job, slot: Slot) -> dict[str, Any]:
    """Return the scenario that the generator is for, and what it means; nothing without one."""
    name = slot.generator.scenario
    return {"scenario": one.name, "case": one.means} if (one := find_scenario(job.recipe.scenarios, name)) else {}


def choose_values(given: Sequence[str] | Mapping[str, Sequence[str]], label: str) -> Sequence[str]:
    """Return the values for a label, where they are given by label, else all."""
    return given[label] if isinstance(given, Mapping) else given


def draw_in_turn(job: Job, slot: Slot, name: str, choices: Sequence[str], number: int) -> str:
    """Return the choice ``number`` (from 0) of an endless sequence of shuffled blocks of all choices."""
    block, place = divmod(number, len(choices))
    chance = seeded(job.recipe.seed, "attribute", slot.generator.title, *_name_place(slot), name, block)
    return chance.sample(choices, len(choices))[place]


def place_of(job: Job, slot: Slot, what: str) -> bytes:
    """Return what random choices of one kind in a slot are seeded by."""
    return canonical_json([job.recipe.seed, what, slot.generator.title, *_name_place(slot), slot.index]).encode()


def _name_place(slot: Slot) -> list[str]:
    """Return the label, and the language where the recipe has several: each language draws for itself."""
    return [slot.label, *filter(None, [slot.language])]
