"""Converts LiteLLM's exceptions to the failures of call_errors.py."""

import re
import time
from email.utils import parsedate_to_datetime

from pedigree.models.call_errors import CallFailure, FatalError, PermanentError, TransientError
from pedigree.redaction import mask_secrets

FINAL_CODES = {"ContentPolicyViolationError": "content-filter", "ContextWindowExceededError": "too-long"}
FILTERED = re.compile(r"content[_ ](policy|filter|management)|safety system|moderation|flagged", re.I)
NO_QUOTA = re.compile(
    r"insufficient[_ ]quota|exceeded your current quota|billing|credit balance|payment required", re.I
)
TOO_LARGE = re.compile(r"request too large|tokens must be reduced", re.I)


def classify_error(error: Exception, model: str, timeout: float, title: str) -> CallFailure:
    """Return the CallFailure for LiteLLM's error in a call to ``model``, by the generator ``title``."""
    kind, status, says = type(error).__name__, getattr(error, "status_code", None), read_first_line(error)
    if kind in FINAL_CODES:
        return PermanentError(FINAL_CODES[kind], says)
    if status == 403 and FILTERED.search(str(error)):
        return PermanentError("content-filter", says)
    if status in {401, 403} or "Missing credentials" in says:
        return FatalError("wrong-key", says, f"check the provider's key in the environment for {model}")
    if status == 402 or (status == 429 and NO_QUOTA.search(str(error))):
        return FatalError("no-quota", says, "pay the provider or choose another model, then run again")
    if status == 404 or "LLM Provider NOT provided" in says:
        return FatalError("unknown-model", says, "correct 'model' in the recipe: PROVIDER/NAME as LiteLLM writes it")
    if kind == "UnsupportedParamsError":
        return FatalError("wrong-parameter", says, f"remove it from the parameters of generator {title!r}")
    if kind == "Timeout" or isinstance(error, TimeoutError):
        return TransientError("timeout", f"no answer within {timeout:g} s")
    if status == 429 and TOO_LARGE.search(str(error)):
        return PermanentError("too-long", says)
    if status == 429:
        return TransientError("rate-limit", says, _retry_after(error))
    if status in {503, 529}:
        return TransientError("overloaded", says, _retry_after(error))
    if status is None or status >= 500 or status in {408, 409, 425}:
        return TransientError("provider-error", says, _retry_after(error))
    return PermanentError("content-filter" if FILTERED.search(str(error)) else "refused-request", says)


def read_first_line(error: Exception) -> str:
    """Return what an error says, in a line, secrets masked."""
    return mask_secrets((str(error).strip().splitlines() or [type(error).__name__])[0])[:500]


def _retry_after(error: Exception) -> float | None:
    """Return the seconds that a provider asked to wait, in any form of the header, or None."""
    headers = getattr(error, "litellm_response_headers", None) or getattr(
        getattr(error, "response", None), "headers", {}
    )
    said = headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except (ValueError, TypeError):
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
