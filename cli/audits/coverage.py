"""The command coverage: what a dataset lacks, beside its plan and beside people's rows."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.audits.dataset import open_dataset
from cli.console import out, print_json

if TYPE_CHECKING:
    from pedigree.audits.coverage.audit import Coverage
    from pedigree.audits.coverage.groups import Group
    from pedigree.job import Job
    from pedigree.metrics.embedder_choice import EmbedderChoice

MOST, MAX_CHARS = 12, 160
THIN = 3  # rows of a planned value, below which it is named


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(coverage)


def coverage(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    embedder: Annotated[
        str, typer.Option(help="Local embedder that compares texts; the recipe's, else words (TF-IDF).")
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 if a label, a scenario, a value or a group is missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; with all values and groups.")] = False,
) -> None:
    """Say what is missing: labels short of their target, scenarios, values without rows, groups of people's rows.

    Before the first run it says what the plan asks for. Calls no model and writes nothing.
    """
    from pedigree.audits.coverage.audit import audit_coverage

    job = open_dataset(dataset)
    choice = _choose(job, embedder)
    found = audit_coverage(job, choice.embedder)
    if as_json:
        print_json(asdict(found))
    else:
        lines = [
            *_say_labels(found),
            *_say_languages(found),
            *_say_scenarios(found),
            *_say_values(found),
            *_say_groups(found, choice.note),
        ]
        lines += _say_suggestions(found)
        out.print("\n".join(lines), markup=False, highlight=False)
    missed = found.made and any(not one["met"] for one in found.scenarios)
    short = _find_short(found) or _find_short_languages(found)
    if strict and (short or any(one.missing for one in found.groups) or _find_empty(found) or missed):
        raise typer.Exit(1)


def _choose(job: "Job", name: str) -> "EmbedderChoice":
    """Return the embedder that the command or the recipe names; raise for a named one that can't be used."""
    from pedigree.errors import CommandError
    from pedigree.metrics.embedder_choice import choose_embedder, find_embedder_problem, parse_embedder

    if parsed := parse_embedder(name):
        problem = find_embedder_problem(job.workspace, job.dataset, name)
        if parsed.is_paid or problem:
            found = f"{name} is a paid model" if parsed.is_paid else problem or ""
            raise CommandError(f"embedder: {found}", expected="a model on this machine, or no --embedder: words")
    screen = job.recipe.screens.semantic_duplicate
    own = job.recipe.evaluate.embedder or (screen.embedder if screen else None)
    return choose_embedder(job.workspace, job.dataset, name or own)


def _find_short(found: "Coverage") -> list[str]:
    return [f"{one.label} {one.wanted - one.there:,}" for one in found.labels if found.made and one.there < one.wanted]


def _find_short_languages(found: "Coverage") -> list[str]:
    short = [one for one in found.languages if found.made and one.there < one.wanted]
    return [f"{one.label} [{one.language}] {one.wanted - one.there:,}" for one in short]


def _find_empty(found: "Coverage") -> list[dict]:
    return [one for one in found.values if one["covered"] < one["values"]]


def _say_labels(found: "Coverage") -> list[str]:
    people = sum(one.people for one in found.labels)
    there = f"{sum(one.there for one in found.labels):,} rows are there" if found.made else "no rows are there yet"
    first = (
        f"{found.dataset}: {there}, {sum(one.wanted for one in found.labels):,} are wanted; {people:,} rows of people"
    )
    width = max(len(one.label) for one in found.labels)
    lines = [first, "", f"{'label':<{width}}  wanted   there  people's"]
    for one in found.labels[: 4 * MOST]:
        now = f"{one.there:>7,}" if found.made else "      –"
        lines.append(f"{one.label:<{width}} {one.wanted:>7,} {now} {one.people:>9,}")
    if len(found.labels) > 4 * MOST:
        lines.append(f"{len(found.labels) - 4 * MOST:,} more: --json")
    if short := _find_short(found):
        lines.append(f"MISSING  {_join(short)} rows: 'pedigree run {found.dataset}' asks for them")
    return lines


def _say_languages(found: "Coverage") -> list[str]:
    if not found.languages:
        return []
    width = max(len("label"), *(len(one.label) for one in found.languages))
    lines = ["", f"{'label':<{width}}  language  wanted   there  people's"]
    for one in found.languages[: 4 * MOST]:
        now = f"{one.there:>7,}" if found.made else "      –"
        lines.append(f"{one.label:<{width}}  {one.language:<8} {one.wanted:>7,} {now} {one.people:>9,}")
    if len(found.languages) > 4 * MOST:
        lines.append(f"{len(found.languages) - 4 * MOST:,} more: --json")
    if short := _find_short_languages(found):
        lines.append(f"MISSING  {_join(short)} rows: 'pedigree run {found.dataset}' asks for them")
    return lines


def _say_scenarios(found: "Coverage") -> list[str]:
    if not found.scenarios:
        return []
    width = max(len("scenario"), *(len(one["scenario"]) for one in found.scenarios))
    lines = ["", f"{'scenario':<{width}}   asked    kept   floor  met  by label"]
    for one in found.scenarios:
        counts = f"{one['asked']:>7,} {one['kept']:>7,}" if found.made else "      –       –"
        met = ("yes" if one["met"] else "no") if found.made else "–"
        parts = [
            f"{label} " + f"{of['kept']:,} of " * found.made + f"{of['floor']:,}" for label, of in one["labels"].items()
        ]
        lines.append(f"{one['scenario']:<{width}} {counts} {one['floor']:>7,}  {met:<3}  {_join(parts)}")
    if not found.made:
        return lines
    if missed := [one["scenario"] for one in found.scenarios if not one["met"]]:
        lines.append(f"MISSING  {_join(missed)}: 'pedigree run {found.dataset}' asks for what is lacking")
    return [*lines, "A row counts for the scenario that its prompt asked for; whether a text shows it is not checked."]


def _say_suggestions(found: "Coverage") -> list[str]:
    if not found.suggestions:
        return []
    guessed = any(one.floor is None for one in found.suggestions)
    return [
        "",
        "To ask for what is missing, correct these lines and put them under 'scenarios:' of the recipe:",
        *(f"  {one.format_line()}" for one in found.suggestions[:MOST]),
        *(["A floor of 10 is an example: nothing says how many rows of people are of such a kind."] if guessed else []),
    ]


def _say_values(found: "Coverage") -> list[str]:
    """Return lines on what prompts asked for; before the first run, on what they will ask for."""
    if not found.planned and not found.values:
        return ["", "Topics and attributes: no generator has any, so nothing but chance and shots makes rows differ"]
    if not found.values:
        lines = ["", "Topics and attributes that the plan asks for:"]
        for name, own in _collect((f"{one.generator}, {one.attribute}", one) for one in found.planned):
            rows, counts = [one.rows for one in own], sorted({one.count for one in own})
            some = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
            mark = "THIN     " if min(rows) < THIN else "         "
            lines.append(f"{mark}{name}: {some} values, about {min(rows):.1f} to {max(rows):.1f} rows of a label each")
        return lines
    empty = _find_empty(found)
    lines = ["", f"Topics and attributes that prompts asked for: {len(empty):,} of {len(found.values):,} lack a value"]
    for one in empty[:MOST]:
        lines.append(
            f"MISSING  {one['generator']}, {one['label']}, {one['attribute']}: {one['covered']:,} of {one['values']:,} "
            f"values have rows; none for example for {one['least']['value']!r}"
        )
    lines += [f"{len(empty) - MOST:,} more: --json"] if len(empty) > MOST else []
    return [*lines, "Whether a text shows its value is not checked."]


def _say_groups(found: "Coverage", note: str | None) -> list[str]:
    if not found.groups:
        return ["", "Groups of people's rows: unknown, as no label has 20 rows of people that may be shown to a model"]
    missing, tested = [one for one in found.groups if one.missing], any(one.p is not None for one in found.groups)
    told = f"{len(missing):,} of {len(found.groups):,} are missing" if tested else "what there is to cover"
    lines = ["", f"Groups of people's rows, by {found.compared_by}: {told}"]
    lines += [f"({note})"] if note else []
    for one in (missing if tested else found.groups)[:MOST]:
        lines += _say_group(one)
    rest = len(missing if tested else found.groups) - MOST
    lines += [f"{rest:,} more: --json"] if rest > 0 else []
    if found.ungrouped:
        lines.append(f"Unknown, with fewer than 20 rows of people: {_join(found.ungrouped)}")
    if missing:
        lines.append(
            "To get such rows: name what they have in common as a value of an attribute, add more of them as seeds, "
            "or take the strategy failures."
        )
    elif tested:
        lines.append("Rare and small groups are not found with few rows of people (docs/coverage.md).")
    return lines


def _say_group(one: "Group") -> list[str]:
    words = ", ".join(one.words) or "no typical words"
    share = f"{one.people / one.of_people:.0%} of people's rows ({one.people:,} of {one.of_people:,})"
    if one.p is None:
        return [f"         {one.label} ({words}): {share}", f"           {_cut(one.example)}"]
    rows = f"{one.rows / one.of_rows:.0%} of the rows ({one.rows:,} of {one.of_rows:,}); p = {one.p:.2g}"
    return [f"MISSING  {one.label} ({words}): {share}, {rows}", f"           {_cut(one.example)}"]


def _collect(pairs: Iterable[tuple[str, object]]) -> list[tuple[str, list]]:
    collected: dict[str, list] = {}
    for name, one in pairs:
        collected.setdefault(name, []).append(one)
    return list(collected.items())


def _join(names: list[str]) -> str:
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_CHARS else line[: MAX_CHARS - 1] + "…"
