"""Markdown of the failure-driven rounds of a run: what each asked for, what it brought and what a classifier gained."""

from collections.abc import Mapping
from typing import Any

from pedigree.report.markdown import escape_markdown, write_table
from pedigree.text_format import format_number, format_percent

MAX_CLUSTERS = 4
VENDI = (
    "Vendi: as how many wholly different rows a sample of the round's rows counts (20 to 200 rows, as many of each "
    "round); below half of the first round's score, the rounds end"
)
HEADER = ("round", "made", "kept", "macro-F1", "95 % interval", "Vendi", "opening", "rare words", "asked for")


def describe_rounds(driven: Mapping[str, Any]) -> str:
    """Return a table of the rounds, and why they ended early; ``driven`` is what ``tabulate_rounds`` returns."""
    read = f"{driven['people']:,} rows of people in {driven['read']}"
    lines = [
        "## Failure-driven rounds",
        escape_markdown(f"After each round a classifier of the rows so far read {read}."),
        write_table(HEADER, map(_format_round, driven["rounds"]), words=("asked for",)),
        escape_markdown(f"{VENDI}. In brackets: words that tell these rows from the other rows of people."),
    ]
    if driven["stop"]:
        lines.append(escape_markdown(f"The rounds ended early: {driven['stop']}."))
    return "\n\n".join(lines) + "\n"


def _format_round(one: Mapping[str, Any]) -> list[str]:
    variety, interval = one["variety"] or {}, one["macro_f1_interval"]
    return [
        str(one["number"]),
        f"{one['made']:,}",
        f"{one['kept']:,}",
        format_number(one["macro_f1"], 3),
        f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "unknown",
        format_number(variety.get("vendi"), 1),
        format_percent(variety.get("opening_share")),
        format_percent(variety.get("rare_recall")),
        _format_asked(one["asked"]),
    ]


def _format_asked(asked: list[Mapping[str, Any]]) -> str:
    named = [
        f"{one['label']} taken for {one['confused']}, {one['rows']:,} rows"
        + (f" ({', '.join(one['words'])})" if one["words"] else "")
        for one in asked[:MAX_CLUSTERS]
    ]
    more = [f"{len(asked) - MAX_CLUSTERS:,} more"] if len(asked) > MAX_CLUSTERS else []
    return escape_markdown("; ".join([*named, *more]) or "plain prompts", 600)
