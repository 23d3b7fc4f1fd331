"""A local web site of a workspace: a list of datasets, and the report, card, rows and rejects of each version.

The pages are untrusted: a content security policy in the header keeps them from the network, other pages and frames.
"""

from collections.abc import Callable
from typing import Any
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

from pedigree.dataset.label_evidence import collect_label_facts, describe_briefly
from pedigree.dataset.results import Manifest, read_result
from pedigree.errors import PedigreeError
from pedigree.report.export.card import split_front_matter
from pedigree.report.reports_site.files import find_source, read_manifest, read_text
from pedigree.report.reports_site.responses import (
    REPORT_POLICY,
    SecurityHeaders,
    answer_error,
    answer_page,
    render,
)
from pedigree.report.reports_site.row_search import read_query, search
from pedigree.versions.versions import Version, list_versions
from pedigree.workspace import Workspace

Trace = Callable[[str, str, str | None], str]  # the dataset, a row's id, and a commit or None -> its chain as text


def build_site(workspace: Workspace, trace: Trace) -> Starlette:
    """Return the site of a workspace's reports, GET only: ``/``, and below ``/NAME/`` report, card, rows and rejects.

    NAME is a dataset (the files of the workspace) or ``DATASET@vX.Y.Z``. Requests with a host name of another machine
    are refused, so that no page of another site can read it.
    """

    def show_list(request: Request) -> Response:
        values = {"datasets": _list_datasets(workspace), "root": workspace.root.name}
        return answer_page(request, render("reports.html.j2", values))

    def go_to_report(request: Request) -> Response:
        name = request.path_params["name"]
        find_source(workspace, name)  # a name that is none has no address to go to
        return RedirectResponse(f"/{quote(name, safe='@')}/report.html", 302)

    def show_report(request: Request) -> Response:
        name = request.path_params["name"]
        text = read_text(find_source(workspace, name), "report.html")
        links = render("report_links.html.j2", {"name": name})
        return answer_page(request, text.replace("<body>", f"<body>\n{links}", 1), REPORT_POLICY)

    def show_card(request: Request) -> Response:
        name = request.path_params["name"]
        _, text = split_front_matter(read_text(find_source(workspace, name), "README.md"))
        body = MarkdownIt("js-default").render(text)  # this preset allows no HTML and no script URLs
        return answer_page(request, render("card_page.html.j2", {"name": name, "body": body}))

    def show_rows(request: Request) -> Response:
        name, kind = request.path_params["name"], request.url.path.rsplit("/", 1)[-1]
        found = search(find_source(workspace, name), read_query(kind, request.query_params))
        return answer_page(request, render("rows_page.html.j2", {"name": name, "found": found}))

    def show_chain(request: Request) -> Response:
        name, row_id = request.path_params["name"], request.path_params["row_id"]
        source = find_source(workspace, name)
        text = trace(source.dataset, row_id[:100], source.commit)
        return answer_page(request, render("chain_page.html.j2", {"name": name, "row_id": row_id, "text": text}))

    return Starlette(
        routes=[
            Route("/", show_list),
            Route("/{name}", go_to_report),
            Route("/{name}/", go_to_report),
            Route("/{name}/report.html", show_report),
            Route("/{name}/README.md", show_card),
            Route("/{name}/rows", show_rows),
            Route("/{name}/rejects", show_rows),
            Route("/{name}/rows/{row_id}", show_chain),
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


def _list_datasets(workspace: Workspace) -> list[dict[str, Any]]:
    versions: dict[str, list[Version]] = {}
    for version in list_versions(workspace.root)[::-1]:
        versions.setdefault(version.dataset, []).append(version)
    made = {path.parent.name for path in (workspace.root / "data").glob("*/manifest.json")}
    known = {path.stem for path in (workspace.root / "recipes").glob("*.yaml")}
    return [_describe(workspace, name, versions.get(name, [])) for name in sorted(made | known | set(versions))]


def _describe(workspace: Workspace, dataset: str, versions: list[Version]) -> dict[str, Any]:
    """Return a dataset's lines: the files of the workspace first, where they are there, then its versions."""
    folder, lines = workspace.dataset_folder(dataset), []
    try:
        manifest = read_result(Manifest, folder / "manifest.json")
    except PedigreeError:
        manifest = None
    if manifest:
        pages = {name for name in ("report.html", "README.md", "rejects.parquet") if (folder / name).is_file()}
        lines.append(_make_line(dataset, "in the workspace", "", manifest, pages))
    for version in versions:
        manifest = read_manifest(workspace.root, version.commit, dataset)
        pages = {"report.html", "README.md", "rejects.parquet"}
        lines.append(_make_line(version.tag, version.name, version.date[:10], manifest, pages))
    return {"name": dataset, "lines": lines}


def _make_line(name: str, title: str, date: str, manifest: Manifest | None, pages: set[str]) -> dict[str, Any]:
    known = {"rows": None, "state": "", "labels": "", "cost": None, "good": None}
    if manifest:
        gates, tables = manifest.gates, manifest.tables
        bad = len(gates.blocking)
        state = f"{bad} gate{'s' if bad > 1 else ''} not passed" if bad else "all critical gates passed"
        if gates.warnings:
            state += f", {len(gates.warnings)} warning{'s' if len(gates.warnings) > 1 else ''}"
        known = {
            "rows": tables["train"].rows + tables["validation"].rows,
            "state": state,
            "good": not bad,
            "labels": describe_briefly(collect_label_facts(gates)),
            "cost": manifest.cost_usd,
        }
    return {"name": name, "title": title, "date": date, "pages": pages, **known}
