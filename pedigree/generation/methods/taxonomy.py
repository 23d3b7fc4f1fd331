"""Strategy taxonomy: each row shows its label in one way of a list of ways in which texts can show it.

After Veselovsky et al. 2023 (arXiv 2305.15041), who ask a model for such a list once and sample from it.
"""

from pedigree.generation.list_requests import ListRequest, ListResults, format_domain
from pedigree.generation.slot_variables import choose_values, draw_in_turn, format_task
from pedigree.generation.slots import PromptContext, Slot, SlotContext
from pedigree.job import Job


def find_ways(job: Job, slot: Slot, results: ListResults) -> SlotContext | list[ListRequest]:
    """Ask once per label for the ways in which a text can show it, unless the recipe gives them."""
    generator, label = slot.generator, slot.label
    if not isinstance(generator.ways, int):
        return SlotContext()
    domain, language = format_domain(job, label, generator.ways, slot.language), slot.language
    template = "prompts/ask-ways.j2"
    request = ListRequest(generator, label, -1, template, domain, "way", generator.ways, language=language)
    answer = results.get(request.key)
    return SlotContext({"way": answer.values}, (answer.completion_id,)) if answer else [request]


def context_for_taxonomy(job: Job, slot: Slot) -> PromptContext:
    """Return the task and a way for each row.

    Ways come in shuffled blocks, so that a label's rows cover them evenly at any length of the plan.
    """
    generator, context = slot.generator, slot.context
    ways = context.values["way"] if isinstance(generator.ways, int) else choose_values(generator.ways, slot.label)
    first = slot.index * generator.rows_per_call
    rows = [{"way": draw_in_turn(job, slot, "way", ways, first + place)} for place in range(generator.rows_per_call)]
    return PromptContext({**format_task(job, slot), "row_attributes": rows}, parents=context.completion_ids)
