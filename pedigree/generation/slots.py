"""Slots: the places of a plan, each of which gets one prompt; and the variables of that prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pedigree.generation.failures.loop import Target
from pedigree.recipe.content.diversity import DiversityScorer
from pedigree.recipe.content.optimising import OptimiseSettings
from pedigree.recipe.generator import Generator
from pedigree.recipe.judge import Judge
from pedigree.recipe.languages.strata import name_stratum


@dataclass(frozen=True)
class SlotContext:
    """The lists that the slots of a generator and label use, by name, and the completions they come from.

    ``target`` is the cluster of failures that a slot asks for.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    completion_ids: tuple[str, ...] = ()
    target: Target | None = None


@dataclass(frozen=True)
class Slot:
    """One conversation of one or more turns; the slots of a generator and stratum are an endless sequence.

    ``language`` is "" where the recipe has only one.
    """

    generator: Generator
    label: str
    index: int
    context: SlotContext = field(default=SlotContext(), compare=False, repr=False)
    language: str = ""

    @property
    def stratum(self) -> str:
        """Return the name of its label, in its language if the recipe has several; "" for a list without a label."""
        return name_stratum(self.label, self.language) if self.label else ""


@dataclass(frozen=True)
class JudgeSlot:
    """One call to a judge, to the model that scores diversity, or to the one that rewrites instructions.

    They count from -1 downwards. A call is about rows of any label.
    """

    generator: Judge | DiversityScorer | OptimiseSettings
    index: int
    label: str = ""
    stratum: str = ""


@dataclass(frozen=True)
class PromptContext:
    """The template variables of a slot, the ids of the seed rows it shows, and of the completions it depends on."""

    variables: dict[str, Any]
    seed_row_ids: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
