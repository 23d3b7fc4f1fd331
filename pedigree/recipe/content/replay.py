"""How records of a replayed file become rows."""

from pydantic import Field

from pedigree.recipe.strict_model import StrictModel


class Replay(StrictModel):
    """The mapping from records of a replayed file to rows."""

    fields: dict[str, str] = Field(min_length=1, description="Field of the recipe -> key in the record.")
    label: str = Field(default="label", description="Key that holds the label.")
    labels: dict[str, str] = Field(default={}, description="Label in the file -> label of the recipe.")
