"""Strategy two-stage: contexts are made first, without a label; then each text is written for a context and the label.

After Ye et al. 2022 (ZeroGen, arXiv 2202.07922), whose first stage makes, say, a film's title and whose second stage
the review of that film in a sentiment. A list of contexts serves all labels, so that a context does not tell the label.
"""

from pedigree.generation.list_requests import ListRequest, ListResults, format_domain
from pedigree.generation.slot_variables import format_task
from pedigree.generation.slots import PromptContext, Slot, SlotContext
from pedigree.job import Job


def find_contexts(job: Job, slot: Slot, results: ListResults) -> SlotContext | list[ListRequest]:
    """Ask for the lists from which the rows of a slot take their contexts; each list serves ``contexts`` rows a label.

    A list with fewer contexts than were asked for is read again from its beginning.
    """
    count, rows = slot.generator.contexts, _number_rows(slot)
    requests = [_ask_contexts(job, slot, block) for block in range(rows[0] // count, rows[-1] // count + 1)]
    if missing := [one for one in requests if one.key not in results]:
        return missing
    lists = {number // count: results[_ask_contexts(job, slot, number // count).key].values for number in rows}
    contexts = tuple(lists[number // count][number % count % len(lists[number // count])] for number in rows)
    return SlotContext({"context": contexts}, tuple(results[one.key].completion_id for one in requests))


def context_for_two_stage(job: Job, slot: Slot) -> PromptContext:
    """Return the task and a context for each row."""
    rows = [{"context": context} for context in slot.context.values["context"]]
    return PromptContext({**format_task(job, slot), "row_attributes": rows}, parents=slot.context.completion_ids)


def _number_rows(slot: Slot) -> range:
    """Return the numbers of a slot's rows within its generator and label, from 0."""
    rows = slot.generator.rows_per_call
    return range(slot.index * rows, (slot.index + 1) * rows)


def _ask_contexts(job: Job, slot: Slot, block: int) -> ListRequest:
    generator, count, language = slot.generator, slot.generator.contexts, slot.language
    domain = {**format_domain(job, "", count, language), "classes": []}  # the label comes with the second stage
    template = "prompts/ask-contexts.j2"
    return ListRequest(generator, "", -1 - block, template, domain, "context", count, language=language)
