"""The budget of a recipe: hard limits of what a dataset may cost."""

from pydantic import Field

from pedigree.recipe.strict_model import StrictModel


class Budget(StrictModel):
    """Hard limits; null is no limit."""

    usd: float | None = Field(default=None, ge=0, description="Cost of all calls, in USD.")
    calls: int | None = Field(default=None, ge=0, description="Calls of models.")
    tokens: int | None = Field(default=None, ge=0, description="Prompt and completion tokens together.")
    rounds: int = Field(default=6, ge=1, le=100, description="Rounds, each of which asks for what is still missing.")
