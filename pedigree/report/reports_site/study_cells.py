"""The datasets of a study: each has a report of its own, on the machine that made it; they are no part of a version."""

import json
import re
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from pedigree.errors import WorkspaceError
from pedigree.report.reports_site.heading import Heading
from pedigree.report.reports_site.responses import render
from pedigree.studies.output_files import CELL_RESULT, find_cells, name_dataset
from pedigree.workspace import Workspace

PREFIX = name_dataset("")


class Cell(NamedTuple):
    """One dataset of a study: its name, its figures ({} where it is not finished), its report if there is one."""

    name: str
    figures: dict[str, Any]
    report: Path | None


def list_cells(workspace: Workspace, dataset: str) -> list[Cell]:
    """Return the datasets of ``study-NAME`` that lie on this machine, by name; none for any other dataset."""
    folder = find_cells(workspace, dataset.removeprefix(PREFIX))
    if not dataset.startswith(PREFIX) or not folder.is_dir():
        return []
    return [_read(path) for path in sorted(folder.iterdir()) if path.is_dir()]


def show_cells(workspace: Workspace, heading: Heading) -> str:
    """Return the page that lists the datasets of a study; raise an error where none is on this machine."""
    if not heading.dataset.startswith(PREFIX):
        raise FileNotFoundError(f"{heading.dataset[:100]} is no study")
    cells = list_cells(workspace, heading.dataset)
    if not cells:
        raise _make_error(heading.dataset, "no dataset of this study is on this machine")
    return render("study_cells.html.j2", {"heading": heading, "cells": cells, "here": ""})


def show_cell_report(workspace: Workspace, heading: Heading, name: str) -> str:
    """Return the report of one dataset of a study; raise WorkspaceError where it is not on this machine."""
    report = next((one.report for one in list_cells(workspace, heading.dataset) if one.name == name), None)
    if report is None:
        raise _make_error(heading.dataset, f"{name[:200]!r} has no report on this machine")
    text, said = report.read_text(encoding="utf-8"), escape(f"One dataset of {heading.dataset} · {name}")
    text = re.sub(r"<title>[^<]*</title>", lambda _: f"<title>{said}: dataset report</title>", text, count=1)
    text = re.sub(r'<p class="kicker">.*?</p>', lambda _: f'<p class="kicker">{said}</p>', text, count=1)
    links = render("study_links.html.j2", {"heading": heading, "cells": True, "here": name})
    return text.replace("<body>", f"<body>\n{links}", 1)


def _read(folder: Path) -> Cell:
    try:
        found = json.loads((folder / CELL_RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    report = next(iter(sorted(folder.glob("data/*/report.html"))), None)
    return Cell(folder.name, found if isinstance(found, dict) else {}, report)


def _make_error(dataset: str, found: str) -> WorkspaceError:
    study = dataset.removeprefix(PREFIX)[:100]
    return WorkspaceError(f"{dataset[:100]}: {found}", hint=f"'pedigree study {study}' makes what is missing")
