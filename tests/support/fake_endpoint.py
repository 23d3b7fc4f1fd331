"""A scripted OpenAI-compatible endpoint on loopback: it answers as told, and remembers what it was asked.

with Endpoint() as endpoint:
    endpoint.script = [rows("a", "b"), error(429, retry_after=0)]   # then: what `answer` makes of the request
    generator = {"model": "openai/fake", "api_base": endpoint.url, ...}
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def rows(*texts: str, finish: str = "stop", **extra: Any) -> dict[str, Any]:
    """Return an answer that holds texts as rows."""
    return said(json.dumps({"rows": [{"text": text} for text in texts]}), finish, **extra)


def said(content: str | None, finish: str = "stop", **extra: Any) -> dict[str, Any]:
    """Return an answer with any content."""
    message = {"role": "assistant", "content": content}
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"status": 200, "body": {"object": "chat.completion", "choices": [choice], "usage": usage, **extra}}


def vectors(*lines: list[float] | None, indexes: list[int] | None = None, **extra: Any) -> dict[str, Any]:
    """Return an answer of an embedding model: a vector a text, in the order of the texts or as ``indexes`` say."""
    places = indexes or list(range(len(lines)))
    data = [{"object": "embedding", "index": at, "embedding": line} for at, line in zip(places, lines, strict=True)]
    usage = {"prompt_tokens": 7 * len(lines), "total_tokens": 7 * len(lines)}
    return {"status": 200, "body": {"object": "list", "data": data, "usage": usage, **extra}}


def count_letters(body: dict[str, Any]) -> dict[str, Any]:
    """Return how often the letters a to h stand in each text that is to be embedded, and 1."""
    return vectors(*([float(text.lower().count(letter)) for letter in "abcdefgh"] + [1.0] for text in body["input"]))


def error(status: int, message: str = "no", retry_after: float | None = None) -> dict[str, Any]:
    """Return an error as OpenAI sends it."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return {"status": status, "body": {"error": {"message": message, "type": "error"}}, "headers": headers}


DROP = {"drop": True}


class Endpoint:
    """Serves until the block ends. ``requests`` holds the bodies it got, in order; ``most_in_flight`` is the peak.

    A request for embeddings (its body has ``input``) is answered by ``count_letters`` if not scripted. An answer
    takes ``seconds``; what comes in above ``limit`` in flight gets 429 at once and counts as ``refused``.
    """

    def __init__(self, answer: Callable[[dict], dict] | None = None, seconds: float = 0.0, limit: int | None = None):
        self.script: list[dict | Callable[[dict], dict]] = []
        self.requests: list[dict[str, Any]] = []
        self.answer = answer or (lambda body: rows(f"row {len(self.requests)} of a made-up text that nobody wrote"))
        self.seconds, self.limit = seconds, limit
        self.in_flight = self.most_in_flight = self.refused = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "Endpoint":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.requests.append(body)
            if self.limit is not None and self.in_flight >= self.limit:
                self.refused += 1
                return error(429, "too many at a time")
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            step = self.script.pop(0) if self.script else count_letters if "input" in body else self.answer
        answer = step(body) if callable(step) else step
        time.sleep(self.seconds)
        with self._lock:
            self.in_flight -= 1
        return answer

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else an answer's body may wait 40 ms for the client to have its head

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body["authorization"] = self.headers.get("authorization")
                with suppress(ConnectionError):  # a client that gave up waiting
                    self._send(endpoint._next(body), body)

            def _send(self, answer, body):
                if answer.get("drop"):  # the connection is closed without an answer
                    self.close_connection = True
                    return
                content = {"id": f"r{len(endpoint.requests)}", "model": body["model"], "created": 0, **answer["body"]}
                data = answer["raw"] if "raw" in answer else json.dumps(content).encode()
                self.send_response(answer["status"])
                for name, value in {"content-type": "application/json", **answer.get("headers", {})}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                """Say nothing."""

        return Handler
