"""Reads a plain answer: one choice with a text, known counts of tokens, and nothing that needs interpretation."""

import json
from typing import Any

from pedigree.ledger.completion import ProviderResponse
from pedigree.models.response_reader import Expected

FINISHED = {"stop", "length"}  # LiteLLM gives other reasons one of its own names
THINKS = ("think", "budget:")  # LiteLLM moves what these tags hold out of the content
PRICED_APART = ("prompt_tokens_details", "completion_tokens_details")  # with a price other than the rest


def read_plain_answer(content: bytes, expected: Expected) -> ProviderResponse | None:
    """Return the answer in the body of a response with status 200, or None if it is not plain."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.get("error"):
        return None
    tokens = _read_tokens(body.get("usage"), expected)
    text, finish_reason = _read_text(body.get("choices"))
    names = [body.get("id"), body.get("model")]
    if tokens is None or text is None or not all(isinstance(name, str) and name for name in names):
        return None
    return ProviderResponse(
        text=text,
        finish_reason=finish_reason,
        model=names[1],
        response_id=names[0],
        tokens_in=tokens[0],
        tokens_out=tokens[1],
        tokens_cached=tokens[2],
        cost_usd=expected.price(tokens[0], tokens[1]),
    )


def _read_text(choices: Any) -> tuple[str | None, str]:
    """Return the text of the one choice and why it ends; None for another form."""
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        return None, ""
    message, finish_reason = choices[0].get("message"), choices[0].get("finish_reason")
    if not isinstance(message, dict) or finish_reason not in FINISHED:
        return None, ""
    content = message.get("content")
    others = (value for name, value in message.items() if name not in {"content", "role"})
    if not isinstance(content, str) or not content.strip() or any(others) or message.get("role") != "assistant":
        return None, ""
    if "<" in content and any(f"<{tag}" in content for tag in THINKS):
        return None, ""
    return (content, finish_reason) if content.isascii() or _is_valid(content) else (None, "")


def _read_tokens(usage: Any, expected: Expected) -> tuple[int, int, int | None] | None:
    """Return tokens in, out and cached; None where a count is unknown or some have a price of their own."""
    if not isinstance(usage, dict):
        return None
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    if not all(type(count) is int and count > 0 for count in counts):
        return None
    details = [usage.get(name) for name in PRICED_APART]
    if any(detail is not None and not isinstance(detail, dict) for detail in details):
        return None
    if any(any(detail.values()) for detail in details if detail):
        return None
    cached = details[0].get("cached_tokens") if details[0] else None
    return counts[0], counts[1], cached


def _is_valid(text: str) -> bool:
    """Return whether a text is valid Unicode, without a lone half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
