"""The page that shows the figures of two datasets, or of any two versions of one site, side by side."""

import json
from collections.abc import Mapping
from typing import Any

from pedigree.errors import WorkspaceError
from pedigree.report.reports_site.files import Source, find_source, read_text
from pedigree.report.reports_site.listing import list_datasets
from pedigree.report.reports_site.responses import render
from pedigree.versions.diff.headline import MEASURES, Reading, read_figure
from pedigree.workspace import Workspace

SIDES = ("a", "b")  # the parameters of an address


def show_side_by_side(workspace: Workspace, asked: Mapping[str, str]) -> str:
    """Return the page of what ``a`` and ``b`` name, each as in an address: DATASET or DATASET@vX.Y.Z.

    Raises FileNotFoundError for a name that is none, WorkspaceError for one that is not there.
    """
    known = [line["name"] for dataset in list_datasets(workspace) for line in dataset["lines"] if not line["study"]]
    chosen = {side: asked[side] for side in SIDES if asked.get(side)}
    readings = {side: _read(find_source(workspace, name)) for side, name in chosen.items()}
    lines = []
    if len(readings) == len(SIDES):
        pairs = [(one, *(readings[side][place] for side in SIDES)) for place, one in enumerate(MEASURES)]
        lines = [pair for pair in pairs if pair[1].value is not None or pair[2].value is not None]
    return render("side_by_side.html.j2", {"known": known, "chosen": chosen, "sides": SIDES, "lines": lines})


def _read(source: Source) -> list[Reading]:
    metrics, manifest = (_read_json(source, name) for name in ("metrics.json", "manifest.json"))
    return [read_figure(one, metrics, manifest) for one in MEASURES]


def _read_json(source: Source, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(read_text(source, name))
    except ValueError:
        raise WorkspaceError(f"{source.path(name)} is not JSON") from None
    return found if isinstance(found, dict) else {}
