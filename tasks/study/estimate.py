"""What a study will use, before money is spent: the sum over its datasets. No step of the flow, so no @task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pedigree.generation import bills
from pedigree.generation.budget import NO_USAGE
from pedigree.job import build_job
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.budget import Budget
from pedigree.recipe.schema import Recipe
from pedigree.studies.cells import Cell
from pedigree.workspace import Workspace
from tasks.estimate import estimate


@dataclass(frozen=True)
class StudyBill:
    """What one task uses of one model; ``usd`` is None where a price is unknown. ``held`` calls are paid already."""

    task: str
    model: str
    datasets: int
    calls: int
    held: int
    tokens_in: int
    tokens_out: int
    usd: float | None
    seconds: float | None


@dataclass(frozen=True)
class StudyEstimate:
    """The bills by task and model, their sum, and whether the study's budget covers it."""

    bills: tuple[StudyBill, ...]
    total: StudyBill
    budget: tuple[bills.Limit, ...]


def estimate_study(workspace: Workspace, budget: Budget, recipes: Mapping[Cell, Recipe]) -> StudyEstimate:
    """Return what the datasets of a study would use now; nothing is written and no model is called.

    Of the sizes of a dataset only the largest counts, as the smaller ones are its beginning.
    """
    largest = {cell.chain: (cell.task, recipe) for cell, recipe in recipes.items()}
    parts: dict[tuple[str, str], list[bills.Bill]] = {}
    held, ledger = NO_USAGE, Ledger(workspace.ledger)
    for task, recipe in largest.values():
        found = estimate(build_job(workspace, recipe), ledger)
        held += found.held
        for bill in found.generators:
            parts.setdefault((task, bill.model), []).append(bill)
    by_model = tuple(_add(task, model, found) for (task, model), found in parts.items())
    total = _add("in all", "", [bill for found in parts.values() for bill in found])
    whole = bills.Bill("in all", "", total.calls, total.held, total.tokens_in, total.tokens_out, total.usd, 0)
    limits = bills.weigh_budget(budget, whole, held, 0)
    return StudyEstimate(by_model, total, tuple(limit for limit in limits if limit.name != "rounds"))


def _add(task: str, model: str, found: Sequence[bills.Bill]) -> StudyBill:
    costs = [bill.usd for bill in found if bill.usd is not None]
    times = [bill.seconds for bill in found if bill.seconds is not None]
    return StudyBill(
        task,
        model,
        len(found),
        *(sum(getattr(bill, name) for bill in found) for name in ("calls", "held", "tokens_in", "tokens_out")),
        usd=sum(costs) if len(costs) == len(found) else None,
        seconds=sum(times) if len(times) == len(found) else None,
    )
