"""What a manifest says of the embedder that a screen decided by."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class EmbedderFacts(BaseModel):
    """The identity of an embedder on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="As the recipe names it.")
    sha256: str = Field(description="Of the paths and bytes of its files.")
    library: str | None = Field(description="That runs it, with its version.")


ScreenEmbedder = Annotated[
    EmbedderFacts | None,
    Field(
        exclude_if=lambda facts: facts is None,  # so that manifests without it stay as they are
        description="Of the screen semantic_duplicate; absent without it.",
    ),
]
