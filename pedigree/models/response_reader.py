"""Reads the responses that LiteLLM returns for a call."""

from collections.abc import Callable
from typing import Any

from pedigree.ledger.completion import ProviderResponse


def read_response(response: Any, model: str, price: Callable[[int, int], float | None] | None) -> ProviderResponse:
    """Return what a response says; one without choices is an answer without text, which was paid for.

    ``price`` returns the USD of tokens in and out; without it, LiteLLM's own figure is taken.
    """
    choice = response.choices[0] if getattr(response, "choices", None) else None
    message = getattr(choice, "message", None)
    declined = (getattr(message, "provider_specific_fields", None) or {}).get("refusal")
    usage = getattr(response, "usage", None)
    tokens_in, tokens_out, tokens_total = _read_tokens(usage)
    cost = None
    if tokens_in is not None and tokens_out is not None:
        cost = price(tokens_in, tokens_out) if price else response._hidden_params.get("response_cost")
    return ProviderResponse(
        text=_mend_surrogates(getattr(message, "content", None) or declined or ""),
        finish_reason="refusal" if declined else getattr(choice, "finish_reason", None) or "unknown",
        model=response.model or model,
        response_id=response.id,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None),
        cost_usd=cost,
        tokens_total=tokens_total,
    )


def _read_tokens(usage: Any) -> tuple[int | None, int | None, int | None]:
    """Return tokens in, out, and the total where a part is unknown. LiteLLM has 0 where a provider reports nothing."""
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    tokens_in, tokens_out, total = (_read_count(getattr(usage, name, None)) for name in names)
    if total and tokens_in and tokens_out is None and total >= tokens_in:
        tokens_out = total - tokens_in
    elif total and tokens_out and tokens_in is None and total > tokens_out:
        tokens_in = total - tokens_out
    return tokens_in, tokens_out, total if tokens_in is None or tokens_out is None else None


def _read_count(value: Any) -> int | None:
    """Return a number of tokens; None for 0, which stands for unknown too."""
    return int(value) if isinstance(value, int | float) and value > 0 else None


def _mend_surrogates(text: str) -> str:
    """Return text that is valid Unicode: a lone half of a surrogate pair can be kept in no file."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
