"""Finds what in an account or a recipe makes a provider refuse every call, whatever the prompt, and what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pedigree.models.call_errors import FatalError
from pedigree.models.litellm_library import list_key_variables
from pedigree.models.provider_words import ProviderWords
from pedigree.recipe.asked_model import AskedModel

AGAIN = "then run again: what was received is kept and not paid for again"
NO_CREDIT = re.compile(
    r"insufficient[_ ](quota|balance|funds|credits?)|exceeded your current quota|credit balance|billing|arrear"
    r"|payment[_ ]required|(out of|no|more|not enough) credits|(usage|spend|spending|monthly) limits?\b"
    r"|account\b.{0,40}\b(suspended|deactivated|disabled|blocked|flagged|overdue|not active|good standing|on hold)",
    re.I,
)
EMPTY_ACCOUNT = re.compile(r"insufficient[_ ](quota|balance|funds|credits?)|credit balance|payment[_ ]required", re.I)
REGION = re.compile(
    r"\b(country|region|territory|location)\b.{0,60}\b(not|un)[ -]?(supported|available|allowed|enabled)"
    r"|unsupported_country|not available in your|(not|un)[ -]?(supported|available) in (this|your|the)\b.{0,30}region",
    re.I,
)
WRONG_KEY = re.compile(r"api[ _-]?key\b.{0,30}\b(not valid|invalid|expired|missing)|invalid[ _]api[ _-]?key", re.I)
PARAMETER = re.compile(
    r"\b(unsupported|unknown|unrecognized|unexpected|invalid|extra)( \w+)? (parameters?|arguments?|inputs?)\b"
    r"|unsupported_(parameter|value)|unknown_parameter|unsupported value|extra inputs? (is|are) not permitted"
    r"|use ['\"`]?max_completion_tokens",
    re.I,
)
MODEL = re.compile(
    r"\bmodel\b.{0,80}\b(not (be )?found|(does )?not exist|is invalid|is not (supported|available|loaded)|deprecated"
    r"|decommissioned|retired|no longer)|\b(unknown|invalid|unsupported|no such|not a valid) model\b|model_not_found"
    r"|no models? loaded",
    re.I,
)
CONTEXT = re.compile(
    r"context[ _](length|window|size|limit)|max_model_len|maximum (input|prompt|sequence|number of tokens)"
    r"|(prompt|input|request) (is )?too (long|large)|too many (input )?tokens|reduce the length|tokens must be reduced",
    re.I,
)
CONTEXT_TOKENS = re.compile(r"context[ _]?(?:length|window|size)\D{0,30}(\d[\d,]{2,})", re.I)
FILTERED = re.compile(r"content[_ ](policy|filter|management)|safety system|moderation|flagged", re.I)
STRUCTURE = re.compile(
    r"response_format|json[_ ]schema|structured[_ ]output|grammar|guided[_ ](json|decoding)|outlines", re.I
)
BAD_ANSWER = re.compile(r"json_validate_failed|failed to (generate|validate)|generated json", re.I)
OF_THE_PROMPT = re.compile(r"\bmessages?(\[|\.\d|\b.{0,20}\bcontent\b)|\bprompt\b", re.I)
INSTEAD = re.compile(r"use ['\"`]?(\w+)['\"`]? instead", re.I)
LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True)
class Caller:
    """Who calls a model, for messages: ``where`` is the place in the recipe that its settings come from."""

    model: str
    timeout: float
    where: str
    api_base: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, generator: AskedModel) -> "Caller":
        """Return the caller for a generator's calls."""
        where = f"{generator.role}"
        return cls(generator.model, generator.timeout, where, generator.api_base, generator.parameters)


def find_fault(said: ProviderWords, caller: Caller) -> FatalError | None:
    """Return the error that ends the run if a 4xx says that account, key, region, model or parameters are wrong."""
    if NO_CREDIT.search(said.subject):
        return no_credit(said)
    if REGION.search(said.subject):
        hint = f"use a region that the provider serves, or another provider: 'model' of {caller.where}, {AGAIN}"
        return FatalError("wrong-region", said.sentence, hint)
    if WRONG_KEY.search(said.subject):
        return wrong_key(said, caller)
    if CONTEXT.search(said.subject):
        return _find_large_limit(said, caller)
    if FILTERED.search(said.subject) or OF_THE_PROMPT.search(said.subject):
        return None
    named = _find_named(said, caller)
    if named or PARAMETER.search(said.subject):
        return FatalError("wrong-parameter", said.sentence, _advise_parameter(said, caller, named))
    return unknown_model(said, caller) if MODEL.search(said.subject) else None


def refuses_structure(said: ProviderWords) -> bool:
    """Return whether a server cannot answer in the form of a JSON schema, or cannot build the grammar for it."""
    passing = said.status in {402, 408, 429, 503, 529} or BAD_ANSWER.search(said.subject)
    other = passing or FILTERED.search(said.subject) or CONTEXT.search(said.subject)
    return not other and STRUCTURE.search(said.subject) is not None


def no_credit(said: ProviderWords) -> FatalError:
    """Return the error for an account that cannot pay."""
    return FatalError("no-quota", said.sentence, f"top up the account with the provider or raise its limit, {AGAIN}")


def wrong_key(said: ProviderWords, caller: Caller) -> FatalError:
    """Return the error for a key that the provider does not take."""
    return FatalError("wrong-key", said.sentence, _describe_key(caller))


def _describe_key(caller: Caller) -> str:
    """Return where the key of a caller's model comes from, whether it is there, and what to do."""
    found = list_key_variables(caller.model)
    if not found:
        return f"check the provider's key in the environment for {caller.model}, and what it may use"
    told = ", ".join(f"{name} is {'set' if is_set else 'not set'}" for name, is_set in found.items())
    usable = any(found.values())
    do = "check its value, and what the key may use" if usable else f"export {next(iter(found))}=..., then run again"
    return f"the key for {caller.model} comes from the environment, where {told}: {do}"


def unknown_model(said: ProviderWords, caller: Caller) -> FatalError:
    """Return the error for a model, or an address, that the provider does not have."""
    address = f", or 'api_base' ({caller.api_base})" if caller.api_base else ""
    hint = f"correct 'model' of {caller.where}, which is {caller.model} (PROVIDER/NAME as LiteLLM writes it){address}"
    return FatalError("unknown-model", said.sentence, hint)


def advise_size(caller: Caller) -> str:
    """Return what to do where prompt and answer do not fit into a model's context."""
    lower = " or ".join(f"lower 'parameters.{name}' (now {caller.parameters[name]})" for name in _limits_of(caller))
    lower = lower or "set 'parameters.max_tokens' to fewer tokens"
    return f"in {caller.where}, {lower}; or ask for less in a call (rows_per_call, shots)"


def _find_large_limit(said: ProviderWords, caller: Caller) -> FatalError | None:
    """Return the error for an answer that is to be as long as the context, so that no prompt fits besides."""
    found = CONTEXT_TOKENS.search(said.subject)
    context = int(found[1].replace(",", "")) if found else None
    wanted = [caller.parameters[name] for name in _limits_of(caller)]
    if context is None or not any(isinstance(tokens, int) and tokens >= context for tokens in wanted):
        return None
    return FatalError("too-long", said.sentence, advise_size(caller))


def _limits_of(caller: Caller) -> list[str]:
    return [name for name in LIMITS if caller.parameters.get(name)]


def _find_named(said: ProviderWords, caller: Caller) -> list[str]:
    """Return the recipe's parameters that a provider names."""
    return [name for name in caller.parameters if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said.subject)]


def _advise_parameter(said: ProviderWords, caller: Caller, named: list[str]) -> str:
    instead = INSTEAD.search(said.subject)
    if instead and instead[1] in LIMITS:
        named = named or _limits_of(caller)
    if not named:
        return f"look at 'parameters' of {caller.where}: they are sent with each call"
    keys = " and ".join(f"'parameters.{name}' (now {caller.parameters[name]!r})" for name in named)
    if instead and instead[1] not in named:
        return f"in {caller.where}, write 'parameters.{instead[1]}' in place of {keys}"
    return f"in {caller.where}, change or remove {keys}"
