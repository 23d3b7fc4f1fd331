"""The command patterns: openings and templates that rows share more often than people's rows do."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.audits.dataset import open_dataset
from cli.console import out, print_json

MOST, MAX_CHARS = 10, 120


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(patterns)


def patterns(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    generator: Annotated[str | None, typer.Option(help="Look at the rows of this generator alone.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 if one is above people's level.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; with all patterns.")] = False,
) -> None:
    """Look for openings and sentence templates that many rows share, beside people's rows, and say what to avoid.

    Calls no model and writes nothing.
    """
    from pedigree.audits.patterns.templates import find_patterns
    from pedigree.errors import CommandError
    from pedigree.job_outputs import join_texts, read_synthetic_rows
    from pedigree.recipe.tables.texts import require_texts

    job = open_dataset(dataset)
    require_texts(job.recipe, "'pedigree patterns'")
    rows = read_synthetic_rows(job)
    if generator is not None:
        titles = [one.title for one in job.recipe.generators]
        if generator not in titles:
            raise CommandError(f"no generator {generator!r}", expected=", ".join(titles))
        rows = rows.filter(generator=generator)
    names = job.recipe.text_fields
    people = ["\n".join(str(one.fields[name] or "") for name in names) for one in (*job.seeds, *job.held_out)]
    found = find_patterns(join_texts(rows, job.recipe).to_list(), people)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        out.print(f"{job.dataset}: {rows.height:,} rows that models wrote, beside {len(people):,} rows of people")
        for kind in ("opening", "template"):
            some = [one for one in found if one.kind == kind]
            above = sum(one.above is True for one in some)
            told = (
                "unknown beside people, as there are no rows of people" if not people else f"{above:,} above people's"
            )
            out.print(f"\n{kind}s that many rows share: {len(some):,} shown, {told}", markup=False)
            for one in some[:MOST]:
                mark = "unknown" if one.above is None else "WARNING" if one.above else "as people"
                beside = f"; {one.people / one.of_people:.1%} of people's" if one.of_people else ""
                out.print(
                    f"{mark:<9} {one.text!r}: {one.rows:,} rows, {one.rows / one.of:.1%}{beside}\n"
                    f"          such as: {' '.join(one.example.split())[:MAX_CHARS]}",
                    markup=False,
                )
        _say_remedy([one.text for one in found if one.kind == "opening" and one.above is not False])
    if strict and any(one.above for one in found):
        raise typer.Exit(1)


def _say_remedy(openings: list[str]) -> None:
    if openings:
        quoted = ", ".join(f'"{one}"' for one in openings[:MOST])
        out.print(
            f"\nThe next prompts of a generator forbid these openings with\n  avoid: [{quoted}]\n"
            "New prompts are paid for; answers to the old ones stay in the ledger.",
            markup=False,
        )
