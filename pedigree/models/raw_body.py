"""The body that a provider sent, as LiteLLM hands it to a logger before it reads it."""

import json
from typing import Any


class RawBody:
    """Takes the body of one call. ``body`` is None until then, and where it is no JSON object."""

    def __init__(self):
        self.body: dict[str, Any] | None = None

    def note(self, details: dict[str, Any]) -> None:
        """Take what LiteLLM tells a ``logger_fn``: before a call, and after a response that is JSON."""
        if details.get("log_event_type") != "post_api_call":
            return
        try:
            sent = details.get("original_response")
            body = json.loads(sent) if isinstance(sent, str) else sent
        except (ValueError, RecursionError):
            return
        self.body = body if isinstance(body, dict) else None
