"""What a model said of a dataset's diversity: kept for later measuring, and made into figures.

The record holds numbers of clusters and criteria, no text of a row. It counts as long as the same would be asked.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pedigree.dataset.results import write_result
from pedigree.metrics.llm_diversity.score import score_rounds
from pedigree.recipe.content.diversity import DiversityScorer
from pedigree.workspace import Workspace

ROWS = "rows"  # the set of the dataset's synthetic rows; other sets are files of people's rows
UNASKED = "the model was not asked about these rows: 'pedigree measure' asks it"
STORED = ("asked_sha256", "criteria", "said", "calls", "tokens", "usd", "reason")  # of a record


def write_record(workspace: Workspace, dataset: str, record: Mapping[str, Any]) -> None:
    """Keep a record."""
    write_result({name: record[name] for name in STORED}, _find(workspace, dataset))


def copy_record(workspace: Workspace, dataset: str, figures: Mapping[str, Any]) -> None:
    """Keep the record in published figures: the model is not asked again. Figures without one are passed over."""
    if figures.get("said") is not None and all(name in figures for name in STORED):
        write_record(workspace, dataset, figures)


def read_record(workspace: Workspace, dataset: str, asked_sha256: str) -> dict[str, Any] | None:
    """Return the record of what would be asked now; None if there is none."""
    return read_matching(_find(workspace, dataset), asked_sha256)


def read_matching(path: Path, asked_sha256: str, key: str | None = None) -> dict[str, Any] | None:
    """Return the record in a JSON file, below ``key`` if given; None without one of what would be asked now."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        found = found[key] if key else found
        record = {name: found[name] for name in STORED}
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return record if record["asked_sha256"] == asked_sha256 else None


def describe_record(
    scorer: DiversityScorer, sets: Mapping[str, int], asked_sha256: str, record: Mapping[str, Any] | None, cut: int
) -> dict[str, Any]:
    """Return the figures of a record; without one, or with a reason in it, the scores are unknown.

    ``sets`` has the texts of each set; ``cut`` is how many of them were shown shortened.
    """
    none: dict[str, Any] = dict.fromkeys(STORED)
    held: dict[str, Any] = {**none, **(record or {}), "asked_sha256": asked_sha256}
    held["reason"] = held["reason"] if record else UNASKED
    said = held["said"] or {}
    scored = {
        name: {"texts": texts, **_score(said.get(name), texts, scorer.sample, held["reason"])}
        for name, texts in sets.items()
    }
    about = {"model": scorer.model, "sample": scorer.sample, "evidence": not scorer.model.startswith("offline/")}
    return {**about, **held, "cut_texts": cut, "sets": scored}


def _score(said: list[int | str] | None, texts: int, sample: int, reason: str | None) -> dict[str, Any]:
    none = {"rounds": 0, "read": 0, "faults": {}, "score": None, "interval": None}
    if texts < sample:
        return {**none, "reason": f"{texts:,} texts are fewer than the {sample} of a round"}
    if reason or said is None:
        return {**none, "reason": reason or UNASKED}
    return score_rounds(said, sample)


def _find(workspace: Workspace, dataset: str) -> Path:
    return workspace.state / "diversity" / f"{dataset}.json"
