"""OpenAI's files and batches: the few requests that submit a batch, ask for it, and fetch what it brought.

They are sent like direct calls: to the address and with the key of the chat completions that LiteLLM makes, over
LiteLLM's HTTP client.
"""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from pedigree.ledger.batch_journal import Submission
from pedigree.models.call_errors import CallFailure, FatalError
from pedigree.models.direct_calls import DirectCalls, RequestForm
from pedigree.models.litellm_library import make_timeout
from pedigree.models.provider_errors import classify_error
from pedigree.models.request_faults import Caller

log = logging.getLogger("pedigree")

WINDOW = "24h"
MARK = "pedigree"  # the key of the metadata that holds a submission's id
ENDED = {"completed", "failed", "expired", "cancelled"}
SECONDS, UPLOAD_SECONDS = 60.0, 900.0  # that one request may take; from byte to byte
PAGE, MAX_PAGES = 100, 100  # of the list of batches
NO_API = {404, 405, 501}  # of a request to which no id belongs
OF_CHAT = ("content-", "accept", "host", "connection", "x-stainless-")  # headers of the recorded request alone
NONE_THERE = "this server has no batch API (files and batches, as OpenAI has them)"


class ServerSaid(Exception):
    """A response with a status that is no success, in the form that ``classify_error`` reads."""

    def __init__(self, response: httpx.Response):
        super().__init__(response.text[:2000])
        self.response, self.status_code = response, response.status_code
        try:
            self.body: Any = response.json()
        except ValueError:
            self.body = None


class Gone(CallFailure):
    """The server does not know a batch or a file, or not any more."""


class TooLarge(CallFailure):
    """The server refuses a file for its size."""


@dataclass(frozen=True)
class BatchApi:
    """The batch API of the server that a form's requests go to. Each method raises CallFailure."""

    direct: DirectCalls
    form: RequestForm
    caller: Caller

    @property
    def server(self) -> str:
        """Return the server's address."""
        return str(self.form.url).removesuffix("/chat/completions")

    async def upload(self, lines: bytes) -> str:
        """Send a file of requests; return its id."""
        files = {"file": ("requests.jsonl", lines, "application/jsonl")}
        try:
            response = await self._send("POST", "/files", UPLOAD_SECONDS, data={"purpose": "batch"}, files=files)
        except Gone as error:
            raise self._find_no_api(error.detail) from None
        return self._read_id(response, "file")

    async def create(self, submission: Submission) -> str:
        """Make a batch of a submission's file; return its id."""
        asked = {
            "input_file_id": submission.input_file_id,
            "endpoint": "/v1/chat/completions",
            "completion_window": WINDOW,
            "metadata": {MARK: submission.id},
        }
        try:
            return self._read_id(await self._send("POST", "/batches", json=asked), "batch")
        except Gone as error:
            raise self._find_no_api(error.detail) from None

    async def get(self, batch_id: str) -> dict[str, Any]:
        """Return a batch as the server sees it. Raises Gone."""
        return self._read_object(await self._send("GET", f"/batches/{batch_id}"))

    async def find(self, submission: Submission) -> str | None:
        """Return the id of the batch that was made of a submission, or None. Raises Gone."""
        async for batch in self._list():
            metadata = batch.get("metadata")
            marked = isinstance(metadata, dict) and metadata.get(MARK) == submission.id
            same_file = submission.input_file_id and batch.get("input_file_id") == submission.input_file_id
            if (marked or same_file) and isinstance(batch.get("id"), str):
                return batch["id"]
        return None

    async def fetch(self, file_id: str) -> bytes:
        """Return the content of a file. Raises Gone."""
        return (await self._send("GET", f"/files/{file_id}/content", UPLOAD_SECONDS)).content

    async def _list(self) -> AsyncIterator[dict[str, Any]]:
        after: dict[str, Any] = {}
        for _ in range(MAX_PAGES):
            page = self._read_object(await self._send("GET", "/batches", params={"limit": PAGE, **after}))
            batches = [one for one in page.get("data") or [] if isinstance(one, dict)]
            for batch in batches:
                yield batch
            if not page.get("has_more") or not batches:
                return
            after = {"after": batches[-1].get("id")}

    async def _send(self, method: str, path: str, seconds: float = SECONDS, **content: Any) -> httpx.Response:
        headers = {name: value for name, value in self.form.headers.items() if not name.lower().startswith(OF_CHAT)}
        url = self.form.url.copy_with(path=self.form.url.path.removesuffix("/chat/completions") + path)
        try:
            client = self.direct.get_client(self.form)
            response = await client.request(method, url, headers=headers, timeout=make_timeout(seconds), **content)
            if response.is_success:
                return response
            raise ServerSaid(response)
        except ServerSaid as error:
            raise self._classify(error) from None
        except Exception as error:
            raise classify_error(error, self.caller) from None

    def _classify(self, error: ServerSaid) -> CallFailure:
        failure = classify_error(error, self.caller)
        if error.status_code in NO_API:
            return Gone("gone", failure.detail)
        too_large = "too large" in failure.detail.lower() or "maximum" in failure.detail.lower()
        if error.status_code == 413 or (error.status_code == 400 and too_large):
            return TooLarge("too-large", failure.detail)
        return failure

    def _find_no_api(self, says: str) -> FatalError:
        hint = f"set 'batch: false' for {self.caller.where}"
        return FatalError("no-batches", f"{self.server}: {NONE_THERE}: {says}", hint)

    def _read_id(self, response: httpx.Response, what: str) -> str:
        found = self._read_object(response).get("id")
        if not isinstance(found, str) or not found:
            raise self._find_no_api(f"the answer names no id of a {what}")
        return found

    def _read_object(self, response: httpx.Response) -> dict[str, Any]:
        try:
            body = json.loads(response.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self._find_no_api("no JSON object came")
        return body
