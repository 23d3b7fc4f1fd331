"""Builds the prompts of slots, and of the lists that some generators request first."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pedigree import ids
from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.failures.loop import FailureLoop
from pedigree.generation.list_requests import MAX_TRIES, Key, ListRequest, ListResult
from pedigree.generation.prompts import Message, Prompt, render_messages, request_of
from pedigree.generation.row_schema import row_schema
from pedigree.generation.slots import PromptContext, Slot, SlotContext
from pedigree.generation.strategies import build_context, find_slot_context, name_list_scope
from pedigree.generation.templates import ENDS, Template, find_template
from pedigree.job import Job
from pedigree.recipe.generator import Generator

log = logging.getLogger("pedigree")


class PromptBuilder:
    """Builds the prompts of slots and numbers the samples of equal ones; the same calls give the same numbers.

    Some generators first ask a model for a list (topics, attributes): send ``pending_requests`` and record each answer
    until there are none, then ``build``.
    """

    def __init__(self, job: Job, failures: FailureLoop | None = None):
        """Begin before the first round; ``failures`` says what failure-driven rounds ask for, None: plain prompts."""
        self._job, self._failures = job, failures
        self._templates: dict[tuple[str | bool, ...], Template] = {}
        self._samples: dict[str, int] = {}
        self._stratum_of: dict[str, str] = {}
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
        context = build_context(self._job, replace(slot, context=self._find_context(slot)))
        template = self._find_template(generator.template_path, context.variables)
        messages = render_messages(template, context.variables)
        if generator.turns > 1 and template.render("more", context.variables) is None:
            raise RecipeError(
                f"{template.path}: no block 'more'", hint=f"add one, or set turns of {generator.title!r} to 1"
            )
        first = self._stratum_of.setdefault(ids.prompt_id(messages), slot.stratum)
        if first != slot.stratum:
            raise RecipeError(
                f"{template.path} says the same for the labels {first!r} and {slot.stratum!r}",
                expected=f"a prompt that states its label or definition{', and its language' * bool(slot.language)}",
            )
        sample = self._count_sample(generator, messages, parameters)
        schema = row_schema(self._job, generator.rows_per_call, context.variables.get("order", ()))
        return Prompt(slot, 0, round_, sample, messages, context, template, parameters, schema, context.parents)

    def _find_template(self, path: str, variables: Iterable[str]) -> Template:
        """Return the template of a prompt with these variables, read once."""
        key = path, *(bool(told & set(variables)) for _, told in ENDS)
        if key not in self._templates:
            self._templates[key] = find_template(self._job.workspace, path, variables)
        return self._templates[key]

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
        tried = {"tries": len(unusable), "trouble": unusable[-1][1] if unusable else ""}
        context = PromptContext({**request.variables, "item": request.item, **tried})
        template = self._find_template(request.template, context.variables)
        messages = render_messages(template, context.variables)
        turn, parents = len(unusable), (*request.parents, *(id for id, _ in unusable[-1:]))
        slot = Slot(generator, request.label, request.place, language=request.language)
        sample = self._count_sample(generator, messages, parameters)
        return Prompt(
            slot, turn, round_, sample, messages, context, template, parameters, request.schema, parents, request
        )

    def _count_sample(self, generator: Generator, messages: list[Message], parameters: dict[str, Any]) -> int:
        asked = ids.sha256_of([generator.model, messages, parameters, *([generator.names] if generator.names else [])])
        self._samples[asked] = self._samples.get(asked, -1) + 1
        return self._samples[asked]
