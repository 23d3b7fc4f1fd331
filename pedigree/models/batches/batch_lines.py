"""The lines of a batch's files: requests as they are submitted, and what the provider says to each."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from pedigree.models.direct_calls import Received

URL = "/v1/chat/completions"
NOT_RUN = {"batch_expired", "batch_cancelled", "batch_failed"}  # codes of requests that the provider did not begin
UNSAID = 500  # the status of an error that names none: it may go well the next time


def write_request(completion_id: str, body: dict[str, Any]) -> bytes:
    """Return the line of a request; its body is that of a direct call."""
    line = {"custom_id": completion_id, "method": "POST", "url": URL, "body": body}
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


@dataclass
class BatchLines:
    """What the files of a batch say: ``outcomes`` by completion_id, and the lines that could not be used, by why."""

    outcomes: dict[str, Received] = field(default_factory=dict)
    not_run: set[str] = field(default_factory=set)
    odd: Counter[str] = field(default_factory=Counter)

    def list_missing(self, completion_ids: Iterable[str]) -> list[str]:
        """Return those of these requests about which no line says anything."""
        return [one for one in completion_ids if one not in self.outcomes and one not in self.not_run]

    def describe_odd(self) -> str:
        """Return what was odd about the lines, in words; an empty text if nothing was."""
        return ", ".join(
            f"{count:,} {'line' if count == 1 else 'lines'} {why}" for why, count in sorted(self.odd.items())
        )


def read_lines(content: bytes, known: Collection[str]) -> BatchLines:
    """Return what the lines of the output and error files of a batch say; ``known`` are its requests.

    Of two lines about one request, the first answer counts, without an answer the first line.
    """
    found = BatchLines()
    for line in filter(bytes.strip, content.split(b"\n")):
        try:
            said = json.loads(line)
            completion_id = said["custom_id"]
        except (ValueError, RecursionError, KeyError, TypeError):
            found.odd["that can't be read"] += 1
            continue
        if not isinstance(completion_id, str) or completion_id not in known:
            found.odd["about an unknown request"] += 1
            continue
        _note(found, completion_id, _read_outcome(said))
    found.not_run -= found.outcomes.keys()
    return found


def _note(found: BatchLines, completion_id: str, outcome: Received | None) -> None:
    before = found.outcomes.get(completion_id)
    if before is not None:
        found.odd["about a request that has one"] += 1
    if outcome is None:
        found.not_run.add(completion_id)
    elif before is None or (before.status_code != 200 and outcome.status_code == 200):
        found.outcomes[completion_id] = outcome


def _read_outcome(said: dict[str, Any]) -> Received | None:
    """Return the response in a line as a direct call receives it; None for a request that was not begun."""
    response, error = said.get("response"), said.get("error")
    if isinstance(response, dict) and isinstance(status := response.get("status_code"), int):
        return _receive(status, response.get("body"))
    code = error.get("code") if isinstance(error, dict) else None
    if code in NOT_RUN:
        return None
    status = error.get("status_code") if isinstance(error, dict) else None
    return _receive(status if isinstance(status, int) else UNSAID, {"error": error or "no response and no error"})


def _receive(status: int, body: Any) -> Received:
    text = body if isinstance(body, str) else json.dumps(body)
    return Received(status, httpx.Headers({"content-type": "application/json"}), text.encode("utf-8", "replace"))
