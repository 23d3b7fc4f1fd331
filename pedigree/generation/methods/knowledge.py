"""Strategy knowledge: each row is written for a fact of a file of triples, such as (knife, UsedFor, cut).

After Zhang et al. 2022 (arXiv 2205.10661), who draw triples of a commonsense knowledge graph in several ways and sizes.
"""

from functools import lru_cache

from pedigree.generation.slot_variables import format_task
from pedigree.generation.slots import PromptContext, Slot
from pedigree.ids import seeded
from pedigree.job import Job


def context_for_knowledge(job: Job, slot: Slot) -> PromptContext:
    """Return the task and a fact for each row, with the triple that it comes from.

    Triples come in shuffled blocks, so that a label's rows cover the sample evenly at any length of the plan.
    """
    sample, rows = job.knowledge[slot.generator.title], slot.generator.rows_per_call
    drawn = []
    for number in range(slot.index * rows, (slot.index + 1) * rows):
        block, place = divmod(number, len(sample.triples))
        order = _shuffle(job.recipe.seed, slot.generator.title, slot.label, block, len(sample.triples))
        drawn.append(order[place])
    triples = [sample.triples[one] for one in drawn]
    return PromptContext(
        {
            **format_task(job, slot),
            "facts": [sample.sentences[one] for one in drawn],
            "row_attributes": [{"relation": one.relation, "triple": str(one)} for one in triples],
        }
    )


@lru_cache(maxsize=64)
def _shuffle(seed: int, title: str, label: str, block: int, count: int) -> tuple[int, ...]:
    return tuple(seeded(seed, "knowledge", title, label, block).sample(range(count), count))
