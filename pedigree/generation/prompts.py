"""Prompts: the messages sent to a model for a slot, with everything needed to build them again."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from pedigree import ids
from pedigree.dataset import schemas
from pedigree.generation.list_requests import ListRequest
from pedigree.generation.slots import JudgeSlot, PromptContext, Slot
from pedigree.generation.templates import Template
from pedigree.ledger.completion import Completion, ProviderResponse

Message = dict[str, str]


@dataclass(frozen=True)
class Prompt:
    """One request to a model: its messages, and the slot, turn and sample it belongs to."""

    slot: Slot | JudgeSlot
    turn: int
    round: int
    sample: int
    messages: list[Message]
    context: PromptContext
    template: Template
    parameters: dict[str, Any]
    schema: dict[str, Any]
    parents: tuple[str, ...] = ()
    list_request: ListRequest | None = None

    @cached_property
    def id(self) -> str:
        """Return the prompt's id."""
        return ids.prompt_id(self.messages)

    @cached_property
    def completion_id(self) -> str:
        """Return the id of the completion of this prompt."""
        asked = self.slot.generator
        return ids.completion_id(asked.model, self.messages, self.parameters, self.schema, self.sample, asked.names)

    @cached_property
    def fixed_parts(self) -> tuple[str, str]:
        """Return what it asks besides its messages, as canonical JSON: the parameters and the schema."""
        return ids.canonical_json(self.parameters), ids.canonical_json(self.schema)

    @property
    def calls(self) -> int:
        """Return how many calls its conversation still takes."""
        return 1 if self.list_request else self.slot.generator.turns - self.turn

    @property
    def rows(self) -> int:
        """Return how many rows it asks for; 0 for a list request and for a judge."""
        return 0 if self.list_request or isinstance(self.slot, JudgeSlot) else self.slot.generator.rows_per_call

    @property
    def judged_rows(self) -> int:
        """Return how many rows it asks a judge about; 0 for any other prompt."""
        return len(self.context.variables.get("texts", ())) if isinstance(self.slot, JudgeSlot) else 0

    def continue_with(self, answer: str) -> "Prompt":
        """Return the next turn of the same conversation, after a model's answer to this one."""
        more = self.template.render("more", self.context.variables) or ""
        messages = [*self.messages, {"role": "assistant", "content": answer}, {"role": "user", "content": more}]
        parents = (*self.parents, self.completion_id)
        return replace(self, turn=self.turn + 1, messages=messages, parents=parents, list_request=None)

    def complete(self, answer: ProviderResponse) -> Completion:
        """Return the completion of this prompt with a provider's response."""
        return Completion(
            **self._identity,
            model_answered=answer.model,
            text=answer.text,
            finish_reason=answer.finish_reason,
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            tokens_cached=answer.tokens_cached,
            cost_usd=answer.cost_usd,
            response_id=answer.response_id,
            tokens_total=answer.tokens_total,
            other_fields=answer.other_fields,
        )

    def fail(self, failure: str, detail: str) -> Completion:
        """Return the record of a call that finally failed: a code, and the provider's message."""
        return Completion(
            **self._identity,
            model_answered=None,
            text=None,
            finish_reason=None,
            tokens_in=None,
            tokens_out=None,
            tokens_cached=None,
            cost_usd=None,
            response_id=None,
            failure=failure,
            failure_detail=detail,
        )

    @property
    def _identity(self) -> dict[str, Any]:
        """Return the columns of a completion that describe the request."""
        asked = {"prompt_id": self.id, "sample": self.sample, "model": self.slot.generator.model}
        parameters, schema = self.fixed_parts
        return {"completion_id": self.completion_id, **asked, "parameters": parameters, "schema": schema}


def request_of(prompt: Prompt) -> ListRequest:
    """Return the list request that a prompt sends; raise ValueError for a prompt that asks for rows."""
    if prompt.list_request is None:
        raise ValueError(f"prompt {prompt.id} asks for rows, not for a list")
    return prompt.list_request


def render_messages(template: Template, variables: dict[str, Any]) -> list[Message]:
    """Return the messages of a template: system, where it has that block, and user."""
    blocks = {"system": template.render("system", variables), "user": template.render("user", variables)}
    return [{"role": role, "content": text} for role, text in blocks.items() if text]


def to_frame(prompts: list[Prompt]) -> pl.DataFrame:
    """Return prompts as rows of the table ``prompts`` (columns: schemas.PROMPTS)."""
    return pl.DataFrame([_row(prompt) for prompt in prompts], schema=schemas.PROMPTS, orient="row")


def _row(prompt: Prompt) -> tuple:
    slot = prompt.slot
    return (
        prompt.completion_id,
        prompt.id,
        prompt.sample,
        slot.generator.title,
        slot.generator.strategy,
        prompt.template.path,
        prompt.template.sha256,
        slot.label,
        prompt.round,
        slot.index,
        prompt.turn,
        ids.canonical_json(prompt.context.variables),
        ids.canonical_json(prompt.messages),
        list(prompt.context.seed_row_ids),
        list(prompt.parents),
    )
