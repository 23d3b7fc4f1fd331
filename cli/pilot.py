"""The command pilot: how subjective the labels of a recipe are, before a whole dataset is paid for."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.check import find_recipe
from cli.console import err, format_usd, out, print_json, print_log_lines
from pedigree.system.dataset_lock import tell_wait
from pedigree.text_format import format_line

if TYPE_CHECKING:
    from flows.pilot import Pilot
    from pedigree.labels.subjectivity import Kappa, Subjectivity
    from tasks.judging.generator_gain import Gain
    from tasks.judging.generator_pilot import GeneratorPilot

SHOWN = 5  # confused pairs, and rows on which the annotators disagree


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(pilot)


def pilot(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's path, or its dataset's name.")],
    rows_per_label: Annotated[int, typer.Option(min=1, max=1000, help="Rows to make of each label.")] = 5,
    write: Annotated[
        bool, typer.Option("--write", help="Write the proposed weights of the generators into the recipe.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make a few rows of each label and ask the judges for their labels: objective, medium or subjective?

    Where two people decided on the same rows, their decisions are taken, and nothing is asked.

    With several generators, it tells what each brought and proposes weights where enough is known.
    """
    workspace, dataset = find_recipe(recipe)
    print_log_lines()
    tell_wait(workspace, dataset)
    from flows.pilot import run_pilot, write_weights

    found = run_pilot(workspace, dataset, rows_per_label)
    if as_json:
        rows = [{**asdict(row), "agreement": row.agreement if row.given else None} for row in found.ratings]
        print_json({**asdict(found), "ratings": rows})
    else:
        for line in _format(found):
            out.print(line, markup=False)
    if write:
        write_weights(workspace, found)
        err.print(f"written into the recipe of {dataset}: the weights of its generators", markup=False)


def _format(found: "Pilot") -> list[str]:
    result = found.subjectivity
    lines = [f"{found.dataset}: {_format_verdict(result)}", f"  {found.limits} (Landis and Koch 1977)"]
    if found.caution:
        lines.append(f"  caution: {found.caution}")
    lines += ["", *_format_agreement(found.by, result)]
    if found.literature:
        lines += ["", f"what was found for such tasks: {found.literature}"]
    lines += ["", "what to do", *(f"  - {advice}" for advice in found.advice)]
    lines += _format_generators(found.generators) + _format_proposal(found)
    lines += _format_disagreements(found)
    if found.unlike:
        lines += ["", "for the recipe, so that prompts tell these labels apart", found.unlike_yaml.rstrip()]
    return [*lines, "", f"asked for now: {found.asked_now:,} completions, {format_usd(found.usd_now)}"]


def _format_verdict(result: "Subjectivity") -> str:
    if result.kappa is None:
        return "unknown: kappa is not defined, as no row has two labels, or all labels given are the same"
    kappa = f"{result.verdict}, by {result.kappa.kind}'s kappa {_format_kappa(result.kappa)}"
    others = " or ".join(result.not_excluded)
    return kappa + (f"; {result.rows:,} rows do not exclude that it is {others}" if others else "")


def _format_kappa(kappa: "Kappa") -> str:
    return f"{kappa.value:.2f} (95 %: {kappa.low:.2f} to {kappa.high:.2f})"


def _format_agreement(by: str, result: "Subjectivity") -> list[str]:
    left_out = f"; {result.unrated:,} more have fewer than two labels and do not count" if result.unrated else ""
    lines = [f"{result.rows:,} rows with two labels or more, of {len(result.annotators)} annotators ({by}){left_out}"]
    if result.agreement is not None:
        lines += [
            f"  agreement a_i (Li et al. 2023), mean: {result.agreement:.2f}; all agree on {result.unanimous:,} rows",
            f"  rows to which less than half of them gave the label it was made for: {result.otherwise:,}",
        ]
    return lines + [
        f"  {one.labels[0]} and {one.labels[1]} are confused on {one.rows:,} row{'s' * (one.rows != 1)}"
        for one in result.confusions[:SHOWN]
    ]


def _format_generators(generators: "list[GeneratorPilot]") -> list[str]:
    """Return a line for each generator, where there are several."""
    lines = ["", "what each generator brought"] if len(generators) > 1 else []
    for one in generators if lines else ():
        rated = f"{one.as_made:,} of {one.rated:,} rated rows have the label they were made for"
        rated += f" (95 %: {one.interval[0]:.0%} to {one.interval[1]:.0%})" if one.interval else ""
        cost = "unknown" if one.usd_per_row is None else f"{one.usd_per_row:.6f} USD"
        kept = f"{one.kept:,} of {one.requested:,} requested rows kept"
        lines.append(f"  {one.name} ({one.model}): {kept}; {rated}; cost of a kept row: {cost}")
        lines += [f"    {_format_gain(gain)}" for gain in one.gains] or ["    gain on people's rows: unknown"]
    return lines


def _format_gain(one: "Gain") -> str:
    return (
        f"gain on {one.people:,} rows of people from {one.rows:,} of its rows, student on {one.student}: macro-F1 "
        f"{one.gain:+.3f} (95 %: {one.interval[0]:+.3f} to {one.interval[1]:+.3f})"
    )


def _format_proposal(found: "Pilot") -> list[str]:
    """Return the proposed weights of several generators, or why there are none."""
    if len(found.generators) < 2:
        return []
    if not found.proposal.weights:
        return ["", f"no weights of the generators are proposed: {found.proposal.why}"]
    weights = ", ".join(f"{name} {weight:g}" for name, weight in found.proposal.weights.items())
    return ["", f"proposed weights of the generators: {weights}", f"  {found.proposal.why}; --write puts them in"]


def _format_disagreements(found: "Pilot") -> list[str]:
    rows = sorted((row for row in found.ratings if len(row.given) > 1), key=lambda row: row.agreement)
    shown = [row for row in rows if row.agreement < 1][:SHOWN]
    lines = ["", "rows on which they disagree most"] if shown else []
    for row in shown:
        said = format_line(", ".join(f"{name}: {label}" for name, label in row.given.items()), 300)
        lines.append(
            f"  {row.row_id[:12]}  made for {row.asked}; {said}" + (f"\n    {format_line(row.text)}" * bool(row.text))
        )
    return lines
