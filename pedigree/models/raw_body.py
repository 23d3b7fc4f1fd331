"""The body that a provider sent with status 200, as LiteLLM hands it to a logger, or as its errors quote it."""

import json
import re
from typing import Any

from pedigree.models.error_chain import walk, was_answered

QUOTED = re.compile(r"Empty or invalid response from LLM endpoint\. Received: (.*)\. Check the reverse proxy", re.S)
WEB_PAGE = re.compile(r"\s*['\"]?\s*(<!doctype|<html|<\?xml|<head|<body)", re.I)


class RawBody:
    """Takes the body of one call. ``body`` is None until then, and where it is no JSON object."""

    def __init__(self):
        self.body: dict[str, Any] | None = None
        self._text: str | None = None
        self._sends = False

    def note(self, details: dict[str, Any]) -> None:
        """Take what LiteLLM tells a ``logger_fn``: before a call, and after a response that has a body."""
        if details.get("log_event_type") != "post_api_call":
            self._sends = True
            return
        sent = details.get("original_response")
        self._text = sent if isinstance(sent, str) else None
        try:
            body = json.loads(sent) if isinstance(sent, str) else sent
        except (ValueError, RecursionError):
            return
        self.body = body if isinstance(body, dict) else None

    def find_text(self, error: Exception) -> str | None:
        """Return the body of a call that ended with status 200 and that LiteLLM can't read; None if there is none."""
        if not self._sends or not was_answered(error):
            return None
        if self._text is not None:
            return self._text
        for one in walk(error):
            if isinstance(one, json.JSONDecodeError):
                return one.doc
            if quoted := QUOTED.search(str(one)):
                return quoted[1]
        return None


def is_web_page(text: str) -> bool:
    """Return whether a body is a web page: it comes from a proxy or a wrong address, and is no answer of a model."""
    return WEB_PAGE.match(text) is not None
