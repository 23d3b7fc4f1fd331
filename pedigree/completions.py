"""Completions: what a model answered to one asking, or why it finally did not."""

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from pedigree import tables
from pedigree.ids import canonical_json
from pedigree.job import Job
from pedigree.prompts import Prompt


@dataclass(frozen=True)
class Answer:
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

    @classmethod
    def of(cls, prompt: Prompt, answer: Answer) -> "Completion":
        """Return the completion that an answer makes of a prompt."""
        return cls(
            *_asking(prompt)[:4], answer.model, *_asking(prompt)[4:], answer.text, answer.finish_reason, answer.tokens_in,
            answer.tokens_out, answer.tokens_cached, answer.cost_usd, answer.response_id,
        )  # fmt: skip

    @classmethod
    def failed(cls, prompt: Prompt, failure: str, detail: str) -> "Completion":
        """Return the record of an asking that finally failed: a code, and what the provider said."""
        return cls(*_asking(prompt)[:4], None, *_asking(prompt)[4:], *[None] * 7, failure, detail)


def _asking(prompt: Prompt) -> tuple[Any, ...]:
    return (
        prompt.completion_id,
        prompt.id,
        prompt.sample,
        prompt.slot.generator.model,
        canonical_json(prompt.parameters),
        canonical_json(prompt.schema),
    )


def to_frame(completions: list[Completion]) -> pl.DataFrame:
    """Return completions as rows of the table ``completions`` (columns: tables.COMPLETIONS)."""
    return pl.DataFrame([asdict(one) for one in completions], schema=tables.COMPLETIONS, orient="row")


def read_pulled(job: Job) -> dict[str, Completion]:
    """Return the completions of a pulled version: a run takes them into the ledger before it asks for anything."""
    table = job.table("completions")
    return {one.completion_id: one for one in from_frame(tables.read_table(table))} if table.is_file() else {}


def from_frame(frame: pl.DataFrame) -> list[Completion]:
    """Return the completions of a table."""
    return [Completion(**row) for row in frame.select(list(tables.COMPLETIONS)).iter_rows(named=True)]
