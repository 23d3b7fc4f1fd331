"""The rounds of a search for instructions, as a table and in words, from its record: for terminal, page and readers."""

from collections.abc import Mapping
from difflib import ndiff
from typing import Any

from pedigree.report.markdown import escape_markdown, fence, write_table

HEADER = ("round", "area under the curve (95 %)", "rests on", "label read as asked", "rows kept")
RULE = "0.50: nothing tells the rows from people's; 1.00: everything does. Lower is better"
TOLD = 5  # telling features of a round


def list_cells(record: Mapping[str, Any]) -> list[list[str]]:
    """Return the cells of each round, and of the tests on fresh rows, below HEADER."""
    return [_format_cells(one, str(one["round"])) for one in record["rounds"]] + [
        _format_cells(one, f"{one['round']}, fresh rows") for one in record["tests"]
    ]


def list_changes(record: Mapping[str, Any]) -> list[tuple[str, list[str], list[str]]]:
    """Return of each round its name, the lines that its instructions add (+) and lack (-), and what told its rows."""
    found, before = [], ""
    for one in record["rounds"]:
        if one["fault"]:
            found.append((f"round {one['round']}", [f"the rewrite was not tried: {one['fault']}"], []))
            continue
        now = one["instructions"]
        lines = [line for line in ndiff(before.splitlines(), now.splitlines()) if not line.startswith(("?", "  "))]
        found.append((f"round {one['round']}", lines or ["no instructions"], one["telling"][:TOLD]))
        before = now
    return found


def format_search(record: Mapping[str, Any]) -> list[str]:
    """Return the lines for a terminal that follow the table."""
    lines = []
    for name, changes, telling in list_changes(record):
        lines += [f"{name}: instructions", *(f"  {line}" for line in changes)]
        lines += ["  what told its rows from people's", *(f"    {line}" for line in telling)] if telling else []
    return [*lines, "", *describe_outcome(record)]


def describe_outcome(record: Mapping[str, Any]) -> list[str]:
    """Return what was chosen and why, and which rows of people it rests on, in sentences."""
    people, chosen = record["people"], record["chosen"]
    kept = f"chosen: round {chosen}" if chosen else "chosen: the start, as it was"
    shown = f", {people['shown_in_prompts']:,} were shown in prompts" if people["shown_in_prompts"] else ""
    return [
        f"{kept}; {record['why']}",
        f"rows of people: {people['read_in_rounds']:,} were read in the rounds, {people['fresh']:,} fresh ones in the "
        f"test{shown}; held-out rows had no part in it",
    ]


def describe_search(record: Mapping[str, Any]) -> str:
    """Return the search as Markdown."""
    parts = [
        f"## Instructions of generator {escape_markdown(record['generator'])}",
        "\n\n".join(escape_markdown(line, 400) for line in describe_outcome(record)),
        write_table(HEADER, list_cells(record)),
        RULE + ".",
    ]
    for name, changes, telling in list_changes(record):
        parts += [f"### {name}", fence("\n".join(changes))]
        parts += ["\n".join(f"- {escape_markdown(line, 300)}" for line in telling)] if telling else []
    return "\n\n".join(parts) + "\n"


def _format_cells(one: Mapping[str, Any], name: str) -> list[str]:
    if one["fault"]:
        return [name, "not tried", "", "", ""]
    area = f"unknown: {one['unknown']}"
    if one["area"] is not None:
        area = f"{one['area']:.2f} ({one['interval'][0]:.2f} to {one['interval'][1]:.2f})"
    labels = "unknown" if one["labels_read"] is None else f"{one['labels_right']:,} of {one['labels_read']:,}"
    rows = f"{one['made']:,} rows, {one['people']:,} of people"
    return [name, area, rows, labels, _format_kept(one)]


def _format_kept(one: Mapping[str, Any]) -> str:
    return f"{one['kept']:,} of {one['asked']:,} asked for"
