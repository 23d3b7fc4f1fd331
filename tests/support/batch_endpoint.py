"""The scripted endpoint with OpenAI's files and batches: uploaded, validated, worked on, ended as told.

with BatchEndpoint() as endpoint:
    endpoint.plan = [{"status": "expired", "share": 0.5}, {"errors": 0.05}]   # of the first batches; then: all is done

A plan may say: ``status`` of the end, ``share`` of the requests that are answered before it, ``errors``: share of lines
with an error and its ``code`` (500), ``refused``: the errors list of a batch that is not taken, ``looks``: how often it
is seen in progress, ``edit``: what becomes of the lines of the output file.
"""

import json
import math
import re
import threading
from collections import Counter
from contextlib import suppress
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.fake_endpoint import Endpoint


class BatchEndpoint(Endpoint):
    """``answered`` counts by custom_id what was answered with status 200; ``batches`` and ``files`` are what it has.

    ``faults`` are answers of the next requests by path (``{"GET /batches": [error(500)]}``), ``max_bytes`` of a file.
    """

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self.plan: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.answered: Counter[str] = Counter()
        self.bodies: dict[str, dict[str, Any]] = {}  # custom_id -> the body of its last line
        self.faults: dict[str, list[dict[str, Any]]] = {}
        self.max_bytes: int | None = None
        self.held = False  # no batch ends
        self.calls: list[str] = []
        self.sees_metadata = True
        self._api = threading.RLock()

    def list_inputs(self) -> list[list[str]]:
        """Return the custom_ids of each batch, in the order in which they were made."""
        return [[one["custom_id"] for one in self._lines(batch["input_file_id"])] for batch in self.batches.values()]

    def handle(self, method: str, path: str, query: dict[str, str], content: bytes, kind: str) -> tuple[int, Any]:
        """Return status and body of a request about files and batches."""
        with self._api:
            self.calls.append(f"{method} {path}")
            for name, faults in self.faults.items():
                if f"{method} {path}".startswith(name) and faults:
                    fault = faults.pop(0)
                    return fault["status"], fault["body"]
            if (method, path) == ("POST", "/files"):
                return self._upload(content, kind)
            if (method, path) == ("POST", "/batches"):
                return self._create(json.loads(content))
            if (method, path) == ("GET", "/batches"):
                return self._list(query)
            if found := re.fullmatch(r"/batches/([^/]+)", path):
                batch = self.batches.get(found[1])
                return (200, self._show(batch)) if batch else _no("no such batch")
            if found := re.fullmatch(r"/files/([^/]+)/content", path):
                return (200, self.files[found[1]]) if found[1] in self.files else _no("no such file")
            return _no("no such path")

    def _upload(self, content: bytes, kind: str) -> tuple[int, Any]:
        parts = BytesParser().parsebytes(f"content-type: {kind}\r\n\r\n".encode() + content).get_payload()
        fields = {one.get_param("name", header="content-disposition"): one.get_payload(decode=True) for one in parts}
        if fields["purpose"] != b"batch":
            return 400, {"error": {"message": "purpose"}}
        if self.max_bytes is not None and len(fields["file"]) > self.max_bytes:
            return 413, {"error": {"message": "the file is too large"}}
        name = f"file-{len(self.files)}"
        self.files[name] = fields["file"]
        return 200, {"id": name, "object": "file", "purpose": "batch", "bytes": len(fields["file"])}

    def _create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if (asked["endpoint"], asked["completion_window"]) != ("/v1/chat/completions", "24h"):
            return 400, {"error": {"message": "endpoint or window"}}
        plan = self.plan.pop(0) if self.plan else {}
        name, total = f"batch_{len(self.batches)}", len(self._lines(asked["input_file_id"]))
        self.batches[name] = {
            "id": name, "object": "batch", "status": "validating", "input_file_id": asked["input_file_id"],
            "metadata": asked["metadata"] if self.sees_metadata else None, "output_file_id": None,
            "error_file_id": None, "errors": None,
            "request_counts": {"total": total, "completed": 0, "failed": 0}, "plan": plan,
        }  # fmt: skip
        return 200, self._show(self.batches[name], looked=False)

    def _list(self, query: dict[str, str]) -> tuple[int, Any]:
        newest = [self._show(one, looked=False) for one in reversed(self.batches.values())]
        places = [place for place, one in enumerate(newest, 1) if one["id"] == query.get("after")]
        start = places[0] if places else 0
        page = newest[start : start + int(query["limit"])]
        return 200, {"object": "list", "data": page, "has_more": start + len(page) < len(newest)}

    def _show(self, batch: dict[str, Any], looked: bool = True) -> dict[str, Any]:
        """Return a batch as it is seen; one more look brings it on."""
        plan = batch["plan"]
        if looked and batch["status"] in {"validating", "in_progress"}:
            if plan.get("looks", 1) > 0 or self.held:
                plan["looks"] = plan.get("looks", 1) - 1
                batch["status"] = "in_progress"
            else:
                self._end(batch, plan)
        return {name: value for name, value in batch.items() if name != "plan"}

    def _end(self, batch: dict[str, Any], plan: dict[str, Any]) -> None:
        batch["status"] = plan.get("status", "completed")
        if "refused" in plan:
            batch |= {"status": "failed", "errors": {"object": "list", "data": plan["refused"]}}
            return
        lines = self._lines(batch["input_file_id"])
        done = math.ceil(len(lines) * plan.get("share", 1.0))
        wrong = math.ceil(done * plan.get("errors", 0))
        output, errors = [], []
        for place, line in enumerate(lines):
            self.bodies[line["custom_id"]] = line["body"]
            if place >= done:
                code = f"batch_{'cancelled' if batch['status'] == 'cancelled' else 'expired'}"
                errors.append(_line(line, None, {"code": code, "message": "not executed in time"}))
            elif place < wrong:
                status = plan.get("code", 500)
                says = {"error": {"message": plan.get("says", "internal error"), "type": "error"}}
                errors.append(_line(line, {"status_code": status, "body": says}))
            else:
                said = self.answer(line["body"])
                body = {
                    "id": f"r-{line['custom_id'][:9]}",
                    "model": line["body"]["model"],
                    "created": 0,
                    **said["body"],
                }
                output.append(_line(line, {"status_code": said["status"], "body": body}))
                self.answered[line["custom_id"]] += said["status"] == 200
        batch["request_counts"] |= {"completed": len(output), "failed": len(errors)}
        output = plan["edit"](output) if "edit" in plan else output
        for name, content in (("output_file_id", output), ("error_file_id", errors)):
            if content:
                batch[name] = f"file-{len(self.files)}"
                self.files[batch[name]] = b"\n".join(content) + b"\n" * (not plan.get("torn"))

    def _lines(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[file].splitlines()]

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint, chat = self, super()._make_handler()

        class Handler(chat):
            def do_GET(self):
                self._serve("GET")

            def do_POST(self):
                if self.path.endswith("/chat/completions"):
                    super().do_POST()
                else:
                    self._serve("POST")

            def _serve(self, method):
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                path, _, query = self.path.removeprefix("/v1").partition("?")
                fields = dict(one.split("=", 1) for one in query.split("&") if one)
                status, body = endpoint.handle(method, path, fields, content, self.headers.get("content-type", ""))
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                with suppress(ConnectionError):
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

        return Handler


def _line(asked: dict[str, Any], response: dict[str, Any] | None, error: dict[str, Any] | None = None) -> bytes:
    said = {"id": "batch_req_1", "custom_id": asked["custom_id"], "response": response, "error": error}
    return json.dumps(said).encode()


def _no(message: str) -> tuple[int, Any]:
    return 404, {"error": {"message": message, "type": "invalid_request_error"}}
