"""The model that a recipe asks how diverse its rows are (`evaluate: {diversity: ...}`), and how it is asked."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from pedigree.recipe.asked_model import AskedModel

DIVERSITY = "evaluate.diversity"  # its name among the models; no generator or judge can have one with a full stop
TEMPLATES = ("prompts/diversity-criteria.j2", "prompts/diversity-groups.j2")


class DiversityScorer(AskedModel):
    """A model that groups small samples of the rows by criteria of its own; docs/llm-diversity.md."""

    strategy: ClassVar[str] = DIVERSITY
    turns: ClassVar[int] = 1
    replay: ClassVar[None] = None
    # No keys of this model, which pydantic allows a subclass to say.
    name: ClassVar[str] = DIVERSITY  # ty: ignore[incompatible-attribute-override]
    rows_per_call: ClassVar[int] = 1  # ty: ignore[incompatible-attribute-override]
    template: ClassVar[None] = None  # ty: ignore[incompatible-attribute-override]

    rounds: int = Field(default=30, ge=2, le=500, description="Samples that it groups, each by a call.")
    sample: int = Field(default=10, ge=2, le=50, description="Texts of a sample.")
    people: Literal["seeds", "held_out", "none"] = Field(
        default="seeds",
        description="Which rows of people are scored beside, by as many calls. Held-out rows are then shown to this "
        "model.",
    )

    @property
    def role(self) -> str:
        """Return what messages call it."""
        return f"the model of {DIVERSITY}"

    @property
    def template_paths(self) -> list[str]:
        """Return the paths of its templates."""
        return [*TEMPLATES]

    @field_validator("model")
    @classmethod
    def _answers_questions(cls, value):
        if value.startswith("replay/"):
            raise ValueError(f"{value} holds rows and answers no questions: name a model")
        return value
