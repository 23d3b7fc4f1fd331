"""Prompts: the messages sent to a model for a slot, with everything needed to build them again."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from pedigree import ids
from pedigree.dataset import schemas
from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.failures.loop import FailureLoop
from pedigree.generation.list_requests import MAX_TRIES, Key, ListRequest, ListResult
from pedigree.generation.row_schema import row_schema
from pedigree.generation.slots import JudgeSlot, PromptContext, Slot, SlotContext
from pedigree.generation.strategies import build_context, find_slot_context, name_list_scope
from pedigree.generation.templates import Template
from pedigree.job import Job
from pedigree.ledger.completion import Completion, ProviderResponse
from pedigree.recipe.generator import Generator

Message = dict[str, str]

log = logging.getLogger("pedigree")


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
        return len(self.context.variables["texts"]) if isinstance(self.slot, JudgeSlot) else 0

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


class PromptBuilder:
    """Builds the prompts of slots and numbers the samples of equal ones; the same calls give the same numbers.

    Some generators first ask a model for a list (topics, attributes): send ``pending_requests`` and record each answer
    until there are none, then ``build``.
    """

    def __init__(self, job: Job, failures: FailureLoop | None = None):
        """Begin before the first round; ``failures`` says what failure-driven rounds ask for, None: plain prompts."""
        self._job, self._failures = job, failures
        self._templates: dict[str, Template] = {}
        self._samples: dict[str, int] = {}
        self._label_of: dict[str, str] = {}
        self._asked: dict[tuple[Key, int], Prompt] = {}  # by request and try
        self._results: dict[Key, ListResult] = {}
        self._short: dict[Key, dict[str, str]] = {}  # items of lists that are too short, by their folded text
        self._unusable: dict[Key, list[tuple[str, str]]] = {}  # completion_id and reason of unusable answers

    def pending_requests(
        self, slots: Iterable[Slot], round_: int, parameters: Mapping[str, dict[str, Any]]
    ) -> list[Prompt]:
        """Return the prompts of the list requests that slots wait for and that can be built now.

        ``parameters`` are what each generator sends besides the messages. Raises ProviderError if MAX_TRIES answers to
        a request were unusable.
        """
        prompts = []
        for request in self.list_open_requests(slots):
            this = request.key, len(self._unusable.get(request.key, ()))
            if this not in self._asked:
                self._asked[this] = self._build_request(request, round_, parameters[request.generator.title])
            prompts.append(self._asked[this])
        return prompts

    def list_open_requests(self, slots: Iterable[Slot]) -> list[ListRequest]:
        """Return the list requests that slots wait for and that can be made now, each once."""
        wanted: dict[Key, ListRequest] = {}
        for slot in {name_list_scope(slot): slot for slot in slots}.values():
            found = self._find_context(slot)
            wanted |= {} if isinstance(found, SlotContext) else {request.key: request for request in found}
        return list(wanted.values())

    def record_answer(self, prompt: Prompt, text: str | None, finish_reason: str | None, failure: str | None) -> None:
        """Record the answer to a list request. Raises ProviderError if it finally failed."""
        request = request_of(prompt)
        if failure:
            raise ProviderError(
                f"{request.generator.model} gave no {request.item} list for generator "
                f"{request.generator.title!r}: {failure}",
                hint="run again with --retry-failed, give the list in the recipe, or choose another model",
            )
        values = request.read(text or "", finish_reason)
        if isinstance(values, str):
            unusable = self._unusable.setdefault(request.key, [])
            unusable.append((prompt.completion_id, values))
            self._record_short(request, text or "", finish_reason)
            if len(unusable) >= MAX_TRIES and (short := tuple(self._short.get(request.key, {}).values())):
                of = f"label {request.label!r}" if request.label else "the recipe"
                log.warning(
                    "%s: the %s list for %s has %d of %d items after %d answers; they are used",
                    request.generator.title, request.item, of, len(short), request.count, MAX_TRIES,
                )  # fmt: skip
                self._results[request.key] = ListResult(short[: request.count], prompt.completion_id)
        else:
            self._results[request.key] = ListResult(values, prompt.completion_id)

    def _record_short(self, request: ListRequest, text: str, finish_reason: str | None) -> None:
        """Keep the items of a list that is too short, for the case that no answer to the request suffices."""
        items = request.read_items(text, finish_reason)
        for item in items if isinstance(items, tuple) else ():
            self._short.setdefault(request.key, {}).setdefault(item.casefold(), item)

    def assume_answer(self, prompt: Prompt) -> None:
        """Record a placeholder answer, to find out how large the following prompts are."""
        request = request_of(prompt)
        self._results[request.key] = ListResult(request.assumed, prompt.completion_id)

    def build(self, slot: Slot, round_: int, parameters: dict[str, Any]) -> Prompt:
        """Return the first prompt of a slot.

        Raises RecipeError if the template is wrong, or two labels would get the same messages.
        """
        generator = slot.generator
        template = self.template(generator.template_path)
        context = build_context(self._job, replace(slot, context=self._find_context(slot)))
        messages = render_messages(template, context.variables)
        if generator.turns > 1 and template.render("more", context.variables) is None:
            raise RecipeError(
                f"{template.path}: no block 'more'", hint=f"add one, or set turns of {generator.title!r} to 1"
            )
        first = self._label_of.setdefault(ids.prompt_id(messages), slot.label)
        if first != slot.label:
            raise RecipeError(
                f"{template.path} says the same for the labels {first!r} and {slot.label!r}",
                expected="a prompt that states its label or definition",
            )
        sample = self._count_sample(generator, messages, parameters)
        schema = row_schema(self._job, generator.rows_per_call)
        return Prompt(slot, 0, round_, sample, messages, context, template, parameters, schema, context.parents)

    def template(self, path: str) -> Template:
        """Return a template, read once."""
        if path not in self._templates:
            self._templates[path] = Template(self._job.workspace, path)
        return self._templates[path]

    def _find_context(self, slot: Slot) -> SlotContext | list[ListRequest]:
        return find_slot_context(self._job, slot, self._results, self._failures)

    def _build_request(self, request: ListRequest, round_: int, parameters: dict[str, Any]) -> Prompt:
        generator, unusable = request.generator, self._unusable.get(request.key, [])
        if len(unusable) >= MAX_TRIES:
            of = f"label {request.label!r}" if request.label else "the recipe"
            raise ProviderError(
                f"{generator.model} gave no {request.item} list for {of} in {MAX_TRIES} answers; of the last, "
                f"{unusable[-1][0][:12]}: {unusable[-1][1]}",
                expected='{"items": [{"' + request.item + '": "..."}, ...]}',
                hint="give the list in the recipe, or choose another model; 'pedigree ledger show' shows the answers",
            )
        template = self.template(request.template)
        tried = {"tries": len(unusable), "trouble": unusable[-1][1] if unusable else ""}
        context = PromptContext({**request.variables, "item": request.item, **tried})
        messages = render_messages(template, context.variables)
        turn, parents = len(unusable), (*request.parents, *(id for id, _ in unusable[-1:]))
        slot = Slot(generator, request.label, request.place)
        sample = self._count_sample(generator, messages, parameters)
        return Prompt(
            slot, turn, round_, sample, messages, context, template, parameters, request.schema, parents, request
        )

    def _count_sample(self, generator: Generator, messages: list[Message], parameters: dict[str, Any]) -> int:
        asked = ids.sha256_of([generator.model, messages, parameters, *([generator.names] if generator.names else [])])
        self._samples[asked] = self._samples.get(asked, -1) + 1
        return self._samples[asked]


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
