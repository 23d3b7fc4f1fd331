"""Converts LiteLLM's exceptions to the failures of call_errors.py."""

import re

from pedigree.models.call_errors import REFUSED, CallFailure, FatalError, PermanentError, TransientError
from pedigree.models.error_chain import may_be_charged
from pedigree.models.named_wait import find_named_wait, find_reset
from pedigree.models.provider_words import ProviderWords
from pedigree.models.request_faults import (
    CONTEXT,
    EMPTY_ACCOUNT,
    FILTERED,
    NO_CREDIT,
    Caller,
    find_fault,
    no_credit,
    unknown_model,
    wrong_key,
)

FILTER, TOO_LONG = "content-filter", "too-long"
TOO_LARGE = re.compile(r"request too large|tokens must be reduced", re.I)
PASSING = {408, 409, 425}


def classify_error(error: Exception, caller: Caller) -> CallFailure:
    """Return the CallFailure for LiteLLM's error in a call."""
    said = ProviderWords(error)
    kind, status = type(error).__name__, said.status
    if kind == "Timeout" or isinstance(error, TimeoutError):
        return TransientError("timeout", f"no answer within {caller.timeout:g} s", may_be_charged=may_be_charged(error))
    if kind == "ContentPolicyViolationError" or (status == 403 and FILTERED.search(said.subject)):
        return PermanentError(FILTER, said.sentence)
    if kind == "UnsupportedParamsError":
        return FatalError("wrong-parameter", said.sentence, f"remove it from the parameters of {caller.where}")
    if "Missing credentials" in said.sentence:
        return wrong_key(said, caller)
    if "LLM Provider NOT provided" in said.sentence:
        return unknown_model(said, caller)
    if status == 429:
        return _classify_429(said)
    if status in {503, 529}:
        return TransientError("overloaded", said.sentence, _find_wait(said))
    if status is None or status >= 500 or status in PASSING:
        lost = may_be_charged(error)
        return TransientError("provider-error", said.sentence, _find_wait(said), may_be_charged=lost)
    return _classify_refusal(status, kind, said, caller)


def _classify_429(said: ProviderWords) -> CallFailure:
    """Return what follows from 429: a provider that names a wait has not run out of money."""
    if TOO_LARGE.search(said.subject):
        return PermanentError(TOO_LONG, said.sentence)  # more than the limit of a minute: no wait helps
    wait = find_named_wait(said.all, said.headers)
    if wait is None and not EMPTY_ACCOUNT.search(said.subject):
        wait = find_reset(said.headers)
    if wait is None and NO_CREDIT.search(said.subject):
        return no_credit(said)
    return TransientError("rate-limit", said.sentence, wait)


def _classify_refusal(status: int, kind: str, said: ProviderWords, caller: Caller) -> CallFailure:
    """Return what follows from a 4xx: a fault of every request, or a refusal of this one (see refusals.py)."""
    if status == 403 and (wait := _find_wait(said)) is not None:
        return TransientError("rate-limit", said.sentence, wait)
    if fault := find_fault(said, caller):
        return fault
    if status in {401, 403}:
        return wrong_key(said, caller)
    if status == 402:
        return no_credit(said)
    if status in {404, 410}:
        return unknown_model(said, caller)
    if kind == "ContextWindowExceededError" or status == 413 or CONTEXT.search(said.subject):
        return PermanentError(TOO_LONG, said.sentence)
    return PermanentError(FILTER if FILTERED.search(said.subject) else REFUSED, said.sentence)


def _find_wait(said: ProviderWords) -> float | None:
    return find_named_wait(said.all, said.headers)
