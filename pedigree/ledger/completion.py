"""Completions: what a model answered to one asking, or why it finally did not."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pedigree.dataset import schemas


@dataclass(frozen=True)
class ProviderResponse:
    """What a provider sent back. Token counts and cost (USD) are None where unknown, never 0 for unknown."""

    text: str
    finish_reason: str
    model: str | None  # None where the answer names none
    response_id: str | None
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None = None
    cost_usd: float | None = None
    tokens_total: int | None = None  # only where the parts are not known
    other_fields: str | None = None  # JSON of what the message holds besides its content


@dataclass(frozen=True)
class Completion:
    """One line of the table ``completions`` and one record of the ledger.

    The fields in ``LEDGER_ONLY`` are no columns of the table, and in no record where they are empty.
    """

    completion_id: str
    prompt_id: str
    sample: int
    model: str
    model_answered: str | None
    parameters: str
    schema: str
    text: str | None
    finish_reason: str | None
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    cost_usd: float | None
    response_id: str | None
    failure: str | None = None
    failure_detail: str | None = None
    tokens_total: int | None = None  # only where a provider reports the sum of the tokens and not the parts
    other_fields: str | None = None  # JSON of what the message holds besides its content: reasoning, calls, a refusal

    @property
    def tokens(self) -> int | None:
        """Return the tokens of prompt and answer together, or None if they are not known."""
        if self.tokens_in is None or self.tokens_out is None:
            return self.tokens_total
        return self.tokens_in + self.tokens_out

    def to_record(self) -> dict[str, Any]:
        """Return the completion as a record of the ledger."""
        return {name: value for name, value in vars(self).items() if value or name not in LEDGER_ONLY}


LEDGER_ONLY = {"tokens_total", "other_fields"}


def to_frame(completions: list[Completion]) -> pl.DataFrame:
    """Return completions as rows of the table ``completions`` (columns: schemas.COMPLETIONS)."""
    return pl.DataFrame(
        [{name: getattr(one, name) for name in schemas.COMPLETIONS} for one in completions],
        schema=schemas.COMPLETIONS,
        orient="row",
    )


def from_frame(frame: pl.DataFrame) -> list[Completion]:
    """Return the completions of a table."""
    return [Completion(**row) for row in frame.select(list(schemas.COMPLETIONS)).iter_rows(named=True)]
