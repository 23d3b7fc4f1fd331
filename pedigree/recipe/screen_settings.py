"""A recipe's screens, and how it splits rows."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from pedigree.recipe.embedder_name import EmbedderText, parse_name
from pedigree.recipe.strict_model import StrictModel

SEED_COPY = 0.85


class SemanticDuplicates(StrictModel):
    """Rows that say the same in other words, found by the vectors of an embedder (docs/semantic-duplicates.md)."""

    embedder: EmbedderText = Field(
        description="Embedder that reads the texts on this machine: model2vec/NAME (thousands of texts a second) or "
        "sentence-transformers/NAME (far slower, text by text). It must be there whenever rows are made or verified.",
    )
    threshold: Literal["auto"] | Annotated[float, Field(ge=0.5, le=1)] = Field(
        default="auto",
        description="Cosine, 0.5 to 1, from which two rows of one label are one; auto is found from rows of people: at "
        "most 1 % of them have another of their label that is as similar.",
    )
    seeds: bool = Field(
        default=True, description="Compare with seed rows, too; turn it off where a generator rewrites them."
    )
    held_out: bool = Field(default=True, description="Compare with held-out rows, too.")

    def __str__(self) -> str:
        return f"{self.threshold} (cosine by {self.embedder})"

    @field_validator("embedder")
    @classmethod
    def _embedder_is_local(cls, value):
        if parse_name(value).is_paid:
            raise ValueError(
                f"{value}: a screen sends no text to a provider: write model2vec/NAME or sentence-transformers/NAME"
            )
        return value


class Screens(StrictModel):
    """Which candidates are rejected; each reject has a reason code and evidence."""

    near_duplicate: float | None = Field(
        default=0.85,
        gt=0,
        le=1,
        description="Similarity from which two rows, or a row and a row of people, are one; the later one is rejected. "
        "It is the Jaccard index of their runs of 5 characters (2 in Chinese and Japanese), without case and "
        "punctuation; of several text fields, the least. null is off.",
    )
    shot_copy: float | None = Field(
        default=0.7,
        gt=0,
        le=1,
        description="Similarity to a shown text from which a row is a copy; so is a row of four or more words that "
        "are a part of a shown text, and one that has 85 % of its words in common with a shown seed row, in the same "
        "order (as for seed_copy; more if this number is more). null is off.",
    )
    seed_copy: float | None = Field(
        default=SEED_COPY,
        gt=0,
        le=1,
        exclude_if=lambda share: share == SEED_COPY,  # so that recipes of earlier versions keep their hashes
        description="A row that holds this share of a seed row is a copy; so is one that consists to this share of"
        " pieces of seed rows, and one that has this share of its words in common with a seed row, in the same order"
        " (of the words of the longer of the two; the seed row has ten words or more). null is off.",
    )
    held_out_overlap: bool = Field(
        default=True,
        description="Reject what is in the held-out data: exact, near, most of a row, or 13 words in a row.",
    )
    semantic_duplicate: SemanticDuplicates | None = Field(
        default=None,
        exclude_if=lambda settings: settings is None,  # so that recipes without it keep their hashes
        description="Reject rows that say what another row of their label says, in other words; null is off.",
    )
    refusal: bool = Field(default=True, description="Reject a text in which the model refuses.")
    meta_text: bool = Field(default=True, description="Reject a text about the request, such as 'Here is an example'.")
    placeholder: bool = Field(
        default=True,
        description="Reject a text with a gap to fill in, such as [NAME]; those that 'pii: mask' writes pass.",
    )
    label_named: bool = Field(
        default=True, description="Reject a text that states a label as a tag or a heading, where no seed row does."
    )
    language: bool = Field(default=False, description="Reject a text in another language than the recipe's.")
    pii: Literal["reject", "mask", "off"] = Field(
        default="reject",
        description="What becomes of a text with personal data (e-mail, phone, card (Luhn), IBAN, IP, handle): reject "
        "it; or mask them by placeholders such as [EMAIL_1], the same for the same data in a row (real rows stay as "
        "they are, so they are rejected); or off. The tables completions and rejects keep what the model wrote.",
    )


class Split(StrictModel):
    """How rows are split into train and validation."""

    validation: float = Field(default=0.15, ge=0, lt=1, description="Share of each label in the validation split.")
    similar: float = Field(
        default=0.6,
        gt=0,
        le=1,
        description="Rows at least this similar, as for screens: near_duplicate, stay on one side of the split.",
    )
