"""Formats a history as text: a line of figures for each version, and what it changed below."""

from itertools import groupby

from rich.text import Text

from pedigree.dataset.label_evidence import describe_briefly
from pedigree.text_format import format_line, format_table
from pedigree.versions.history import Entry

COLUMNS = ("version", "date", "rows", "labels", "cost", "gates", "model")
RIGHT = {"rows", "labels", "cost"}


def format_history(entries: list[Entry]) -> Text:
    """Return the versions of each dataset under its name."""
    text = Text()
    for dataset, group in groupby(entries, key=lambda entry: entry.version.dataset):
        own = list(group)
        lines = format_table(COLUMNS, [_list_cells(entry) for entry in own], RIGHT)
        text.append(f"{dataset}\n", "bold").append(f"  {lines[0]}\n", "dim")
        for entry, line in zip(own, lines[1:], strict=True):
            text.append(f"  {line}\n").append(f"    {_format_change(entry)}\n", "dim")
            if entry.rows is not None:
                if entry.languages:
                    counts = ", ".join(f"{format_line(code)} {rows:,}" for code, rows in entry.languages.items())
                    text.append(f"    rows by language: {counts}\n", "dim")
                text.append(f"    labels: {describe_briefly(entry.labels_checked)}\n", "dim")
            for warning in entry.warnings:
                text.append("    warning: ", "yellow").append(f"{format_line(warning)}\n")
    return text[:-1]


def _list_cells(entry: Entry) -> list[str]:
    version = entry.version
    first, others = (entry.models or ("unknown",))[0], len(entry.models) - 1
    return [
        version.name,
        version.date[:16].replace("T", " "),
        _format_count(entry.rows),
        _format_count(entry.labels),
        "unknown" if entry.cost_usd is None else f"{entry.cost_usd:.4f} USD",
        "unknown" if entry.gates is None else f"{entry.gates_passed} of {entry.gates}",
        format_line(first, 40) + (f" and {others} more" if others > 0 else ""),
    ]


def _format_change(entry: Entry) -> str:
    words = ", ".join(format_line(word, 160) for word in entry.changes)
    return f"{entry.change or 'unknown'}{': ' if words else ''}{words}"


def _format_count(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"
