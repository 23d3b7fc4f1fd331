"""Review: people's decisions about rows and rejects, an input of curation like seeds and templates."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pedigree.dataset.record_files import read_records
from pedigree.errors import RecipeError
from pedigree.ids import canonical_json
from pedigree.value_mistakes import word_first_mistake

# Reasons that no decision overrides, and why.
BINDING = {
    "broken-check": "the recipe's checks decide: change the check",
    "broken-dependency": "another row says otherwise, and the recipe's key depends decides",
    "pii": "personal data are not allowed",
    "held-out-overlap": "overlap with held-out rows would inflate the metrics measured on them",
    "exact-duplicate": "another row has the same texts",
    "length": "the recipe's limits decide: change min_chars or max_chars",
}
REVIEWABLE = frozenset(
    {"garbled", "refusal", "meta-text", "placeholder", "label-named", "language", "shot-copy", "seed-duplicate"}
    | {"near-duplicate", "seed-near-duplicate", "seed-copy", "surplus", "review", "judged-otherwise", "not-judged"}
    | {"semantic-duplicate", "semantic-seed-duplicate", "semantic-held-out-overlap"}
)
PASSED_SCREENS = (None, "surplus", "review")  # reasons that come from no screen


class Decision(BaseModel):
    """A decision about one row or reject; a line of the review file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row_id: str = Field(min_length=1, max_length=64)
    decision: Literal["accept", "reject", "relabel"]
    new_label: str | None = None
    label: str = Field(description="Its label before any decision.")
    reason: str | None = Field(default=None, description="Why it was a reject before any decision; null for a row.")
    who: str = Field(min_length=1)
    why: str = ""
    sheet: str | None = Field(default=None, description="The sheet that drew it at random; null otherwise.")
    drawn: int | None = Field(default=None, ge=1, description="How many rows that sheet drew at random.")
    place: int | None = Field(default=None, ge=1, description="Its place among the rows drawn at random, from 1.")
    label_rows: int | None = Field(default=None, ge=1, description="The rows of its label that it was drawn from.")
    take: int = Field(default=1, ge=1, description="The sheets that were taken count from 1.")
    grown: int = Field(default=0, ge=0, description="How many versions the dataset had grown from when it was taken.")

    @model_validator(mode="after")
    def _label_goes_with_relabel(self):
        if (self.decision == "relabel") != (self.new_label is not None):
            raise ValueError("new_label goes with the decision relabel, and with no other")
        return self

    def format_author(self) -> str:
        """Return who decided, and why."""
        return f"{self.who}: {self.why}" if self.why else self.who


class Review:
    """All decisions about a dataset in their order; for each row the last one counts.

    ``trusted`` are ids of rows whose last decision accepts or relabels them, ``ever_trusted`` those with
    any such decision.
    """

    def __init__(self, history: Sequence[Decision] = ()):
        self.history = tuple(history)
        self.last = {decision.row_id: decision for decision in history}
        self.trusted = frozenset(one.row_id for one in self.last.values() if one.decision != "reject")
        self.ever_trusted = frozenset(one.row_id for one in history if one.decision != "reject")
        self.takes = sorted({one.take for one in history})

    def apply(self, kept: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the candidates with people's labels, and those that people rejected, with ``reason`` and ``detail``.

        The order is kept.
        """
        relabelled = {one.row_id: one.new_label for one in self.last.values() if one.new_label is not None}
        details = {one.row_id: one.format_author() for one in self.last.values() if one.decision == "reject"}
        id = pl.col("row_id")
        rejected = kept.filter(id.is_in(list(details))).with_columns(
            reason=pl.lit("review"), detail=id.replace_strict(details, default=None, return_dtype=pl.String)
        )
        label = id.replace_strict(relabelled, default=pl.col("label"), return_dtype=pl.String)
        return kept.filter(~id.is_in(list(details))).with_columns(label=label), rejected

    def view_at(self, kept: pl.DataFrame, take: int) -> tuple[pl.DataFrame, "Review"]:
        """Return the rows and the review as they would be without the sheets after number ``take`` (0: no sheet)."""
        earlier = Review([one for one in self.history if one.take <= take])
        rescued = {one.row_id for one in self.history if one.reason not in PASSED_SCREENS}
        later = sorted(rescued & self.ever_trusted - earlier.ever_trusted)
        return earlier.apply(kept.filter(~pl.col("row_id").is_in(later)))[0], earlier

    def list_phases(self, steps: int) -> list[tuple[int, int]]:
        """Return the dataset's history as (step, take): growth steps and the sheets that were taken between them."""
        phases, done = [], 0
        for step in range(steps):
            phases.append((step, done))
            for take in self.takes:
                grown = min(one.grown for one in self.history if one.take == take)
                if take > done and (grown <= step or step == steps - 1):
                    done = take
                    phases.append((step, take))
        return phases

    def count(self, kept: pl.DataFrame, stratum: pl.Expr | None = None) -> list[Counter[tuple[str, str]]]:
        """Return the number of rows by (generator, stratum): without any sheet, and after each of them.

        ``stratum`` names the stratum of a row (``stratum_of``); without it, that is the label.
        """
        part = pl.col("label") if stratum is None else stratum
        return [
            Counter(self.view_at(kept, take)[0].select("generator", part.alias("stratum")).iter_rows())
            for take in (0, *self.takes)
        ]

    def find_history(self, row_id: str) -> list[Decision]:
        """Return every decision about a row, the one that counts last."""
        return [decision for decision in self.history if decision.row_id == row_id]

    def find_gone(self, known: Collection[str]) -> list[str]:
        """Return the ids that were decided on and are not among the known ones, in the order of the file."""
        return [row_id for row_id in self.last if row_id not in known]


def load_review(path: Path, labels: Collection[str]) -> Review:
    """Read a review file; raise RecipeError with file and line for an invalid decision or an unknown label."""
    history = []
    for line, record in read_records(path):
        try:
            decision = Decision.model_validate(record)
        except ValidationError as error:
            raise RecipeError(
                f"{path}, line {line}: {word_first_mistake(error)}",
                expected="a decision as 'pedigree review DATASET --take SHEET' writes it",
            ) from None
        if decision.new_label is not None and decision.new_label not in labels:
            raise RecipeError(
                f"{path}, line {line}: new_label {decision.new_label!r}", expected=f"one of {', '.join(labels)}"
            )
        history.append(decision)
    return Review(history)


def format_review(decisions: Sequence[Decision]) -> str:
    """Return decisions as the lines of a review file."""
    return "".join(canonical_json(one.model_dump(exclude_none=True)) + "\n" for one in decisions)


def repeats_decision(decision: Decision, before: Decision | None) -> bool:
    """Return whether a decision repeats the previous one about the same row."""
    return before is not None and decision.model_copy(update={"take": before.take, "grown": before.grown}) == before
