"""Responses of the reports site: each one, errors too, has the headers that keep a page from the network.

A page is sent once: its ETag is a hash of its text, and a browser that has it already gets status 304.
"""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pedigree.report.html import make_environment, read_style

# The policy in the report itself allows scripts by hash; this one also restricts pages that were put in its place.
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)
PLAIN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": PLAIN_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TITLES = {404: "Not found", 405: "Not allowed", 500: "Something went wrong here"}


class SecurityHeaders:
    """Adds ``HEADERS`` to each response that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                set_already = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.lower().encode() not in set_already
                    ),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def render(template: str, values: dict[str, Any]) -> str:
    """Return a page of assets/ as HTML; texts are escaped."""
    return make_environment().get_template(template).render(**values, style=read_style("site.css"))


def answer_page(request: Request, text: str, policy: str = PLAIN_POLICY) -> Response:
    """Return a page, or status 304 where the browser has it already."""
    tag = f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Content-Security-Policy": policy}
    known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)


def answer_error(status: int, found: str) -> Response:
    """Return a page that says what was not found or not possible."""
    page = render("site_error.html.j2", {"title": TITLES.get(status, "Not possible"), "error": found})
    return HTMLResponse(page, status, headers=HEADERS)  # of status 500, no middleware adds any
