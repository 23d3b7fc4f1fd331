"""Strategy table: rows of people, all of one label, are shown as sentences, JSON or CSV, fields in a shuffled order.

After Borisov et al. 2023 (GReaT, ICLR 2023, arXiv 2210.06280), who fine-tune a model on rows as sentences in random
order of the features; here the rows stand in the prompt. Label-conditioned, as all strategies are; the label that a
judge gives may take its place (``label: predicted``, after Nguyen et al. 2024, Pred-LLM, arXiv 2410.21717).
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from heapq import nsmallest
from typing import Any

from pedigree.curation.tables.sentences import write_sentence
from pedigree.errors import RecipeError
from pedigree.generation.methods.shown_profile import keep_profile, name_profile
from pedigree.generation.slot_variables import format_task, place_of
from pedigree.generation.slots import PromptContext, Slot
from pedigree.ids import canonical_json, seeded
from pedigree.job import Job


def context_for_table(job: Job, slot: Slot) -> PromptContext:
    """Return the task, and seed rows of the label as lines of the generator's form.

    The fields are in one order for the whole prompt, shuffled by the slot: ``order`` names it. Rows are drawn without
    replacement for each slot. Raises RecipeError where the label has fewer seed rows than are shown.
    """
    generator, place = slot.generator, place_of(job, slot, "shots")
    order = seeded(place_of(job, slot, "order").decode()).sample(list(job.recipe.fields), len(job.recipe.fields))
    of_label = {example.id: example for example in job.seeds if example.label == slot.label}
    people = keep_profile(job, slot, of_label)
    if len(people) < generator.shots:
        raise RecipeError(
            f"generator {generator.title!r} shows {generator.shots} {name_profile(slot)}rows a prompt; "
            f"{job.recipe.seed_file} has {len(people)} of label {slot.label!r}",
            hint="add seed rows of that label or lower 'shots'",
        )
    shots = nsmallest(generator.shots, people.values(), key=lambda one: sha256(place + one.id.encode()).digest())
    task = format_task(job, slot)
    fields, shape = {one["name"]: one for one in task["fields"]}, json.loads(task["shape"])
    variables = {
        **task,
        "fields": [fields[name] for name in order],
        "shape": json.dumps({name: shape[name] for name in order}, ensure_ascii=False),
        "order": order,
        "form": generator.row_form,
        "shots": [write_row(shot.fields, order, generator.row_form) for shot in shots],
    }
    return PromptContext(variables, tuple(shot.id for shot in shots))


def write_row(fields: Mapping[str, Any], order: Sequence[str], form: str | None) -> str:
    """Return a row as one line: a sentence, a JSON object, or values separated by commas; a missing value too."""
    values = {name: plain_value(fields[name]) for name in order}
    if form == "sentences":
        return write_sentence(values)
    if form == "json":
        return json.dumps(values, ensure_ascii=False)
    line = io.StringIO()
    cells = ["" if one is None else str(one).lower() if isinstance(one, bool) else one for one in values.values()]
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def plain_value(value: Any) -> Any:
    """Return a value as JSON has it: a date as its text."""
    return json.loads(canonical_json([value]))[0]
