"""Scenarios for what was found to be missing: groups of people's rows, and clusters of failures."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import polars as pl

from pedigree.audits.coverage.groups import Group
from pedigree.ids import canonical_json
from pedigree.job import Job
from pedigree.metrics.text_classifier import text_of
from pedigree.recipe.value_lists import MAX_LINE_CHARS

MAX_NAME, MAX_EXAMPLE = 40, 120


@dataclass(frozen=True)
class Suggestion:
    """A scenario that would ask for what is missing; ``floor`` is None where nothing says how many rows to ask for.

    ``why`` is "group" or "failures".
    """

    name: str
    means: str
    floor: int | None
    label: str
    why: str

    def format_line(self) -> str:
        """Return the line of YAML; a floor that is not known is 10."""
        means, label = canonical_json(self.means), canonical_json(self.label)
        return f"- {{name: {self.name}, means: {means}, floor: {self.floor or 10}, labels: [{label}]}}"


def suggest_scenarios(job: Job, groups: Iterable[Group], prompts: pl.DataFrame | None) -> list[Suggestion]:
    """Return a suggestion for each missing group, and each cluster that the last failure-driven round asked for.

    A group's floor is its share of people's rows, of the label's rows. A private recipe gets words in place of a row.
    """
    private, targets = job.recipe.private, job.recipe.targets
    found: list[tuple[Sequence[str], str, int | None, str, str]] = [
        (
            one.words,
            one.example,
            ceil(targets[one.label] * one.people / one.of_people),
            one.label,
            "group",
        )
        for one in groups
        if one.missing
    ]
    found += [(*cluster, "failures") for cluster in _list_clusters(job, prompts)]
    taken = {one.name for one in job.recipe.scenarios}
    suggestions = []
    for words, example, floor, label, why in found:
        name = _name(words, label, taken)
        taken.add(name)
        suggestions.append(Suggestion(name, _describe(words, "" if private else example), floor, label, why))
    return suggestions


def _list_clusters(job: Job, prompts: pl.DataFrame | None) -> list[tuple[Sequence[str], str, None, str]]:
    """Return words, an example, no floor, and the label of the clusters of the last round that has some."""
    if prompts is None:
        return []
    texts = {one.id: text_of(one.fields) for one in (*job.seeds, *job.dev)}
    asked = prompts.filter((pl.col("strategy") == "failures") & (pl.col("slot") >= 0)).sort("round", descending=True)
    found: dict[str, tuple[Sequence[str], str, None, str]] = {}
    last = None
    for round_, label, variables, shown in asked.select("round", "label", "variables", "seed_row_ids").iter_rows():
        failure: Mapping[str, Any] | None = json.loads(variables).get("failure")
        if failure and (last is None or round_ == last):
            last = round_
            example = texts.get(shown[0], "") if shown else ""
            found.setdefault(failure["cluster"], (failure["words"], example, None, label))
    return list(found.values())


def _name(words: Sequence[str], label: str, taken: set[str]) -> str:
    plain = [re.sub(r"[^a-z0-9]+", "-", word.casefold()).strip("-") for word in (*words[:3], label)]
    base = "-".join(filter(None, plain))[: MAX_NAME - 3].strip("-")
    base = base if re.match("[a-z]", base) else f"case-{base}".strip("-")
    return next(
        name for number in range(1, len(taken) + 2) if (name := base + f"-{number}" * (number > 1)) not in taken
    )


def _describe(words: Sequence[str], example: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in example).split())
    shown = line if len(line) <= MAX_EXAMPLE else line[: MAX_EXAMPLE - 1] + "…"
    parts = [f"it is about {', '.join(words)}"] * bool(words) + [f"such as: {shown}"] * bool(shown)
    return ("; ".join(parts) or "say here what such rows have in common")[:MAX_LINE_CHARS]
