"""The server of the review page, for one sheet and one address of this machine.

Another site in the same browser must neither read rows nor decide on them. So every path begins with a random token;
the host name must be this machine's, with the port (a site that lets its name point here has another); and what is sent
must come from the page itself, by its origin. Rows are texts of a model: the page shows them as text, and its policy
lets no script run but its own.
"""

import json
import secrets
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pedigree.errors import PedigreeError
from pedigree.report.html import render_review_page
from pedigree.report.review_page.open_sheet import OpenSheet

MAX_BYTES = 64_000  # of a decision
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Handler = Callable[[Request], Awaitable[Response]]


def make_token() -> str:
    """Return a path that nobody can guess."""
    return secrets.token_urlsafe(24)


def build_review_site(sheet: OpenSheet, token: str, port: int) -> Starlette:
    """Return the site: ``/TOKEN/`` is the page, ``/TOKEN/sheet`` its rows; decisions are sent to two more paths."""
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    def guard(handle: Handler, sends: bool = False) -> Handler:
        async def answer(request: Request) -> Response:
            host = request.headers.get("host", "")
            if host not in hosts or not _equals(request.path_params["token"], token):
                raise HTTPException(404)
            site = request.headers.get("sec-fetch-site", "same-origin")
            if sends and (request.headers.get("origin") != f"http://{host}" or site != "same-origin"):
                raise HTTPException(403, "this request comes from another page")
            response = await handle(request)
            response.headers.update(HEADERS)
            return response

        return answer

    async def show_page(request: Request) -> Response:
        text, policy = render_review_page(sheet.job.recipe.language or "", sheet.job.dataset)
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    async def show_sheet(request: Request) -> Response:
        return JSONResponse(sheet.describe())

    async def decide(request: Request) -> Response:
        said = await _read_json(request)
        return JSONResponse({"line": sheet.decide(said.pop("id", ""), said)})

    async def undo(request: Request) -> Response:
        await _read_json(request)
        return JSONResponse({"line": sheet.undo()})

    return Starlette(
        routes=[
            Route("/{token}/", guard(show_page)),
            Route("/{token}/sheet", guard(show_sheet)),
            Route("/{token}/decide", guard(decide, sends=True), methods=["POST"]),
            Route("/{token}/undo", guard(undo, sends=True), methods=["POST"]),
        ],
        exception_handlers={PedigreeError: _format_error, HTTPException: _format_refusal},
    )


def _equals(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


async def _read_json(request: Request) -> dict[str, str]:
    """Return an object of texts; raise HTTPException for anything else."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise HTTPException(415, "expected application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise HTTPException(413, f"more than {MAX_BYTES:,} bytes")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "no JSON") from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise HTTPException(400, "expected an object of texts")
    return said


def _format_error(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400, headers=HEADERS)


def _format_refusal(request: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "error")
    return JSONResponse({"error": detail}, status, headers=HEADERS)
