"""The page of a study: its figures by task and system, as charts, tables and sentences."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pedigree.report.charts import Spec
from pedigree.report.html import render_with_charts
from pedigree.report.studies import charts, sentences
from pedigree.report.studies.mixes import list_gains, list_mixes
from pedigree.studies.settings import REAL, TEMPLATE, Study
from pedigree.studies.systems import name_system
from pedigree.system.atomic_write import write_text

MEASURES = {
    "distinct_2": "distinct-2", "self_bleu": "self-BLEU", "chamfer": "Chamfer",
    "remote_clique": "Remote Clique",
}  # fmt: skip
Lines = list[dict[str, Any]]


def write_page(study: Study, table: pl.DataFrame, found: Mapping[str, Any], path: Path) -> None:
    """Write the page; equal results give equal bytes."""
    rows = _name_systems(study, table)
    places: dict[str, Spec] = {}
    students = [
        _describe_student(study, rows, name, one, places, found["subjectivity"])
        for name, one in found["students"].items()
    ]
    if lines := _list_diversity(found["diversity"]):
        places["diversity"] = charts.draw_diversity(lines)
    writers = list(
        table.select("strategy", "model", "model_asked", "written_by").unique(maintain_order=True).iter_rows()
    )
    kinds = {writer for strategy, *_, writer in writers if strategy not in (REAL, TEMPLATE)}
    content = {
        "study": study,
        "students": students,
        "diversity": found["diversity"],
        "cost": found["cost"],
        "failed": found["failed"],
        "sources": found["subjectivity_from"],
        "facts": found["tasks"],
        "subjectivity": found["subjectivity"],
        "notes": found["notes"],
        "writers": sentences.describe_writers(writers),
        "evidence": "model" in kinds,
        "kinds": kinds,
        "datasets": table.filter(pl.col("strategy") != REAL)
        .select("task", "strategy", "model", "seed", "size")
        .unique()
        .height,
        "lines": [line for line in rows if line["macro_f1"] is not None],
    }
    write_text(path, render_with_charts("study.html.j2", content, places))


def _name_systems(study: Study, table: pl.DataFrame) -> Lines:
    return [
        {**line, "system": name_system(line["strategy"], line["model"], len(study.models))}
        for line in table.iter_rows(named=True)
    ]


def _describe_student(
    study: Study,
    rows: Lines,
    name: str,
    found: Mapping[str, Any],
    places: dict[str, Spec],
    known: Mapping[str, float],
) -> dict[str, Any]:
    """Return what the page tells of one student; its charts go into ``places``. ``known``: subjectivity by task."""
    mark = f"s{len([one for one in places if one.startswith('scores')])}"
    systems = _order(study, [one["system"] for one in found["systems"]])
    own = [row for row in rows if row["student"] == name and row["macro_f1"] is not None]
    places[f"scores-{mark}"] = charts.draw_scores(found["systems"], systems)
    points = [{**point, "system": one["system"]} for one in found["subjectivity"] for point in one["points"]]
    if points:
        places[f"gaps-{mark}"] = charts.draw_gaps(points, systems)
    ranking = found["ranking"]
    if ranking:
        half = ranking["critical"] / 2
        lines = [
            {"system": system, "rank": rank, "low": rank - half, "high": rank + half}
            for system, rank in sorted(ranking["systems"].items(), key=lambda one: (one[1], one[0]))
        ]
        places[f"ranks-{mark}"] = charts.draw_ranks(lines, len(lines))
    for one in found["agreement"]:
        lines = [
            {**{key: level[key] for key in ("agreement", "rows")}, "system": name, "accuracy": share}
            for level in one["levels"]
            for name, share in level["accuracy"].items()
        ]
        places[f"agreement-{mark}-{one['task']}"] = charts.draw_agreement(lines, systems)
    curves = []
    for task in [one.name for one in study.tasks]:
        mixed = _average([_at(row, "real_rows") for row in own if row["task"] == task and _is_mixed(study, row)])
        grown = _average([_at(row, "size") for row in own if row["task"] == task and _is_alone(row)])
        entry = {"task": task, "mixed": None, "grown": None}
        for kind, drawn, by in (("mixed", mixed, "real rows in training"), ("grown", grown, "rows in training")):
            if len({point["amount"] for point in drawn}) > 1:
                place = f"{kind}-{mark}-{task}"
                entry[kind] = place
                places[place] = charts.draw_curve(drawn, systems, by)
        curves.append(entry)
    return {
        "name": name,
        "mark": mark,
        "systems": systems,
        "tasks": [task.name for task in study.tasks],
        "by_subjectivity": sorted((task.name for task in study.tasks), key=lambda name: known.get(name, math.inf)),
        "scores": {(one["task"], one["system"]): one for one in found["systems"]},
        "rests": sentences.describe_intervals(study, found["systems"]),
        "baselines": sentences.name_baselines(systems),
        "ranking": ranking,
        "ranks": sorted(ranking["systems"].items(), key=lambda one: (one[1], one[0])) if ranking else [],
        "ranking_said": sentences.describe_ranking(ranking),
        "points": points,
        "correlations": sentences.describe_correlations(found["subjectivity"]) if points else [],
        "agreement": found["agreement"],
        "rises": sentences.describe_rises(found["agreement"]),
        "curves": curves,
        "mixes": list_mixes(study, own) if len(study.real_rows) > 1 else [],
        "mixing": sentences.describe_mixing(list_gains(study, own), len(study.seeds)),
    }


def _is_mixed(study: Study, row: Mapping[str, Any]) -> bool:
    """Return whether a row belongs to the curve over real rows: the largest size, or real rows alone."""
    return row["size"] in (study.sizes[-1], 0)


def _is_alone(row: Mapping[str, Any]) -> bool:
    """Return whether a row belongs to the curve over sizes: rows of one side alone."""
    return row["strategy"] == REAL or row["real_rows"] == 0


def _at(row: Mapping[str, Any], column: str) -> dict[str, Any]:
    amount = row["real_rows"] if row["strategy"] == REAL else row[column]
    return {
        "system": row["system"],
        "amount": amount,
        **{key: row[key] for key in ("macro_f1", "macro_f1_low", "macro_f1_high")},
    }


def _average(points: Sequence[Mapping[str, Any]]) -> Lines:
    """Return the mean over seeds of each system and amount."""
    groups: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for point in points:
        groups.setdefault((point["system"], point["amount"]), []).append(point)
    return [
        {"system": system, "amount": amount}
        | {
            name: round(sum(one[key] for one in group) / len(group), 6)
            for name, key in (("macro_f1", "macro_f1"), ("low", "macro_f1_low"), ("high", "macro_f1_high"))
        }
        for (system, amount), group in groups.items()
    ]


def _list_diversity(found: Sequence[Mapping[str, Any]]) -> Lines:
    return [
        {"system": one["system"], "measure": title, "value": one[key]}
        for one in found
        for key, title in MEASURES.items()
        if one[key] is not None
    ]


def _order(study: Study, systems: Sequence[str]) -> list[str]:
    """Return the systems with the real-only baseline first and the template last."""
    middle = [one for one in dict.fromkeys(systems) if one not in (REAL, TEMPLATE)]
    return [*([REAL] if REAL in systems else []), *middle, *([TEMPLATE] if TEMPLATE in systems else [])]
