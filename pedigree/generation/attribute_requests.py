"""Requests for attributes: names, values for a label, and the values that fit no other label.

The steps of AttrPrompt (Yu et al. 2023, arXiv 2306.15895, section 3): attributes of the whole dataset, values of each
for each class, without those that also fit a confusable class (class-dependent attribute filtering).
"""

from pedigree.generation.list_requests import ListRequest, ListResults, format_domain
from pedigree.generation.slots import Slot, SlotContext
from pedigree.job import Job
from pedigree.recipe.generator import Generator

FIRST_VALUES = -2  # slot of the first attribute's values; the names have slot -1


def find_attributes(job: Job, slot: Slot, results: ListResults) -> SlotContext | list[ListRequest]:
    """Request the names of attributes, then their missing values, then which values fit the label alone.

    The last step is done if the recipe names confusable labels (``unlike``), and for requested values only: values
    given in the recipe stay.
    """
    generator, label, language = slot.generator, slot.label, slot.language
    asked = {name: values for name, values in generator.attributes.items() if isinstance(values, int)}
    parents: tuple[str, ...] = ()
    if generator.ask_attributes:
        names = _ask_names(job, generator, language)
        if names.key not in results:
            return [names]
        given, parents = {name.casefold() for name in generator.attributes}, (results[names.key].completion_id,)
        asked |= {name: generator.values_asked for name in results[names.key].values if name.casefold() not in given}
    requests = [
        _ask_values(job, generator, label, place, name, count, parents, language)
        for place, (name, count) in enumerate(asked.items())
    ]
    if missing := [one for one in requests if one.key not in results]:
        return missing
    if job.recipe.labels[label].unlike:
        requests += [_ask_fitting(one, results, len(asked)) for one in requests]
        if missing := [one for one in requests if one.key not in results]:
            return missing
    # If an attribute has two lists, the later one is the filtered one.
    values = {one.variables["attribute"]: results[one.key].values for one in requests}
    return SlotContext(values, (*parents, *(results[one.key].completion_id for one in requests)))


def _ask_names(job: Job, generator: Generator, language: str) -> ListRequest:
    count = generator.ask_attributes
    variables = {**format_domain(job, "", count, language), "given": list(generator.attributes)}
    template = "prompts/ask-attributes.j2"
    return ListRequest(generator, "", -1, template, variables, "attribute", count, language=language)


def _ask_values(
    job: Job,
    generator: Generator,
    label: str,
    place: int,
    name: str,
    count: int,
    parents: tuple[str, ...],
    language: str,
) -> ListRequest:
    variables, place = {**format_domain(job, label, count, language), "attribute": name}, FIRST_VALUES - place
    template = "prompts/ask-values.j2"
    return ListRequest(generator, label, place, template, variables, "value", count, parents, language=language)


def _ask_fitting(values: ListRequest, results: ListResults, attributes: int) -> ListRequest:
    answer = results[values.key]
    variables = {**values.variables, "values": list(answer.values), "count": len(answer.values)}
    return ListRequest(
        values.generator,
        values.label,
        values.place - attributes,
        "prompts/ask-fitting-values.j2",
        variables,
        "value",
        len(answer.values),
        (answer.completion_id,),
        choices=answer.values,
        language=values.language,
    )
