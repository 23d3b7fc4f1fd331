"""How many rows of each scenario there are, beside its floor; and the gate on that."""

from typing import Any

import polars as pl

from pedigree.dataset.results import GateResult
from pedigree.dataset.schemas import stratum_of
from pedigree.job import Job
from pedigree.recipe.content.scenarios import find_floor, find_quotas

MAX_NAMED = 5


def count_scenarios(job: Job, prompts: pl.DataFrame, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per scenario, in the recipe's order; empty without any.

    ``prompts`` is the table of that name, ``rows`` are those of the dataset. ``asked`` are the rows that prompts asked
    for, of any label; ``kept`` those of the dataset that have a label of the scenario; ``floor`` how many there are to
    be, and ``met`` whether there are. ``labels`` has ``floor`` and ``kept`` of each label, in
    each language if there are several. A row counts for the
    scenario that its prompt named; its text is not checked.
    """
    targets, found = job.recipe.stratum_targets, []
    label_of = {name: one.label for name, one in job.recipe.strata.items()}
    quotas = find_quotas(job.recipe.scenarios, targets, label_of)
    for one in job.recipe.scenarios:
        makers = {maker.title: maker.rows_per_call for maker in job.recipe.generators if maker.scenario == one.name}
        own = rows.filter(pl.col("generator").is_in([*makers]))
        names = [name for name in targets if one.list_labels([label_of[name]])]
        labels = {
            label: {
                "floor": quotas.get((one.name, label), 0),
                "kept": own.filter(stratum_of(job.recipe) == label).height,
            }
            for label in names
        }
        sent = prompts.filter(pl.col("generator").is_in([*makers]) & (pl.col("slot") >= 0))["generator"]
        floor, kept = (
            find_floor(one, {label: targets[label] for label in names}),
            sum(of["kept"] for of in labels.values()),
        )
        asked = sum(makers[title] for title in sent)
        found.append(
            {"scenario": one.name, "asked": asked, "kept": kept, "floor": floor, "met": kept >= floor, "labels": labels}
        )
    return found


def make_scenario_gate(job: Job, prompts: pl.DataFrame, rows: pl.DataFrame) -> GateResult:
    """Return the gate that fails if a scenario has fewer rows than its floor; unknown if no row was asked for any."""
    counts = count_scenarios(job, prompts, rows)
    missed = [one for one in counts if not one["met"]]
    told = [f"{one['scenario']} {one['kept']:,} of {one['floor']:,}" for one in (missed or counts)[:MAX_NAMED]]
    more = [f"{len(missed or counts) - MAX_NAMED:,} more"] if len(missed or counts) > MAX_NAMED else []
    ran = any(one["asked"] for one in counts)
    says = (
        "Some scenarios have fewer rows than their floor" if missed else "Every scenario has at least its floor of rows"
    )
    outcome = f"{says}: {'; '.join(told + more)}"
    if not ran:
        outcome = "Unknown whether scenarios have their rows: no prompt asked for any"
    return GateResult(
        name="scenario floors",
        severity="critical",
        passed=not missed if ran else None,
        figure=len(missed) if ran else None,
        limit=0,
        message=outcome,
    )
