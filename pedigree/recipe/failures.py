"""Settings of failure-driven rounds: which rows of people are read, what is asked for, and when the rounds end."""

from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import Field, field_validator

from pedigree.recipe.strict_model import StrictModel, stay_inside

STRATEGY = "failures"


class FailureSettings(StrictModel):
    """How the rounds of ``strategy: failures`` go on; docs/failures.md explains each key."""

    dev: str | None = Field(
        default=None,
        description="File of rows that people wrote: a classifier reads them after each round, and those that it gets "
        "wrong are shown to the model. Null takes the seeds.",
    )
    examples: int = Field(default=4, ge=1, le=20, description="Rows of a cluster shown in a prompt.")
    clusters: int = Field(default=4, ge=1, le=20, description="Most clusters of a label and the label it is taken for.")
    unsure: float = Field(
        default=0.2, ge=0, lt=1, description="A row counts as unsure if its two likeliest labels are nearer than this."
    )
    rounds: int = Field(default=4, ge=2, le=50, description="Rounds over which the rows wanted are spread.")
    patience: int = Field(default=2, ge=1, le=20, description="Rounds without a gain of macro-F1 that end the rounds.")
    then: Literal["stop", "plain"] = Field(
        default="stop", description="What follows when they ended early: nothing, or plain prompts for the rest."
    )

    _dev_stays_in_data = field_validator("dev")(stay_inside("data"))


def find_failure_fault(
    settings: Mapping[str, FailureSettings], seed_file: str | None, other_files: Collection[str | None], rounds: int
) -> str | None:
    """Return what is wrong with the failure-driven generators of a recipe, by their names, or None.

    ``other_files`` are those of seeds, real and held-out rows; ``rounds`` is the budget of rounds.
    """
    for name, own in settings.items():
        who = f"generator {name!r}"
        if own != next(iter(settings.values())):
            return f"{who} has other settings under 'failures' than the first one: give both the same"
        if seed_file is None and own.dev is None:
            return (
                f"{who} asks for what a classifier gets wrong of people's rows, but the recipe has neither seeds nor a "
                "'dev' file under 'failures'"
            )
        if own.dev is not None and own.dev in other_files:
            return (
                f"the dev file of {who}, {own.dev}, is also the file of seeds, real or held-out rows: name another, or "
                "leave dev out: then the seeds are read"
            )
        if rounds < own.rounds:
            return (
                f"{who} spreads the rows over {own.rounds} rounds, but budget.rounds is {rounds}: "
                "raise it, or lower 'rounds' under 'failures'"
            )
    return None
