"""Strategy borderline: rows that are mostly of their label and partly of another, which a judge labels anew.

After Sahu et al. 2023 (PromptMix, EMNLP 2023), who mix two classes in stated shares and then relabel every text.
"""

from pedigree.generation.slot_variables import draw_in_turn, format_task
from pedigree.generation.slots import PromptContext, Slot
from pedigree.job import Job


def context_for_borderline(job: Job, slot: Slot) -> PromptContext:
    """Return the task, another label, and how many per cent of each the rows of the call have.

    The other label is one of those under ``unlike``, or any other where the label has none. Pairs of another label and
    a share come in shuffled blocks, so that a label's calls use all pairs evenly.
    """
    labels, generator = job.recipe.labels, slot.generator
    others = labels[slot.label].unlike or [name for name in labels if name != slot.label]
    pairs = [f"{round(100 * share)} {name}" for name in others for share in generator.mix]
    percent, other = draw_in_turn(job, slot, "mix", pairs, slot.index).split(" ", 1)
    mixed = {"percent": int(percent), "other": other, "other_definition": labels[other].means}
    return PromptContext({**format_task(job, slot), **mixed})
