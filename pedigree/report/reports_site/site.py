"""A local web site of a workspace: a list of datasets, and of each version report, card, rows, rejects and changes.

The pages are untrusted: a content security policy in the header keeps them from the network, other pages and frames.
"""

from collections.abc import Callable
from urllib.parse import quote

from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pedigree.errors import PedigreeError
from pedigree.report.export.card import split_front_matter
from pedigree.report.reports_site.changes import OLDER, show_changes
from pedigree.report.reports_site.files import find_source, read_text
from pedigree.report.reports_site.heading import is_study_page, make_heading, mark_report
from pedigree.report.reports_site.history import show_history
from pedigree.report.reports_site.listing import list_datasets
from pedigree.report.reports_site.responses import (
    REPORT_POLICY,
    SecurityHeaders,
    answer_error,
    answer_page,
    render,
)
from pedigree.report.reports_site.row_search import read_query, search
from pedigree.report.reports_site.side_by_side import show_side_by_side
from pedigree.report.reports_site.study_cells import list_cells, show_cell_report, show_cells
from pedigree.workspace import Workspace

Trace = Callable[[str, str, str | None], str]  # the dataset, a row's id, and a commit or None -> its chain as text


def build_site(workspace: Workspace, trace: Trace) -> Starlette:
    """Return the site of a workspace's reports, GET only: ``/``, and pages of a dataset below ``/NAME/``.

    NAME is a dataset (the files of the workspace) or ``DATASET@vX.Y.Z``. Requests with a host name of another machine
    are refused, so that no page of another site can read it.
    """

    def show_list(request: Request) -> Response:
        values = {"datasets": list_datasets(workspace), "root": workspace.root.name}
        return answer_page(request, render("reports.html.j2", values))

    def go_to_report(request: Request) -> Response:
        name = request.path_params["name"]
        find_source(workspace, name)  # a name that is none has no address to go to
        return RedirectResponse(f"/{quote(name, safe='@')}/report.html", 302)

    def show_report(request: Request) -> Response:
        source = find_source(workspace, request.path_params["name"])
        text, heading = read_text(source, "report.html"), make_heading(source)
        if is_study_page(text):
            listed = bool(list_cells(workspace, source.dataset))
            links = render("study_links.html.j2", {"heading": heading, "cells": False, "listed": listed})
        else:
            links = render("report_links.html.j2", {"heading": heading})
        return answer_page(request, mark_report(text, heading, links), REPORT_POLICY)

    def show_card(request: Request) -> Response:
        source = find_source(workspace, request.path_params["name"])
        _, text = split_front_matter(read_text(source, "README.md"))
        body = MarkdownIt("js-default").render(text)  # this preset allows no HTML and no script URLs
        return answer_page(request, render("card_page.html.j2", {"heading": make_heading(source), "body": body}))

    def show_rows(request: Request) -> Response:
        source, kind = find_source(workspace, request.path_params["name"]), request.url.path.rsplit("/", 1)[-1]
        found = search(source, read_query(kind, request.query_params))
        return answer_page(request, render("rows_page.html.j2", {"heading": make_heading(source), "found": found}))

    def show_chain(request: Request) -> Response:
        source, row_id = find_source(workspace, request.path_params["name"]), request.path_params["row_id"]
        text = trace(source.dataset, row_id[:100], source.commit)
        values = {"heading": make_heading(source), "row_id": row_id, "text": text}
        return answer_page(request, render("chain_page.html.j2", values))

    def show_diff(request: Request) -> Response:
        source = find_source(workspace, request.path_params["name"])
        heading, before = make_heading(source), request.query_params.get(OLDER)
        return answer_page(request, show_changes(source, heading, before))

    def show_two(request: Request) -> Response:
        return answer_page(request, show_side_by_side(workspace, request.query_params))

    def show_datasets(request: Request) -> Response:
        source = find_source(workspace, request.path_params["name"])
        return answer_page(request, show_cells(workspace, make_heading(source)))

    def show_dataset(request: Request) -> Response:
        source, cell = find_source(workspace, request.path_params["name"]), request.path_params["cell"]
        return answer_page(request, show_cell_report(workspace, make_heading(source), cell), REPORT_POLICY)

    def show_versions(request: Request) -> Response:
        source = find_source(workspace, request.path_params["name"])
        return answer_page(request, show_history(workspace, source.dataset), REPORT_POLICY)

    return Starlette(
        routes=[
            Route("/", show_list),
            Route("/compare", show_two),
            Route("/{name}", go_to_report),
            Route("/{name}/", go_to_report),
            Route("/{name}/report.html", show_report),
            Route("/{name}/README.md", show_card),
            Route("/{name}/rows", show_rows),
            Route("/{name}/rejects", show_rows),
            Route("/{name}/rows/{row_id}", show_chain),
            Route("/{name}/changes", show_diff),
            Route("/{name}/history", show_versions),
            Route("/{name}/datasets", show_datasets),
            Route("/{name}/datasets/{cell}/report.html", show_dataset),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"]),
            Middleware(GZipMiddleware),
        ],
        exception_handlers={
            PedigreeError: _answer_missing,
            FileNotFoundError: _answer_missing,
            HTTPException: _answer_refusal,
            Exception: _answer_fault,
        },
    )


def _answer_missing(request: Request, error: Exception) -> Response:
    return answer_error(404, str(error))


def _answer_refusal(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = answer_error(status, f"{request.method} {request.url.path[:200]}")
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _answer_fault(request: Request, error: Exception) -> Response:
    return answer_error(
        500, f"{type(error).__name__} at {request.url.path[:200]}. The terminal of the server says more."
    )
