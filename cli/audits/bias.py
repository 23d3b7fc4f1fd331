"""The command bias: which groups of people the rows speak of, with which labels, and how a classifier treats them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.audits.dataset import open_dataset
from cli.console import out, print_json

if TYPE_CHECKING:
    from pedigree.audits.bias.audit import BiasAudit
    from pedigree.audits.bias.mentions import Mention

MOST = 15


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(bias)


def bias(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    terms: Annotated[
        str | None, typer.Option(help="File of terms; terms/LANGUAGE.yaml of the workspace, or the shipped one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; with all groups and labels.")] = False,
) -> None:
    """Look for labels that go with groups of people, groups that are missing, and decisions that change with a group.

    Calls no model and writes nothing.
    """
    from pedigree.audits.bias.audit import audit_bias
    from pedigree.audits.bias.term_lists import find_term_file, load_terms
    from pedigree.job_outputs import read_synthetic_rows

    job = open_dataset(dataset)
    lists = load_terms(find_term_file(job.workspace.root, job.recipe.language, terms))
    found = audit_bias(job, read_synthetic_rows(job), lists)
    if as_json:
        print_json(asdict(found))
        return
    lines = [
        f"{found.dataset}: {found.rows:,} rows that models wrote, beside {found.people:,} rows of people; "
        f"terms of {found.terms}",
        *_say_mentions(found),
        *_say_coverage(found),
        *_say_flips(found),
        *_say_gaps(found),
        "\nWords decide: a word may speak of something else, and no list is complete. Read the rows.",
    ]
    out.print("\n".join(lines), markup=False, highlight=False)


def _say_mentions(found: "BiasAudit") -> list[str]:
    notable = found.list_notable()
    lines = [f"\nGroups and labels (log-odds, notable beyond z = {found.notable:.1f}): {len(notable):,} notable"]
    for one, real in notable[:MOST]:
        beside = f"; people's rows: {_share(real)}, {_z(real)}" if real else ""
        lines.append(f"  {one.label}: {one.dimension} {one.group} in {_share(one)}, {_z(one)}{beside}")
    return lines


def _share(one: "Mention") -> str:
    return f"{one.rows:,} of {one.of:,} rows"


def _z(one: "Mention") -> str:
    return "z unknown" if one.z is None else f"z = {one.z:+.1f}"


def _say_coverage(found: "BiasAudit") -> list[str]:
    known = [one for one in found.coverage if one.difference is not None]
    if not known:
        return ["\nCoverage beside people's rows: unknown, as there are no rows of people"]
    apart = [one for one in known if one.low is not None and one.high is not None and not one.low <= 0 <= one.high]
    lines = [
        f"\nCoverage beside people's rows: {len(apart):,} of {len(known):,} groups differ beyond the 95 % interval"
    ]
    for one in sorted(apart, key=lambda one: -abs(one.difference or 0.0))[:MOST]:
        lines.append(
            f"  {one.dimension} {one.group}: {one.written / one.of_written:.1%} of the rows, "
            f"{one.people / one.of_people:.1%} of people's ({one.difference:+.1%}, {one.low:+.1%} to {one.high:+.1%})"
        )
    return lines


def _say_flips(found: "BiasAudit") -> list[str]:
    if found.flips is None:
        return ["\nExchanged words: unknown, as no text holds a word of a swap, or there is one label only"]
    flips = found.flips
    lines = [
        f"\nExchanged words ({found.tested}): {flips.flipped:,} of {flips.rows:,} texts get another label "
        f"({flips.flipped / flips.rows:.1%}, 95 % interval {flips.low:.1%} to {flips.high:.1%})"
    ]
    return lines + [f"  {one.before} -> {one.after}: {one.swapped}" for one in flips.examples[:3]]


def _say_gaps(found: "BiasAudit") -> list[str]:
    known = [one for one in found.gaps if one.difference is not None]
    if not known:
        return ["\nAccuracy by group: unknown, as too few held-out rows speak of any group"]
    lines = [f"\nAccuracy by group, on held-out rows: known for {len(known):,} of {len(found.gaps):,} groups"]
    for one in sorted(known, key=lambda one: one.difference or 0.0)[:MOST]:
        apart = one.low is not None and one.high is not None and not one.low <= 0 <= one.high
        lines.append(
            f"  {one.dimension} {one.group}: {one.accuracy:.1%} of {one.rows:,} rows, others {one.others:.1%} "
            f"({one.difference:+.1%}, {one.low:+.1%} to {one.high:+.1%}){', beyond chance' if apart else ''}"
        )
    return lines
