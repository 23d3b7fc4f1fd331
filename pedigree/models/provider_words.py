"""Reads what a provider said in an error: the sentence for the user, and all of it for what is looked up in it."""

import ast
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from pedigree.redaction import mask_secrets

MAX_CHARS = 500
MAX_STARTS = 3  # brackets at which a body may begin
LITELLMS = re.compile(r"^(?:(?:litellm\.)?\w+Error: )*(?:\w+(?:Exception|Error)(?: \w+Error)? ?- )?")
QUOTED = re.compile(r"(['\"`])[^'\"`]{40,}\1")
# Of a client library: "ssl:default", the TLS settings of a connection; and what Python prints of an object or a class.
INNER = re.compile(r" ?\bssl:(?:<[^<>]*>|default|True|False|None)|<class '[\w.]+'>|<[\w.]+ object(?: at 0x[0-9a-f]+)?>")
SENTENCES = ("message", "msg", "detail", "error", "errors", "error_description")
CODES = ("code", "type", "status", "param", "reason")


@dataclass(frozen=True)
class ProviderWords:
    """What a provider said in an error that LiteLLM raised."""

    error: Exception

    @property
    def status(self) -> int | None:
        """Return the HTTP status; None without a response."""
        return getattr(self.error, "status_code", None)

    @cached_property
    def sentence(self) -> str:
        """Return the provider's own message on one line, with secrets masked."""
        said = " ".join(INNER.sub("", _find_sentence(self._body) or self._text).split())
        return mask_secrets(said or type(self.error).__name__)[:MAX_CHARS]

    @cached_property
    def subject(self) -> str:
        """Return the message and the error's codes, without long quotations: they may be of the prompt."""
        return QUOTED.sub("", " ".join([self.sentence, *_find_codes(self._body)]))

    @cached_property
    def all(self) -> str:
        """Return everything that was said."""
        return f"{self.error} {json.dumps(self._body, default=str)}"

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the headers of the response, their names in lower case."""
        response = getattr(self.error, "response", None)
        headers = getattr(self.error, "litellm_response_headers", None) or getattr(response, "headers", None) or {}
        return {str(name).lower(): str(value) for name, value in dict(headers).items()}

    @cached_property
    def _text(self) -> str:
        text = str(self.error).strip()
        return LITELLMS.sub("", text, count=1) or text

    @cached_property
    def _body(self) -> Any:
        """Return the JSON of the response, or None."""
        return getattr(self.error, "body", None) or _read_body(self._text)


def _read_body(text: str) -> Any:
    """Return the first JSON object or list in a text, also as Python prints one; None if there is none."""
    for start in islice(re.finditer(r"[{\[]", text), MAX_STARTS):
        with suppress(ValueError):
            return json.JSONDecoder(strict=False).raw_decode(text, start.start())[0]
        with suppress(ValueError, SyntaxError):
            return ast.literal_eval(text[start.start() :])
    return None


def _find_sentence(body: Any) -> str:
    """Return the message in a body of any usual form; an empty text if there is none."""
    if isinstance(body, str):
        return _find_sentence(_read_body(body)) or body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_find_sentence, body)))
    if not isinstance(body, dict):
        return ""
    said = next(filter(None, (_find_sentence(body.get(name)) for name in SENTENCES)), "")
    place = body.get("loc")  # of a parameter, as FastAPI names it
    if isinstance(place, list):
        said = f"{'.'.join(map(str, place))}: {said}"
    metadata = body.get("metadata")  # OpenRouter: what the provider behind it said
    behind = _find_sentence(metadata.get("raw")) if isinstance(metadata, dict) else ""
    return f"{said}: {behind}" if behind else said


def _find_codes(body: Any) -> list[str]:
    if isinstance(body, list):
        return [code for one in body for code in _find_codes(one)]
    if not isinstance(body, dict):
        return []
    codes = [str(body[name]) for name in CODES if isinstance(body.get(name), str)]
    return [*codes, *_find_codes(body.get("error"))]
