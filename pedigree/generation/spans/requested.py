"""Which slots a prompt asks for, and which listed value each of its rows is to have."""

from typing import Any

from pedigree.dataset.spans.asked import DESCRIBED, VARIABLE
from pedigree.generation.slots import Slot
from pedigree.ids import seeded
from pedigree.job import Job
from pedigree.recipe.spans.slot_settings import split_optional


def describe_slots(job: Job, slot: Slot) -> dict[str, Any]:
    """Return the variables of a prompt for a label with slots; nothing for other labels.

    ``slots`` are name, meaning (``says``) and ``optional`` of each; ``slot_values`` are slot -> value for each row of
    the call. Values come in shuffled blocks, so that a label's rows have all values of a list evenly at any length of
    the plan. A row lacks every second value of a slot that a text may lack. Where two slots of a row would have the
    same value, the later one takes the next of its block.
    """
    names = split_optional(job.recipe.labels[slot.label].slots)
    if not names:
        return {}
    described = [
        {"name": name, "says": job.recipe.slots[name].means or name.replace("_", " "), "optional": not must}
        for name, must in names.items()
    ]
    first = slot.index * slot.generator.rows_per_call
    rows = [_draw_row(job, slot, names, first + place) for place in range(slot.generator.rows_per_call)]
    return {DESCRIBED: described, VARIABLE: rows}


def _draw_row(job: Job, slot: Slot, names: dict[str, bool], number: int) -> dict[str, str]:
    """Return slot -> value for the row ``number`` (from 0) of a generator and label."""
    row: dict[str, str] = {}
    for name, must in names.items():
        values = job.recipe.slots[name].values
        if values and (must or _draw(job, slot, f"{name}?", [True, False], number, ())):
            row[name] = _draw(job, slot, name, values, number if must else number // 2, row.values())
    return row


def _draw(job: Job, slot: Slot, name: str, choices: list, number: int, taken: Any) -> Any:
    """Return the choice ``number`` of an endless sequence of shuffled blocks; the next that is not taken."""
    block, place = divmod(number, len(choices))
    chance = seeded(job.recipe.seed, "slot value", slot.generator.title, slot.label, name, block)
    order = chance.sample(choices, len(choices))
    folded = {value.casefold() for value in taken}
    turned = order[place:] + order[:place]
    return next((one for one in turned if not (folded and one.casefold() in folded)), turned[0])
