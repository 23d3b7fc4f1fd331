"""A local web site of a workspace's reports: a list of datasets, and the report and card of each version.

The pages are untrusted: a content security policy in the header keeps them from the network, other pages and frames.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pedigree.dataset.results import Manifest, read_result
from pedigree.errors import PedigreeError
from pedigree.report.export.card import split_front_matter
from pedigree.report.theme import write_css_variables
from pedigree.system.dvc import read_at
from pedigree.versions.versions import Version, find_version, list_versions
from pedigree.workspace import Workspace

ASSETS = Path(__file__).parent / "assets"
NAME = re.compile(r"(?P<dataset>[a-z][a-z0-9-]*)(?:@(?P<version>v\d+\.\d+\.\d+))?")
PAGES_KEPT = 16
# The policy in the report itself allows scripts by hash; this one also restricts pages that were put in its place.
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)
PLAIN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}


def build_site(workspace: Workspace) -> Starlette:
    """Return the site of a workspace's reports: ``/``, ``/NAME/report.html`` and ``/NAME/README.md``, GET only.

    NAME is a dataset (the files of the workspace) or ``DATASET@vX.Y.Z``. Requests with a host name of another machine
    are refused, so that no page of another site can read it.
    """

    def show_list(request: Request) -> Response:
        return _page("reports.html.j2", {"datasets": _list_datasets(workspace), "root": workspace.root.name})

    def show_report(request: Request) -> Response:
        text = _read(workspace, request.path_params["name"], "report.html")
        return HTMLResponse(text, headers={**HEADERS, "Content-Security-Policy": REPORT_POLICY})

    def show_card(request: Request) -> Response:
        name = request.path_params["name"]
        _, text = split_front_matter(_read(workspace, name, "README.md"))
        body = MarkdownIt("js-default").render(text)  # this preset allows no HTML and no script URLs
        return _page("card_page.html.j2", {"name": name, "body": body})

    def format_error(request: Request, error: Exception) -> Response:
        return _page("site_error.html.j2", {"error": error}, status=404)

    return Starlette(
        routes=[
            Route("/", show_list),
            Route("/{name}/report.html", show_report),
            Route("/{name}/README.md", show_card),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
        exception_handlers={PedigreeError: format_error, FileNotFoundError: format_error},
    )


def _page(template: str, values: dict[str, Any], status: int = 200) -> Response:
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined)
    style = write_css_variables() + (ASSETS / "site.css").read_text(encoding="utf-8")
    text = environment.get_template(template).render(**values, style=style)
    return HTMLResponse(text, status, headers={**HEADERS, "Content-Security-Policy": PLAIN_POLICY})


def _read(workspace: Workspace, name: str, file: str) -> str:
    """Return a file of a dataset's folder, from the workspace or from a version."""
    found = NAME.fullmatch(name)
    if not found:
        raise FileNotFoundError(f"{name!r} is neither a dataset nor DATASET@vX.Y.Z")
    dataset, version = found["dataset"], found["version"]
    if version:
        commit = find_version(workspace.root, dataset, version).commit
        return _read_version(workspace.root, commit, f"data/{dataset}/{file}")
    path = workspace.dataset_folder(dataset) / file
    if not path.is_file():
        raise FileNotFoundError(
            f"{workspace.relative_path(path)} does not exist; make it with 'pedigree run {dataset}'"
        )
    return path.read_text(encoding="utf-8")


@lru_cache(PAGES_KEPT)
def _read_version(root: Path, commit: str, path: str) -> str:
    return read_at(root, commit, path).decode("utf-8")


def _list_datasets(workspace: Workspace) -> list[dict[str, Any]]:
    versions: dict[str, list[Version]] = {}
    for version in list_versions(workspace.root)[::-1]:
        versions.setdefault(version.dataset, []).append(version)
    made = {path.parent.name for path in (workspace.root / "data").glob("*/manifest.json")}
    known = {path.stem for path in (workspace.root / "recipes").glob("*.yaml")}
    return [_describe(workspace, name, versions.get(name, [])) for name in sorted(made | known | set(versions))]


def _describe(workspace: Workspace, dataset: str, versions: list[Version]) -> dict[str, Any]:
    folder = workspace.dataset_folder(dataset)
    try:
        manifest = read_result(Manifest, folder / "manifest.json")
    except PedigreeError:
        manifest = None
    pages = [name for name in ("report.html", "README.md") if (folder / name).is_file()]
    rows = manifest and manifest.tables["train"].rows + manifest.tables["validation"].rows
    return {"name": dataset, "manifest": manifest, "rows": rows, "pages": pages, "versions": versions}
