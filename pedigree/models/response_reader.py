"""Reads what a provider sent for a call: the response that LiteLLM returns, or the body where LiteLLM can't read it.

The text of an answer is its content. Where that is empty, it is the refusal, else the arguments of a tool or function
call, else the reasoning, if rows can be read there. Reasoning counts only if the model came to its end and the JSON
stands last. Whatever a message holds besides its content is kept as ``other_fields``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pedigree.dataset.rejects import UNREADABLE
from pedigree.ledger.completion import ProviderResponse

CUT = {"length", "content_filter"}  # finish_reason of an answer that ends before it is complete
CONTENT = {"content", "role"}
THOUGHTS = {"thinking", "reasoning"}  # types of a part of a content that is a list


@dataclass(frozen=True)
class Expected:
    """What a call is known to want: the price of its tokens, and whether a text has rows of its form.

    ``price`` returns the USD of tokens in and out; where it is not ``own_price``, LiteLLM's figure of a response comes
    first. ``holds_rows`` gets a text and a finish_reason.
    """

    price: Callable[[int, int], float | None]
    own_price: bool
    holds_rows: Callable[[str, str], bool]


def read_response(response: Any, body: dict[str, Any] | None, expected: Expected) -> ProviderResponse:
    """Return what a response says; one without choices is an answer without text, which was paid for.

    ``body`` is what the provider sent, if known: LiteLLM moves thoughts out of the content.
    """
    choice = response.choices[0] if getattr(response, "choices", None) else None
    dumped = [_flatten(one.message.model_dump()) for one in getattr(response, "choices", None) or []]
    message = dumped[0] if dumped else {}
    usage = getattr(response, "usage", None)
    tokens_in, tokens_out, tokens_total = _read_tokens(lambda name: getattr(usage, name, None))
    cost = None
    if tokens_in is not None and tokens_out is not None:
        told = response._hidden_params.get("response_cost")
        cost = expected.price(tokens_in, tokens_out) if expected.own_price else told
    thinks_in_content = bool(_read_content(_find_message(body or {}).get("content")).strip())
    text, finish_reason = _read_text(
        message, getattr(choice, "finish_reason", None) or "unknown", expected, thinks_in_content
    )
    return ProviderResponse(
        text=text,
        finish_reason=finish_reason,
        model=_read_name(response.model),
        response_id=_read_name(response.id),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None),
        cost_usd=cost,
        tokens_total=tokens_total,
        other_fields=_to_json(_list_other_fields(message) | ({"other_choices": dumped[1:]} if dumped[1:] else {})),
    )


def read_body(body: dict[str, Any], expected: Expected) -> ProviderResponse | None:
    """Return what a body says that LiteLLM can't read, or None for a body that is no answer; the body is kept whole."""
    if is_error(body) or not any(body.get(name) for name in ("id", "choices", "usage", "object")):
        return None
    usage = body.get("usage")
    tokens_in, tokens_out, tokens_total = _read_tokens(usage.get if isinstance(usage, dict) else {}.get)
    known = tokens_in is not None and tokens_out is not None
    reason = _find_choice(body).get("finish_reason")
    reason = reason if isinstance(reason, str) and reason else "unknown"
    text, finish_reason = _read_text(_find_message(body), reason, expected)
    if not text and not isinstance(body.get("choices"), list):
        finish_reason = UNREADABLE
    return ProviderResponse(
        text=text,
        finish_reason=finish_reason,
        model=_read_name(body.get("model")),
        response_id=_read_name(body.get("id")),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_usd=expected.price(tokens_in, tokens_out) if known else None,
        tokens_total=tokens_total,
        other_fields=_to_json({"body": body}),
    )


def read_text(body: str, expected: Expected) -> ProviderResponse:
    """Return an answer without text for a body that is no JSON object; the body is kept."""
    return ProviderResponse(
        text="",
        finish_reason=UNREADABLE,
        model=None,
        response_id=None,
        tokens_in=None,
        tokens_out=None,
        other_fields=_to_json({"body": body}),
    )


def is_error(body: dict[str, Any]) -> bool:
    """Return whether a body is an error that was sent with status 200."""
    error = body.get("error")
    told = isinstance(error, dict) and (error.get("message") or error.get("code") is not None)
    return bool(told or (error and not isinstance(error, dict)) or body.get("object") == "error")


def _find_choice(body: dict[str, Any]) -> dict[str, Any]:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else choices
    return first if isinstance(first, dict) else {}


def _find_message(body: dict[str, Any]) -> dict[str, Any]:
    """Return the message of a body's first choice, empty if there is none; ``text`` is where old servers have it."""
    choice = _find_choice(body)
    message = choice.get("message")
    if isinstance(message, dict):
        return message
    return {"content": message if isinstance(message, str) else choice.get("text")}


def _flatten(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with the fields that LiteLLM does not know beside those that it knows."""
    return (message.get("provider_specific_fields") or {}) | {
        key: value for key, value in message.items() if key != "provider_specific_fields"
    }


def _list_other_fields(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key not in CONTENT and value not in (None, "", [], {})}


def _read_text(
    message: dict[str, Any], finish_reason: str, expected: Expected, thinks_in_content: bool = False
) -> tuple[str, str]:
    """Return the text of an answer, and why it ends."""
    content, refusal = _read_content(message.get("content")), _find_refusal(message)
    if refusal:
        return _mend_surrogates(content or refusal), "refusal"
    if content.strip():
        return _mend_surrogates(content), finish_reason
    if (called := _read_calls(message)) and expected.holds_rows(called, finish_reason):
        return _mend_surrogates(called), finish_reason
    thought = next((message[key] for key in ("reasoning_content", "reasoning") if message.get(key)), None)
    if isinstance(thought, str) and not thinks_in_content and finish_reason not in CUT:
        ends_with_json = thought.rstrip(" \t\r\n`").endswith(("}", "]"))
        if ends_with_json and expected.holds_rows(thought, finish_reason):
            return _mend_surrogates(thought), finish_reason
    return _mend_surrogates(content), finish_reason


def _read_content(content: Any) -> str:
    """Return the text of a content: a text, a list of parts, or the JSON that was asked for, not written as a text."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        if all(isinstance(part, str) or (isinstance(part, dict) and "type" in part) for part in content):
            return "".join(part if isinstance(part, str) else _read_part(part) for part in content)
    elif isinstance(content, dict) and "type" in content and isinstance(content.get("text"), str):
        return _read_part(content)
    return json.dumps(content, ensure_ascii=False)


def _read_part(part: dict[str, Any]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) and part["type"] not in THOUGHTS else ""


def _find_refusal(message: dict[str, Any]) -> str:
    content = message.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    refusals = (one.get("refusal") for one in (message, *parts))
    return next((one for one in refusals if isinstance(one, str) and one), "")


def _read_calls(message: dict[str, Any]) -> str:
    """Return the arguments of the tool calls, or of the function call, one a line."""
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    functions = functions or [message.get("function_call")]
    said = [one.get("arguments") for one in functions if isinstance(one, dict)]
    return "\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in said if one)


def _to_json(fields: dict[str, Any]) -> str | None:
    """Return fields as JSON text that a file can hold; None if there are none."""
    if not fields:
        return None
    return _mend_surrogates(json.dumps(fields, sort_keys=True, ensure_ascii=False, default=str))


def _read_tokens(read: Callable[[str], Any]) -> tuple[int | None, int | None, int | None]:
    """Return tokens in, out, and the total where a part is unknown. LiteLLM has 0 where a provider reports nothing."""
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    tokens_in, tokens_out, total = (_read_count(read(name)) for name in names)
    if total and tokens_in and tokens_out is None and total >= tokens_in:
        tokens_out = total - tokens_in
    elif total and tokens_out and tokens_in is None and total > tokens_out:
        tokens_in = total - tokens_out
    return tokens_in, tokens_out, total if tokens_in is None or tokens_out is None else None


def _read_name(value: Any) -> str | None:
    """Return the name of a model or an answer; None where there is none, or something that is no text."""
    return value if isinstance(value, str) and value else None


def _read_count(value: Any) -> int | None:
    """Return a number of tokens; None for 0, which stands for unknown too."""
    return int(value) if isinstance(value, int | float) and value > 0 else None


def _mend_surrogates(text: str) -> str:
    """Return text that is valid Unicode: a lone half of a surrogate pair can be kept in no file."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
