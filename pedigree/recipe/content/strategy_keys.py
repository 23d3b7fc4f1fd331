"""Which keys of a generator go with which strategy."""

from typing import Any

from pedigree.recipe.content.knowledge import KNOWLEDGE
from pedigree.recipe.tables.generator_keys import TABLE

KEY_OF_ONE = {  # the keys that one strategy alone has
    "topics": "topic",
    "ask_attributes": "attributes",
    "personas": "persona",
    "ways": "taxonomy",
    "contexts": "two-stage",
    "mix": "borderline",
    KNOWLEDGE: KNOWLEDGE,
    "failures": "failures",
    "form": TABLE,
}
UNSET = ([], {}, 0, None)


def find_key_fault(generator: Any) -> str | None:
    """Return what a generator's strategy lacks, or which of its keys go with another strategy; None if it is sound."""
    strategy = generator.strategy
    needs = {
        "topic": ("topics", generator.topics),
        "one-shot": ("shots: 1", generator.shots == 1),
        "few-shot": ("shots", generator.shots),
        "attributes": ("attributes or ask_attributes", generator.attributes or generator.ask_attributes),
        "persona": ("personas", generator.personas),
        "taxonomy": ("ways", generator.ways),
        "two-stage": ("contexts, at least 2", generator.contexts > 1),
        "borderline": ("mix", generator.mix),
        KNOWLEDGE: ("knowledge, with a file of triples", generator.knowledge),
        "transform": ("corpus", generator.corpus),
        TABLE: ("shots, such as 30: rows of people that a prompt shows", generator.shots),
    }
    if strategy in needs and not needs[strategy][1]:
        return f"strategy {strategy} needs {needs[strategy][0]}"
    for key, of in KEY_OF_ONE.items():
        if getattr(generator, key) not in UNSET and strategy != of:
            return f"the key {key} goes with strategy {of}, not with {strategy}"
    if strategy != "rewrite" and ((generator.corpus and strategy != "transform") or generator.incentives):
        return f"the keys corpus and incentives go with strategy rewrite, not with {strategy}"
    if "chaining" in generator.incentives and generator.turns == 1:
        return "the incentive chaining needs turns: 2 or more; each rewrites the answer before"
    return None
