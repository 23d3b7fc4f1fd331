"""What a dataset lacks: labels beside their targets, values that prompts ask for, groups of people's rows."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pedigree.audits.coverage.groups import LEAST_PEOPLE, Group, find_groups
from pedigree.audits.coverage.suggestions import Suggestion, suggest_scenarios
from pedigree.audits.coverage.values import Planned, list_planned
from pedigree.dataset.schemas import PROMPTS, read_table, rows_schema
from pedigree.generation.failures.people import list_people
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.attribute_coverage import tabulate_coverage
from pedigree.metrics.content.scenario_rows import count_scenarios
from pedigree.metrics.embedder import Embedder
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import REAL


@dataclass(frozen=True)
class LabelRows:
    """A label's rows: wanted, there now (``real`` of them by people), and rows of people that the audit may read."""

    label: str
    wanted: int
    there: int
    real: int
    people: int


@dataclass(frozen=True)
class LanguageRows:
    """Rows of one label in one of several languages: wanted, there now, and rows of people in it."""

    label: str
    language: str
    wanted: int
    there: int
    people: int


@dataclass(frozen=True)
class Coverage:
    """What is there and what is missing.

    ``made`` is whether the workspace has rows. ``planned`` is what the recipe asks for, ``values`` what the rows that
    are there were asked for (entries of ``tabulate_coverage``; empty before the first run). ``groups`` are those of
    people's rows; ``ungrouped`` are the labels with too few of them. ``compared_by`` is "words (TF-IDF)" or an
    embedder's name. ``scenarios`` are the entries of ``count_scenarios``; ``suggestions`` scenarios for what is
    missing. ``languages`` is empty where the recipe has one language; groups are then of all languages together.
    """

    dataset: str
    made: bool
    labels: list[LabelRows]
    planned: list[Planned]
    values: list[dict[str, Any]]
    groups: list[Group]
    ungrouped: list[str]
    compared_by: str
    scenarios: list[dict[str, Any]]
    suggestions: list[Suggestion]
    languages: list[LanguageRows] = field(default_factory=list)


def audit_coverage(job: Job, embedder: Embedder | None = None) -> Coverage:
    """Compare the rows of a workspace, or the plan if there are none yet, with what is wanted and with people's rows.

    Held-out rows are not read. Raises WorkspaceError if a table is not one of this recipe.
    """
    made = job.table("train").is_file()
    rows = read_rows(job) if made else pl.DataFrame(schema=rows_schema(job.recipe))
    real = Counter(job.screen_real_rows().rows["label"].to_list())
    there, people = Counter(rows["label"].to_list()), Counter(one.label for one in list_people(job))
    labels = [
        LabelRows(name, wanted, there[name], real[name], people[name]) for name, wanted in job.recipe.targets.items()
    ]
    prompts = read_table(job.table("prompts")) if made and job.table("prompts").is_file() else None
    values = [] if prompts is None else tabulate_coverage(prompts, rows)
    synthetic = rows.filter(pl.col("completion_id").is_not_null())
    groups = find_groups(job, synthetic, embedder.embed if embedder else None)
    return Coverage(
        job.dataset,
        made,
        labels,
        list_planned(job.recipe, {one.label: max(0, one.wanted - one.real) for one in labels}, job.knowledge),
        [one for one in values if one["generator"] != REAL],
        groups,
        [one.label for one in labels if one.people < LEAST_PEOPLE],
        "columns" if job.recipe.tabular else embedder.name if embedder else "words (TF-IDF)",
        count_scenarios(job, pl.DataFrame(schema=PROMPTS) if prompts is None else prompts, rows),
        suggest_scenarios(job, groups, prompts),
        _count_languages(job, rows),
    )


def _count_languages(job: Job, rows: pl.DataFrame) -> list[LanguageRows]:
    """Return the rows of each label and language, in the recipe's order; empty for one language."""
    if not job.recipe.languages:
        return []
    there = Counter(rows.select("label", LANGUAGE).iter_rows())
    people = Counter((one.label, one.language) for one in list_people(job))
    return [
        LanguageRows(one.label, one.language, job.recipe.stratum_targets[name], there[place], people[place])
        for name, one in job.recipe.strata.items()
        for place in [(one.label, one.language)]
    ]
