"""Completions: what a model answered to one asking, or why it finally did not."""

from dataclasses import asdict, dataclass

import polars as pl

from pedigree.dataset import schemas


@dataclass(frozen=True)
class ProviderResponse:
    """What a provider sent back. Token counts and cost (USD) are None where unknown, never 0 for unknown."""

    text: str
    finish_reason: str
    model: str
    response_id: str | None
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True)
class Completion:
    """One line of the table ``completions`` and one record of the ledger."""

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


def to_frame(completions: list[Completion]) -> pl.DataFrame:
    """Return completions as rows of the table ``completions`` (columns: tables.COMPLETIONS)."""
    return pl.DataFrame([asdict(one) for one in completions], schema=schemas.COMPLETIONS, orient="row")


def from_frame(frame: pl.DataFrame) -> list[Completion]:
    """Return the completions of a table."""
    return [Completion(**row) for row in frame.select(list(schemas.COMPLETIONS)).iter_rows(named=True)]
