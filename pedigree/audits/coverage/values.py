"""The values of topics and attributes that a plan asks for, and how many rows each has or will have."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pedigree.dataset.knowledge.samples import KnowledgeSample
from pedigree.dataset.spans.asked import name_slot
from pedigree.recipe.content.scenarios import find_quotas, list_plain
from pedigree.recipe.generator import Generator
from pedigree.recipe.schema import Recipe
from pedigree.recipe.spans.slot_settings import split_optional


@dataclass(frozen=True)
class Planned:
    """An attribute of a generator and a label: ``values`` are given, or None if a model is asked for ``count``.

    ``rows`` is about how many rows each value gets, if the generator brings its share of the label's rows.
    """

    generator: str
    label: str
    attribute: str
    count: int
    values: tuple[str, ...] | None
    rows: float


def list_planned(
    recipe: Recipe, wanted: Mapping[str, int], knowledge: Mapping[str, KnowledgeSample] = MappingProxyType({})
) -> list[Planned]:
    """Return topics, attributes, traits, ways, triples and slots' values by plain generator and label, in their order.

    ``wanted`` are the rows of each label that models are asked for; ``knowledge`` the triples drawn for a generator.
    """
    quotas = Counter[str]()
    for (_, label), rows in find_quotas(recipe.scenarios, wanted).items():
        quotas[label] += rows
    weight = sum(one.weight for one in list_plain(recipe.generators))
    found = []
    for generator in list_plain(recipe.generators):
        for label, target in wanted.items():
            rows = (target - quotas[label]) * generator.weight / weight
            for attribute, given in _list_given(generator, knowledge.get(generator.title)):
                values = given.get(label, ()) if isinstance(given, Mapping) else given
                count = values if isinstance(values, int) else len(values)
                if count:
                    listed = None if isinstance(values, int) else tuple(values)
                    found.append(Planned(generator.title, label, attribute, count, listed, rows / count))
            found += _list_slots(recipe, generator.title, label, rows)
    return found


def _list_slots(recipe: Recipe, generator: str, label: str, rows: float) -> Iterator[Planned]:
    """Yield the listed values of a label's slots; a slot that a text may lack is asked of every second row."""
    for slot, must in split_optional(recipe.labels[label].slots).items():
        if values := recipe.slots[slot].values:
            asked = rows if must else rows / 2
            yield Planned(generator, label, name_slot(slot), len(values), tuple(values), asked / len(values))


def _list_given(
    generator: Generator, sample: KnowledgeSample | None
) -> Iterator[tuple[str, int | Sequence[str] | Mapping[str, Sequence[str]]]]:
    """Yield each attribute's name with its values, label -> values, or how many a model is asked for."""
    if generator.strategy == "topic":
        yield "topic", generator.topics
    if generator.strategy == "attributes":
        yield from generator.attributes.items()
    if generator.strategy == "persona" and isinstance(generator.personas, dict):
        yield from generator.personas.items()
    if generator.strategy == "taxonomy":
        yield "way", generator.ways
    if sample:
        yield "triple", [str(one) for one in sample.triples]
