"""What a study found: F1 of each system, ranks, gaps against subjectivity, diversity and costs, as JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from pedigree.studies.annotators import find_subjectivity, sweep_tasks
from pedigree.studies.cells import Cell
from pedigree.studies.settings import REAL, TEMPLATE, Study, Subjectivity
from pedigree.studies.statistics import correlate_ranks, rank_systems
from pedigree.studies.systems import People, Trials, group_trials, name_system
from pedigree.studies.table import FIGURES, resample
from pedigree.usefulness.scores import find_interval

DIGITS = 6


def compare(
    study: Study,
    table: pl.DataFrame,
    cells: Mapping[Cell, Mapping[str, Any]],
    people: People,
) -> dict[str, Any]:
    """Return what the page of a study tells; it rests on the largest size and on synthetic rows alone, by student."""
    students = list(dict.fromkeys(table["student"].drop_nulls()))
    by_student = {}
    for student in students:
        groups = group_trials(study, cells, people, student)
        systems = _list_systems(groups, people)
        by_student[student] = {
            "systems": systems,
            "ranking": _rank(systems),
            "subjectivity": _correlate(find_subjectivity(study, people), systems),
            "agreement": sweep_tasks(groups, people),
        }
    return _round(
        {
            "students": by_student,
            "tasks": {
                task: {"labels": len(one["labels"]), "held_out": len(one["true"]), "real": one["real_rows"]}
                for (task, _), one in people.items()
            },
            "subjectivity": {task: one.value for task, one in find_subjectivity(study, people).items()},
            "subjectivity_from": sorted({one.source for one in find_subjectivity(study, people).values()}),
            "diversity": _average_diversity(study, table, people),
            "notes": _list_notes(cells, people),
            "largest_size": study.sizes[-1],
            "seeds": list(study.seeds),
            "failed": [
                {"cell": cell.said, "why": found["why"]} for cell, found in cells.items() if found["status"] != "made"
            ],
        }
    )


def _list_notes(cells: Mapping[Cell, Mapping[str, Any]], people: People) -> list[str]:
    """Return what is worth knowing of the rows: datasets that are short, and real rows that were left out."""
    short = [
        f"{cell.said}: {found['rows']:,}" for cell, found in cells.items() if found.get("rows", cell.rows) < cell.rows
    ]
    notes = [f"Datasets that have fewer rows than they want: {'; '.join(short)}."] if short else []
    left = {task: found["left_out"] for (task, _), found in people.items() if found["left_out"]}
    counts = ", ".join(f"{task} {count:,}" for task, count in left.items())
    return notes + [f"Real rows left out, as they are held out or repeat another: {counts}."] * bool(left)


def _list_systems(groups: Mapping[tuple[str, str], Trials], people: People) -> list[dict[str, Any]]:
    """Return macro-F1 of each task and system at the largest size: the mean over the seeds that were made.

    ``low`` to ``high``: 95 % over resampled test rows, of that mean; ``std``: over the seeds, None for one. ``gap`` is
    macro-F1 of real rows minus it, with the interval over the same resampled rows; None without real rows.
    """
    drawn = {
        (task, name): resample(people[task, found[0][0]], [trial["predicted"] for _, trial in found])
        for (task, name), found in groups.items()
    }
    lines = [_describe_system(task, name, found, people, drawn[task, name]) for (task, name), found in groups.items()]
    real = {line["task"]: line["macro_f1"] for line in lines if line["system"] == REAL}
    for line in lines:
        task, gap, low, high = line["task"], None, None, None
        if line["system"] != REAL and task in real:
            gap = real[task] - line["macro_f1"]
            low, high = find_interval(drawn[task, REAL] - drawn[task, line["system"]])
        line |= {"gap": gap, "gap_low": low, "gap_high": high}
    return lines


def _describe_system(task: str, name: str, found: Trials, people: People, drawn: np.ndarray) -> dict[str, Any]:
    scores = [trial["macro_f1"] for _, trial in found]
    own = people[task, found[0][0]]
    low, high = find_interval(drawn)
    return {
        "task": task,
        "system": name,
        "macro_f1": float(np.mean(scores)),
        "accuracy": float(np.mean([trial["accuracy"] for _, trial in found])),
        "low": low,
        "high": high,
        "seeds": len(scores),
        "std": float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        "each": scores,
        "test_rows": len(own["true"]),
        "rows": [trial["synthetic"] + trial["real"] for _, trial in found],
    }


def _rank(systems: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the ranking over the tasks that have all systems of the largest block; None without two of them."""
    of_task: dict[str, dict[str, float]] = {}
    for one in systems:
        of_task.setdefault(one["task"], {})[one["system"]] = one["macro_f1"]
    blocks = []
    for names in {frozenset(found) for found in of_task.values()}:
        tasks = [task for task, found in of_task.items() if names <= found.keys()]
        blocks.append((len(tasks) * len(names), len(names), sorted(names), tasks))
    if not blocks:
        return None
    _, count, names, tasks = max(blocks)
    if count < 2:
        return None
    order = [name for name in dict.fromkeys(one["system"] for one in systems) if name in names]
    ranking = rank_systems({name: [of_task[task][name] for task in tasks] for name in order})
    return {
        **asdict(ranking),
        "can_tell": ranking.can_tell,
        "different": [list(pair) for pair in ranking.different],
        "of_tasks": tasks,
        "left_out": sorted({one["system"] for one in systems} - {*names}),
    }


def _correlate(subjectivity: Mapping[str, Subjectivity], systems: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return for each system its gap to real rows by task, with the task's subjectivity, and their rank correlation."""
    found = []
    for name in dict.fromkeys(one["system"] for one in systems if one["system"] not in (REAL, TEMPLATE)):
        points = [
            {"task": one["task"], "subjectivity": subjectivity[one["task"]].value}
            | {key: one[key] for key in ("gap", "gap_low", "gap_high")}
            for one in systems
            if one["system"] == name and one["task"] in subjectivity and one["gap"] is not None
        ]
        correlation = correlate_ranks([one["subjectivity"] for one in points], [one["gap"] for one in points])
        found.append({"system": name, "points": points, **asdict(correlation)})
    return found


def _average_diversity(study: Study, table: pl.DataFrame, people: People) -> list[dict[str, Any]]:
    """Return each system's diversity, cost, rejects and labels at the largest size, averaged over its datasets."""
    made = table.filter((pl.col("size") == study.sizes[-1]) & (pl.col("real_rows") == 0)).unique(
        ["task", "strategy", "model", "seed"], keep="first", maintain_order=True
    )
    real = [one["diversity"] for one in people.values()]
    found = [
        {"system": REAL, "datasets": len(real), "rows": _mean([one["rows"] for one in real])}
        | {name: _mean([one[name] for one in real]) for name in FIGURES}
    ]
    for (strategy, model), part in made.group_by(["strategy", "model"], maintain_order=True):
        rejected, wrote = int(part["rejected"].sum()), int(part["rows_made"].sum())
        points, known = part.filter(pl.col("macro_f1") > 0), not (part["written_by"] == "replay").any()
        found.append(
            {
                "system": name_system(str(strategy), str(model), len(study.models)),
                "datasets": part.height,
                "rows": part["rows"].mean(),
                **{name: part[name].mean() for name in FIGURES},
                "reject_share": rejected / wrote if wrote else None,
                "calls": part["calls"].sum(),
                "usd": part["cost_usd"].sum() if known and part["cost_usd"].null_count() == 0 else None,
                "usd_per_point": _mean((points["cost_usd"] / (100 * points["macro_f1"])).to_list()) if known else None,
                "labels_right": part["labels_right"].mean(),
                "labels_checked": part["labels_right"].count(),
            }
        )
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean; None where a value is unknown, or there is none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _round(part) for key, part in value.items()}
    return [_round(part) for part in value] if isinstance(value, list | tuple) else value
