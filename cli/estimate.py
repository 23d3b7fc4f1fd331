"""The command estimate: calls, tokens, cost and time of a run before it starts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.check import find_recipe
from cli.console import err, out, print_json
from pedigree.errors import RecipeError
from pedigree.job import Job, build_job, open_job
from pedigree.ledger.ledger import Ledger
from pedigree.versions.growth import find_growth

if TYPE_CHECKING:
    from pedigree.generation.bills import Bill, Estimate, Limit

ASSUMED = {
    "rows_kept": ("rows kept of those asked for", "{:.0%}"),
    "tokens_out_per_row": ("output tokens per row, including the JSON around it", "{:.1f}"),
    "tokens_in_per_guess": ("prompt tokens for every 4 characters", "{:.2f}"),
    "seconds_per_call": ("seconds of a call", "{:.2g}"),
}


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(estimate)


def estimate(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's path, or its dataset's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Estimate the calls, tokens, cost and time of a run. Calls no model and writes nothing."""
    job = open_job(*find_recipe(recipe))
    workspace = job.workspace
    from tasks.estimate import estimate as estimate_run

    if bases := find_growth(workspace, job.recipe):
        job = build_job(workspace, job.recipe.model_copy(update={"grown_from": bases}))
    ledger = Ledger(workspace.ledger)
    found, search = estimate_run(job, ledger), _expect_search(job, ledger)
    if as_json:
        values = asdict(found)
        values |= {"search": [asdict(bill) for bill in search]} if search else {}
        for limit in values["budget"]:
            limit["mend"] = limit["hint"]  # its former name
        print_json(values)
        _require_budget(job, found)
        return
    held = (
        f"{found.held.calls:,} completions are in the ledger and cost nothing more"
        if found.held.calls
        else "the ledger holds nothing of it"
    )
    out.print(f"{found.dataset}: {found.rows:,} rows; {held}\n", markup=False)
    out.print(_draw_bills((*found.generators, found.total)))
    for bill in found.generators:
        if bill.price is not None:
            out.print(
                f"\n{bill.generator} goes through batches; price: {bill.price}. Each round waits for its batches, up "
                "to 24 hours, which the time does not count",
                markup=False,
            )
    out.print(f"\n{found.stop}\n\nassumed", markup=False)
    for line in [*_format_assumed(found), "", "budget", *map(format_limit, found.budget)]:
        out.print(line, markup=False)
    if not found.budget:
        out.print("  no limits but rounds", markup=False)
    if search:
        out.print("\na search by 'pedigree optimise' takes at most this besides, and a run none of it", markup=False)
        out.print(_draw_bills(search))
    _require_budget(job, found)


def _expect_search(job: Job, ledger: Ledger) -> "list[Bill]":
    """Return what a search for instructions takes at most; nothing where the recipe has none, or it can't start."""
    if job.recipe.optimise is None:
        return []
    from tasks.optimising.forecast import expect_search  # loads scikit-learn

    try:
        return expect_search(job, ledger)
    except RecipeError as error:
        err.print(f"'pedigree optimise' can't start: {error.found}", markup=False)
        return []


def _require_budget(job: Job, found: "Estimate") -> None:
    """Raise RecipeError if the budget is far too small: 'pedigree check' then refuses the recipe, too."""
    if short := [limit for limit in found.budget if limit.is_hopeless]:
        raise RecipeError(
            f"{job.workspace.recipe_path(job.dataset)}: the budget is far too small: "
            + "; ".join(format_limit(limit).strip() for limit in short),
            hint="raise the budget, or lower 'rows': a run would stop in the middle, and what it asked for is paid for",
        )


def _draw_bills(bills: "Sequence[Bill]") -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("generator", "model", "calls", "tokens in", "tokens out", "USD", "time"):
        table.add_column(name, justify="left" if name in {"generator", "model"} else "right")
    for bill in bills:
        table.add_row(*_format_bill(bill))
    return table


def _format_bill(bill: "Bill") -> tuple[str, ...]:
    numbers = (f"{count:,}" for count in (bill.calls, bill.tokens_in, bill.tokens_out))
    return (
        bill.generator,
        bill.model,
        *numbers,
        "unknown" if bill.usd is None else f"{bill.usd:.4f}",
        _format_time(bill.seconds),
    )


def _format_assumed(found: "Estimate") -> list[str]:
    """Return one line per figure and source; generators with equal assumptions share a line."""
    lines: dict[str, list[str]] = {}
    for name, (what, form) in ASSUMED.items():
        for generator, assumed in found.assumed.items():
            figure = getattr(assumed, name)
            value = "unknown" if figure.value is None else form.format(figure.value)
            lines.setdefault(f"{what}: {value} ({figure.source})", []).append(generator)
    return [f"  {line}" + (f": {', '.join(of)}" if len(of) < len(found.assumed) else "") for line, of in lines.items()]


def format_limit(limit: "Limit") -> str:
    """Return a limit of a budget, what is needed of it, and whether it is enough."""
    form = "{:.2f}" if limit.name == "usd" else "{:,}"
    needed = "unknown" if limit.needed is None else form.format(limit.needed)
    verdict = {True: "enough", False: "NOT enough", None: "a run refuses to start"}[limit.enough]
    return f"  {limit.name}: {needed} of {form.format(limit.limit)}: {verdict}" + (
        f"; {limit.hint}" if limit.hint else ""
    )


def _format_time(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )
