"""The page of a dataset's figures and gates over its versions, the oldest first, as charts and as a table."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pedigree.errors import WorkspaceError
from pedigree.report.charts import DRIFT, Spec
from pedigree.report.html import render_with_charts
from pedigree.report.reports_site.failing_rows import list_failing_rows
from pedigree.report.reports_site.files import find_source
from pedigree.report.version_charts import draw_figure, draw_rejects_by_version
from pedigree.system import git
from pedigree.versions.diff.headline import LABELS, MEASURES, Measure, Reading, read_figure
from pedigree.versions.versions import Version, list_versions
from pedigree.workspace import Workspace

MOST_VERSIONS = 30  # the newest are shown
PERCENT = {LABELS, "counts.yield", "duplicates.exact_share", "duplicates.near_share", "openings.top_1_share",
           "fidelity.coverage_tfidf", "fidelity.precision_tfidf", "words.distinct_2"}  # fmt: skip
MACRO_F1 = {"usefulness.synthetic.macro_f1": "synthetic rows", "usefulness.both.macro_f1": "synthetic and real rows"}
TOGETHER = {"Macro-F1 of a classifier, by what it learned": MACRO_F1}


class Told(NamedTuple):
    """What a version's files tell, as plain values: {} for a file that it lacks or that is no JSON object."""

    version: Version
    metrics: Mapping[str, Any]
    manifest: Mapping[str, Any]


def show_history(workspace: Workspace, dataset: str) -> str:
    """Return the page of a dataset's versions; raise WorkspaceError where it has none."""
    versions = list_versions(workspace.root, dataset)
    if not versions:
        raise WorkspaceError(f"{dataset} has no versions", hint=f"'pedigree run {dataset}' makes the first")
    told = [_read(workspace.root, version) for version in versions[-MOST_VERSIONS:]]
    readings = [(one, [read_figure(one, side.metrics, side.manifest) for side in told]) for one in MEASURES]
    known = [(one, found) for one, found in readings if any(reading.value is not None for reading in found)]
    charts, unequal = _draw(told, known)
    content = {
        "dataset": dataset,
        "versions": [side.version for side in told],
        "left_out": len(versions) - len(told),
        "figures": known,
        "percent": PERCENT,
        "places": [(name, title, name in unequal) for name, (title, _) in charts.items()],
        "gates": _list_gates(workspace, told),
        "checked": any(list_gates(side.manifest) for side in told),
    }
    return render_with_charts("history.html.j2", content, {name: spec for name, (_, spec) in charts.items()})


def _read(root: Path, version: Version) -> Told:
    parts = (_read_json(root, version.commit, version.dataset, name) for name in ("metrics.json", "manifest.json"))
    return Told(version, *parts)


@lru_cache(4 * MOST_VERSIONS)
def _read_json(root: Path, commit: str, dataset: str, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(git.read_blob(root, commit, f"data/{dataset}/{name}") or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _draw(
    told: Sequence[Told], known: Sequence[tuple[Measure, list[Reading]]]
) -> tuple[dict[str, tuple[str, Spec]], set[str]]:
    """Return the charts with their titles, by name, and the names of those whose figures can't be compared."""
    order = [side.version.name for side in told]
    of_key = {measure.key: (measure, found) for measure, found in known}
    joined = {key for keys in TOGETHER.values() for key in keys}
    groups = [(title, [of_key[key] for key in keys if key in of_key]) for title, keys in TOGETHER.items()]
    groups += [(measure.name, [(measure, found)]) for measure, found in known if measure.key not in joined]
    groups.sort(key=lambda group: group[1][:1] != of_key.get(LABELS) and group[0] not in TOGETHER)
    drawn: dict[str, tuple[str, Spec]] = {}
    unequal = set()
    for title, parts in groups:
        lines = [line for measure, found in parts for line in _list_points(measure, found, order)]
        if lines:
            sized = [measure for measure, _ in parts if measure.size]
            unequal |= {f"figure-{len(drawn)}"} if sized and len({line["rests"] for line in lines}) > 1 else set()
            drawn[f"figure-{len(drawn)}"] = (title, draw_figure(lines, order, parts[0][0].key in PERCENT))
    if rejects := _list_rejects(told):
        title = "Candidates, and answers without a row, rejected by reason"
        drawn["rejects"] = (title, draw_rejects_by_version(rejects, order))
    if drift := _list_drift(told):
        drawn["drift"] = ("Drift beyond chance", draw_figure(drift, order))
    return drawn, unequal


def _list_points(measure: Measure, found: Sequence[Reading], order: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "version": version,
            "name": MACRO_F1.get(measure.key, measure.name),
            "value": one.value,
            "low": one.interval[0] if one.interval else None,
            "high": one.interval[1] if one.interval else None,
            "rests": "–" if one.size is None else f"{one.size:,.0f} rows",
        }
        for version, one in zip(order, found, strict=True)
        if one.value is not None
    ]


def _list_rejects(told: Sequence[Told]) -> list[dict[str, Any]]:
    lines = []
    for side in told:
        counts = side.metrics.get("counts")
        rejects, made = (counts.get("rejects"), counts.get("made")) if isinstance(counts, dict) else (None, None)
        if isinstance(counts, dict) and isinstance(rejects, dict) and made:
            whole = round(made * (counts.get("yield") or 0)) + sum(rejects.values())  # with answers that hold no row
            lines += [
                {"version": side.version.name, "reason": reason, "share": rejected / whole, "rejected": rejected}
                for reason, rejected in rejects.items()
            ]
    return lines


def list_gates(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the gates of a manifest of any release, by name."""
    found = manifest.get("gates")
    gates = found.get("gates") if isinstance(found, dict) else None
    return {str(one["name"]): one for one in gates or [] if isinstance(one, dict) and "name" in one}


def _list_drift(told: Sequence[Told]) -> list[dict[str, Any]]:
    return [
        {"version": side.version.name, "name": name.removeprefix(DRIFT), "value": gate.get("figure"), "low": None,
         "high": None, "rests": f"limit {gate.get('limit')}"}
        for side in told
        for name, gate in list_gates(side.manifest).items()
        if name.startswith(DRIFT) and isinstance(gate.get("figure"), int | float)
    ]  # fmt: skip


def _list_gates(workspace: Workspace, told: Sequence[Told]) -> list[dict[str, Any]]:
    """Return each gate that some version did not pass: its name, and of each version its result and failing rows."""
    gates = [list_gates(side.manifest) for side in told]
    names = dict.fromkeys(name for found in gates for name, gate in found.items() if gate.get("passed") is not True)
    lines = []
    for name in names:
        cells = []
        for side, found in zip(told, gates, strict=True):
            gate = found.get(name)
            source = find_source(workspace, side.version.tag)
            rows = list_failing_rows(source, gate) if gate and gate.get("passed") is not True else []
            cells.append({"tag": side.version.tag, "gate": gate, "rows": rows})
        lines.append({"name": name, "cells": cells})
    return lines
