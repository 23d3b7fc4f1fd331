"""An endpoint on loopback, in a process of its own: an answer of one row after so many seconds, 429 above a limit.

With ``spread=0.9`` each answer takes between 0.1 and 1.9 times the seconds, drawn evenly by the number of the request.

with serve(seconds=0.1, limit=32) as endpoint: ... endpoint.url ... endpoint.counts() ...
"""

import asyncio
import json
import multiprocessing
import random
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web


class Loopback:
    """Where the endpoint listens, and what it saw."""

    def __init__(self, port: int):
        self.url = f"http://127.0.0.1:{port}/v1"

    def counts(self) -> dict[str, float]:
        """Return and reset requests, refused, most in flight, and mean in flight while any was."""
        with urllib.request.urlopen(f"{self.url}/counts") as answer:
            return json.load(answer)


@contextmanager
def serve(
    seconds: float, limit: int | None = None, retry_after: float | None = None, spread: float = 0.0
) -> Iterator[Loopback]:
    """Serve in another process until the block ends."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, _Service(seconds, limit, retry_after, spread)), daemon=True)
    process.start()
    try:
        yield Loopback(here.recv())
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any, service: "_Service") -> None:
    asyncio.run(_listen(pipe, service))


class _Service:
    def __init__(self, seconds: float, limit: int | None, retry_after: float | None, spread: float):
        self.seconds, self.limit, self.retry_after, self.spread = seconds, limit, retry_after, spread
        self.in_flight, self.number, self.seen = 0, 0, 0.0
        self._reset()

    def _reset(self) -> None:
        self.requests = self.refused = self.most = 0
        self.area = self.busy = 0.0

    def _move(self, step: int) -> None:
        now = asyncio.get_running_loop().time()
        if self.in_flight:
            self.area += self.in_flight * (now - self.seen)
            self.busy += now - self.seen
        self.seen = now
        self.in_flight += step
        self.most = max(self.most, self.in_flight)

    async def complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests += 1
        self.number += 1
        if self.limit is not None and self.in_flight >= self.limit:
            self.refused += 1
            headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
            return web.json_response({"error": {"message": "too many at a time"}}, status=429, headers=headers)
        self._move(1)
        try:
            draw = random.Random(self.number).uniform(-self.spread, self.spread)
            await asyncio.sleep(self.seconds * (1 + draw))
        finally:
            self._move(-1)
        text = json.dumps({"rows": [{"text": f"row {self.number} of a made-up text that nobody wrote"}]})
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
        return web.json_response(
            {"id": f"r{self.number}", "object": "chat.completion", "created": 0, "model": body["model"],
             "choices": [choice], "usage": usage}
        )  # fmt: skip

    async def counts(self, _: web.Request) -> web.Response:
        mean = self.area / self.busy if self.busy else 0.0
        seen = {"requests": self.requests, "refused": self.refused, "most": self.most, "mean": round(mean, 1)}
        self._reset()
        return web.json_response(seen)


async def _listen(pipe: Any, service: _Service) -> None:
    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", service.complete), web.get("/v1/counts", service.counts)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    pipe.send(site._server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()
