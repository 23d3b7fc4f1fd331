"""The search for a generator's instructions (`optimise: ...`): whom it asks to rewrite them, and how often."""

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.strict_model import InconsistentRecipe, StrictModel

if TYPE_CHECKING:
    from pedigree.recipe.generator import Generator

OPTIMISER = "optimise.model"  # its name among the models; no generator or judge can have one with a full stop
TEMPLATE = "prompts/optimise.j2"
UNABLE = ("replay", "failures")  # strategies whose prompts are not the generator's alone, or that no model reads


class OptimiseSettings(AskedModel):
    """A model that rewrites the instructions of a generator, round by round; docs/optimise.md."""

    strategy: ClassVar[str] = OPTIMISER
    turns: ClassVar[int] = 1
    replay: ClassVar[None] = None
    # No keys of this model, which pydantic allows a subclass to say.
    name: ClassVar[str] = OPTIMISER  # ty: ignore[incompatible-attribute-override]
    rows_per_call: ClassVar[int] = 4  # ty: ignore[incompatible-attribute-override]  # as much text as so many rows
    template: ClassVar[None] = None  # ty: ignore[incompatible-attribute-override]

    generator: str = Field(
        default="", description="Name of the generator whose instructions are searched; of a single one, left out."
    )
    rounds: int = Field(default=5, ge=1, le=20, description="Rewrites that are tried, after the start.")
    rows: int = Field(
        default=40, ge=20, le=1000, description="Rows made in each round, over all labels; one of each at least."
    )

    @property
    def role(self) -> str:
        """Return what messages call it."""
        return f"the model of {OPTIMISER.split('.')[0]}"

    @property
    def template_paths(self) -> list[str]:
        """Return the paths of its templates."""
        return [TEMPLATE]

    @field_validator("model")
    @classmethod
    def _answers_questions(cls, value):
        if value.startswith("replay/"):
            raise ValueError(f"{value} holds rows and answers no questions: name a model")
        return value


def find_searched(settings: OptimiseSettings, generators: "Sequence[Generator]") -> "Generator":
    """Return the generator whose instructions are searched; raise InconsistentRecipe where none is, or it can't be.

    Those that ask for a scenario alone are left out: a recipe with scenarios has copies of its generators for them.
    """
    generators = [one for one in generators if one.scenario is None]
    names = [one.title for one in generators]
    if not settings.generator and len(names) > 1:
        raise InconsistentRecipe(f"which generator's instructions are searched? Name one of {names}", "optimise")
    found = next((one for one in generators if one.title == (settings.generator or names[0])), None)
    if found is None:
        raise InconsistentRecipe(f"no generator is named {settings.generator!r}: name one of {names}", "optimise")
    if found.strategy in UNABLE:
        raise InconsistentRecipe(
            f"instructions are not searched for strategy {found.strategy}: name another generator", "optimise"
        )
    return found


class SearchedRecipe(StrictModel):
    """The part of a recipe that says how instructions are searched."""

    optimise: OptimiseSettings | None = Field(
        default=None,
        exclude_if=operator.not_,  # so that recipes without it keep their hashes
        description="How 'pedigree optimise' searches for a generator's instructions (docs/optimise.md); a run ignores "
        "it.",
    )

    @property
    def optimisers(self) -> list[OptimiseSettings]:
        """Return the model that rewrites instructions, if there is one; no run asks it."""
        return [self.optimise] if self.optimise else []

    @model_validator(mode="after")
    def _search_fits(self):
        check_search(self)
        return self


def check_search(recipe: Any) -> None:
    """Raise InconsistentRecipe if the search of a recipe does not go with its other parts."""
    if recipe.optimise is None:
        return
    find_searched(recipe.optimise, recipe.generators)
    if not recipe.seeds and not recipe.real:
        found = "a search compares rows with people's: name seeds or real rows, or remove 'optimise'"
        raise InconsistentRecipe(found, "optimise")
    if recipe.labels_per_row is not None:
        raise InconsistentRecipe("a search works with one label a row: remove 'optimise' or labels_per_row", "optimise")
