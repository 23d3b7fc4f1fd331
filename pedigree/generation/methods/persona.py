"""Strategy persona: each prompt is written as one person, who is drawn from traits such as age and work.

Traits and their values are the same for every label, so that who wrote a row does not tell its label. They are given in
the recipe, or asked of the model for the whole task.
"""

from pedigree.generation.list_requests import ListRequest, ListResults, format_domain
from pedigree.generation.slot_variables import draw_in_turn, format_task
from pedigree.generation.slots import PromptContext, Slot, SlotContext
from pedigree.job import Job
from pedigree.recipe.generator import Generator

FIRST_VALUES = -2  # slot of the first trait's values; the names have slot -1


def find_personas(job: Job, slot: Slot, results: ListResults) -> SlotContext | list[ListRequest]:
    """Request the names of traits, if the recipe gives their number, then the values that are missing."""
    generator, parents = slot.generator, ()
    if isinstance(generator.personas, int):
        names = _ask_names(job, generator, generator.personas, slot.language)
        if names.key not in results:
            return [names]
        asked, parents = dict.fromkeys(results[names.key].values, generator.values_asked), (names,)
    else:
        asked = {trait: values for trait, values in generator.personas.items() if isinstance(values, int)}
    ids = tuple(results[one.key].completion_id for one in parents)
    requests = [_ask_values(job, slot, place, *one, ids) for place, one in enumerate(asked.items())]
    if missing := [one for one in requests if one.key not in results]:
        return missing
    values = {trait: results[one.key].values for trait, one in zip(asked, requests, strict=True)}
    return SlotContext(values, (*ids, *(results[one.key].completion_id for one in requests)))


def context_for_persona(job: Job, slot: Slot) -> PromptContext:
    """Return the task and the person who writes the rows of the call: a value of every trait.

    Values come in shuffled blocks, so that a label's calls cover each trait evenly at any length of the plan.
    """
    given = {} if isinstance(slot.generator.personas, int) else slot.generator.personas
    traits = {**given, **slot.context.values}
    person = {
        trait: draw_in_turn(job, slot, trait, values, slot.index)
        for trait, values in traits.items()
        if not isinstance(values, int)  # a number is replaced by the requested list
    }
    return PromptContext({**format_task(job, slot), "person": person}, parents=slot.context.completion_ids)


def _ask_names(job: Job, generator: Generator, count: int, language: str) -> ListRequest:
    domain = format_domain(job, "", count, language)
    return ListRequest(generator, "", -1, "prompts/ask-traits.j2", domain, "trait", count, language=language)


def _ask_values(job: Job, slot: Slot, place: int, trait: str, count: int, parents: tuple[str, ...]) -> ListRequest:
    variables = {**format_domain(job, "", count, slot.language), "trait": trait}
    place, template = FIRST_VALUES - place, "prompts/ask-trait-values.j2"
    return ListRequest(slot.generator, "", place, template, variables, "value", count, parents, language=slot.language)
