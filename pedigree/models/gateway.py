"""The gateway to models: every call for a text goes through it.

``offline/...`` and ``replay/...`` are custom providers of LiteLLM, any other model string is LiteLLM's own. One call is
one asking: retries are the caller's, and only there.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from pedigree.errors import PedigreeError
from pedigree.generation.asked_objects import holds_answer
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.ledger.completion import ProviderResponse
from pedigree.models.batches.batch_request import BatchRequest, Collected, check_provider, lack_batches
from pedigree.models.call_errors import (
    NO_MODEL_ANSWER,
    CallFailure,
    FatalError,
    StructuredOutputUnsupported,
    TransientError,
)
from pedigree.models.custom_provider import make_handler
from pedigree.models.direct_calls import DirectCalls, Received, RequestForm
from pedigree.models.litellm_library import LOADING, find_missing_keys, load_litellm, make_timeout
from pedigree.models.plain_answer import read_plain_answer
from pedigree.models.prices import FREE_PROVIDERS, PriceList
from pedigree.models.provider_errors import classify_error
from pedigree.models.provider_words import ProviderWords
from pedigree.models.raw_body import RawBody, is_web_page
from pedigree.models.refused_forms import RefusedForms
from pedigree.models.request_faults import Caller, refuses_structure
from pedigree.models.response_reader import Expected, is_error, read_body, read_response, read_text
from pedigree.recipe.asked_model import AskedModel
from pedigree.redaction import mask_secrets, name_secret_block

OWN_SERVERS = {"ollama", "ollama_chat", "hosted_vllm"}  # also without api_base
MAX_CHARS = 200  # of a body that an error quotes
# The forms in which a schema is sent, by a generator's ``structured``; where a server refuses one, the next is tried.
FORMS = {"auto": ("json_schema", None), "native": ("json_schema", "json_object"), "text": (None,)}


@dataclass
class Gateway:
    """Asks models on behalf of one job; LiteLLM is loaded when the first one is made (some seconds)."""

    job: Job

    def __post_init__(self):
        self._litellm = load_litellm()
        self._litellm.custom_provider_map = [
            {"provider": provider, "custom_handler": make_handler(self._litellm, self.job)}
            for provider in sorted(FREE_PROVIDERS)
        ]
        self._refused = RefusedForms(self.job.workspace.state)
        self.direct = DirectCalls(self._litellm)
        self.prices = PriceList(self._litellm)
        self._lacks_key = cache(lambda model: bool(find_missing_keys(model)))
        self.sent_by: Counter[str] = Counter()  # calls to remote models, by what sent them: direct, litellm, batch

    async def ask(self, prompt: Prompt, collected: Collected | None = None) -> ProviderResponse:
        """Ask a model once, or read what a batch brought for this prompt. Raises a CallFailure."""
        generator = prompt.slot.generator
        structure = collected.structure if collected else self._choose_form(generator)
        call, raw, expected = self._call_of(prompt, structure), RawBody(), self._expect(prompt)
        if _provider(generator) not in FREE_PROVIDERS:
            call["logger_fn"] = raw.note
        try:
            async with asyncio.timeout(generator.timeout + LOADING):  # the client's own counts from byte to byte
                form = self._find_form(prompt, call)
                self._count(generator, form, collected)
                if form is not None:
                    outcome = collected.received if collected else await self.direct.send(form, call)
                    if (answer := _read_plain(outcome, expected)) is not None:
                        return answer
                    call["client"] = self.direct.replay(form, outcome)
                response = await self._litellm.acompletion(**call)
            return read_response(response, raw.body, expected)
        except CallFailure:
            raise
        except Exception as error:
            if (own := _find_own(error)) is not None:
                raise own from error
            if (found := _read_unreadable(error, raw, expected)) is not None:
                return found
            failure = classify_error(error, Caller.of(generator))
            said = ProviderWords(error)
            if "response_format" in call and refuses_structure(said):
                raise self._refuse(call["response_format"]["type"], generator, said.sentence) from None
            # Without its cause: a traceback would show what is masked here.
            raise failure from None

    def knows_prices(self, generator: AskedModel) -> bool:
        """Return whether the cost of a call is known before and after it is made."""
        return self.price(generator, 1000, 1000) is not None

    def price(self, generator: AskedModel, tokens_in: int, tokens_out: int) -> float | None:
        """Return what so many tokens cost, in USD, or None where no price is known."""
        return self.prices.price(generator, tokens_in, tokens_out)

    def check_key(self, generator: AskedModel) -> None:
        """Raise FatalError if no provider serves the model or its API key is not in the environment."""
        if _provider(generator) in FREE_PROVIDERS:
            return
        try:
            provider = self._litellm.get_llm_provider(generator.model, api_base=generator.api_base)[1]
        except self._litellm.BadRequestError as error:
            raise FatalError(
                "unknown-model",
                f"{generator.model}: {ProviderWords(error).sentence}",
                "correct 'model' in the recipe: PROVIDER/NAME as LiteLLM writes it, offline/template or replay/FILE",
            ) from error
        if generator.batch:
            check_provider(generator, provider)
        if generator.api_base:
            return
        if missing := self.list_missing_keys(generator):
            raise FatalError(
                "no-key",
                f"{generator.model} needs {' and '.join(missing)}",
                f"export {missing[0]}=..., or keep it in the Prefect Secret block "
                f"{name_secret_block(missing[0])}, and run again",
            )

    def list_missing_keys(self, generator: AskedModel) -> list[str]:
        """Return the environment variables that a generator's model needs and that are not set."""
        return find_missing_keys(generator.model)

    def make_request(self, prompt: Prompt) -> BatchRequest:
        """Return the request of a prompt as a batch submits it: the one that a direct call sends."""
        structure = self._choose_form(prompt.slot.generator)
        call = self._call_of(prompt, structure)
        form = self._find_form(prompt, call)
        if form is None:
            raise lack_batches(prompt.slot.generator)
        return BatchRequest(form, structure, form.make_body(call["messages"]))

    def _call_of(self, prompt: Prompt, form: str | None) -> dict[str, Any]:
        generator = prompt.slot.generator
        call = {
            "model": generator.model,
            "messages": prompt.messages,
            "timeout": make_timeout(generator.timeout),
            "num_retries": 0,
            "max_retries": 0,
            **prompt.parameters,
        }
        if _provider(generator) in FREE_PROVIDERS:
            return {**call, "pedigree": {"prompt": prompt}}
        if generator.api_base:
            call["api_base"] = generator.api_base
            if self._lacks_key(generator.model):
                call["api_key"] = "none"  # a self-hosted server needs no key, its client wants one
        if form == "json_schema":
            schema = {"name": "rows", "schema": prompt.schema, "strict": True}
            call["response_format"] = {"type": form, "json_schema": schema}
        elif form == "json_object":  # as llama.cpp's server takes a schema
            call["response_format"] = {"type": form, "schema": prompt.schema}
        return call

    def _find_form(self, prompt: Prompt, call: dict[str, Any]) -> RequestForm | None:
        """Return the form in which a call is sent directly, or None if LiteLLM sends it."""
        generator = prompt.slot.generator
        if _provider(generator) in FREE_PROVIDERS:
            return None
        form = None
        if generator.transport == "auto":
            structure = call.get("response_format", {}).get("type")
            key = (generator.model, generator.api_base, call.get("api_key"), structure, *prompt.fixed_parts)
            form = self.direct.find_form(key, {name: value for name, value in call.items() if name != "logger_fn"})
        return form

    def _count(self, generator: AskedModel, form: RequestForm | None, collected: Collected | None) -> None:
        if collected and form is None:
            raise lack_batches(generator)  # nothing is sent for what a batch brought
        if _provider(generator) not in FREE_PROVIDERS:
            self.sent_by["batch" if collected else "litellm" if form is None else "direct"] += 1

    def _choose_form(self, generator: AskedModel) -> str | None:
        """Return the first form that is not refused, the last where all are."""
        if generator.structured == "auto" and not self._may_take_schema(generator):
            return None
        forms, native = FORMS[generator.structured], generator.structured == "native"
        holds = partial(self._refused.holds, generator.model, generator.api_base, of_this_run=native)
        return next((form for form in forms if form is None or not holds(form)), forms[-1])

    def _may_take_schema(self, generator: AskedModel) -> bool:
        """Return whether to try a schema: LiteLLM does not know what a server at an address of one's own can do."""
        own_server = generator.api_base is not None or _provider(generator) in OWN_SERVERS
        return own_server or self._litellm.supports_response_schema(generator.model)

    def _refuse(self, form: str, generator: AskedModel, says: str) -> CallFailure:
        """Remember that a server refused a form, and return what follows."""
        self._refused.add(generator.model, generator.api_base, form)
        if self._choose_form(generator) != form:
            return StructuredOutputUnsupported("no-structured-output", says)
        return FatalError("no-structured-output", says, f"set 'structured: text' for {generator.role}")

    def _expect(self, prompt: Prompt) -> Expected:
        generator = prompt.slot.generator
        return Expected(
            partial(self.price, generator),
            generator.prices is not None or generator.batch or _provider(generator) in FREE_PROVIDERS,
            lambda text, finish_reason: holds_answer(text, prompt, finish_reason),
        )


def remote_generators(generators: Iterable[AskedModel]) -> list[AskedModel]:
    """Return the generators whose models are called over the network."""
    return [generator for generator in generators if _provider(generator) not in FREE_PROVIDERS]


def _provider(generator: AskedModel) -> str:
    return generator.model.split("/", 1)[0]


def _read_plain(outcome: Received | Exception, expected: Expected) -> ProviderResponse | None:
    """Return the answer of a response that needs no interpretation by LiteLLM; None for any other outcome."""
    if isinstance(outcome, Exception) or outcome.status_code != 200:
        return None
    return read_plain_answer(outcome.content, expected)


def _read_unreadable(error: Exception, raw: RawBody, expected: Expected) -> ProviderResponse | None:
    """Return the answer in a body that LiteLLM can't read: it came, so it may be paid for. None if there is no body.

    Raises TransientError for a body that is no answer of a model: empty, a web page, or an object without any part of
    an answer. An object that is an error is left to its words.
    """
    text = raw.find_text(error)
    if text is None or (raw.body is not None and is_error(raw.body)):
        return None
    found = read_body(raw.body, expected) if raw.body is not None else None
    if found is None and (raw.body is not None or not text.strip() or is_web_page(text)):
        said = mask_secrets(" ".join(text.split()))[:MAX_CHARS] or "an empty body"
        raise TransientError(NO_MODEL_ANSWER, f"status 200 and no answer: {said}", may_be_charged=True) from None
    return found or read_text(text, expected)


def _find_own(error: BaseException | None) -> PedigreeError | None:
    """Return the error of a local model that LiteLLM wrapped into one of its own."""
    while error is not None:
        if isinstance(error, PedigreeError):
            return error
        error = error.__cause__ or error.__context__
    return None
