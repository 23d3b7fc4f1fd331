"""Shows the labels that a judge or a classifier gives beside those asked for: as cells of a picture, and as tables."""

from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from pedigree.dataset.results import LabelReadings
from pedigree.report.markdown import escape_markdown, write_table

MAX_DRAWN, MAX_PRINTED = 20, 10  # labels of the picture, and of the table on the terminal
MAX_LINES = 60  # of the table in Markdown
ANOTHER = "another label"  # a verdict that names none
SHADES = (  # from this share of a line on: the style of a cell of the asked label, and of any other label
    (0.5, "black on steel_blue1", "black on dark_orange"),
    (0.1, "black on light_sky_blue1", "black on light_goldenrod1"),
    (0.0, "", "bold"),
)


@dataclass(frozen=True)
class Matrix:
    """Counts of rows by the label asked for (lines) and the label given (columns), of the labels that are shown."""

    labels: list[str]
    columns: list[str]
    counts: list[list[int]]
    totals: list[int]  # of all rows of a line, also of labels that are not shown

    def list_cells(self) -> list[dict]:
        """Return the cells for ``matrix_charts.draw_readings``."""
        return [
            {
                "asked": label,
                "given": column,
                "rows": rows,
                "share": round(rows / (total or 1), 4),
                "same": label == column,
            }
            for label, line, total in zip(self.labels, self.counts, self.totals, strict=True)
            for column, rows in zip(self.columns, line, strict=True)
        ]


@dataclass(frozen=True)
class Line:
    """What became of the rows of a label: how many got it, and which others were given, the most frequent first."""

    label: str
    rows: int
    same: int
    others: list[tuple[str, int]]


def select_matrix(readings: LabelReadings, most: int = MAX_DRAWN) -> Matrix:
    """Return the matrix of all labels; of more than ``most`` labels, of those that are confused most often."""
    named = {*readings.counts, *(label for line in readings.counts.values() for label in line)}
    labels = [label for label in readings.labels if label in named]
    if len(labels) > most:
        confused = _count_confused(readings)
        worst = sorted((name for name in labels if confused[name]), key=lambda name: (-confused[name], name))[:most]
        labels = [name for name in labels if name in worst]
    lines = [readings.counts.get(label, {}) for label in labels]
    unnamed = any("" in line for line in lines)
    keys = [*labels, *[""] * unnamed]
    return Matrix(
        labels=labels,
        columns=[*labels, *[ANOTHER] * unnamed],
        counts=[[line.get(key, 0) for key in keys] for line in lines],
        totals=[sum(line.values()) for line in lines],
    )


def _count_confused(readings: LabelReadings) -> dict[str, int]:
    """Return by label the rows that were asked for it or got it, but not both."""
    pairs = [(asked, given, rows) for asked, line in readings.counts.items() for given, rows in line.items()]
    names = {name for asked, given, _ in pairs for name in (asked, given)}
    return {name: sum(rows for asked, given, rows in pairs if (asked == name) != (given == name)) for name in names}


def list_lines(readings: LabelReadings) -> list[Line]:
    """Return a line for each label asked for."""
    return [
        Line(
            label=asked,
            rows=sum(given.values()),
            same=given.get(asked, 0),
            others=sorted(
                ((name or ANOTHER, rows) for name, rows in given.items() if name != asked),
                key=lambda pair: (-pair[1], pair[0]),
            ),
        )
        for asked in readings.labels
        if (given := readings.counts.get(asked))
    ]


def describe_readings(readings: LabelReadings) -> str:
    """Return a sentence without a full stop: who gave how many rows the label that they were asked for."""
    lines = list_lines(readings)
    rows, same = sum(line.rows for line in lines), sum(line.same for line in lines)
    who = f"Judge {readings.name!r}" if readings.by == "judge" else "The classifier"
    what = "candidates" if readings.by == "judge" else "kept rows"
    few = f"; it was shown {readings.labels_shown} of {len(readings.labels)} labels about each"
    shown = f"{few}, and {ANOTHER!r} is none of them" if readings.labels_shown else ""
    return f"{who} gives {same:,} of {rows:,} {what} the label asked for; its own errors are not corrected here{shown}"


def format_readings(readings: LabelReadings) -> Table:
    """Return a table for the terminal: labels asked for in lines, labels given in columns that are numbered."""
    matrix = select_matrix(readings, MAX_PRINTED)
    of = "" if set(readings.counts) <= set(matrix.labels) else f" (the {len(matrix.labels)} labels confused most)"
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        collapse_padding=True,
        caption=Text(f"{describe_readings(readings)}{of}"),
        caption_justify="left",
    )
    table.add_column("asked for", overflow="fold")
    for place, column in enumerate(matrix.columns, 1):
        table.add_column(column if column == ANOTHER else f"{place}", justify="right", no_wrap=True)
    for place, (label, line, total) in enumerate(zip(matrix.labels, matrix.counts, matrix.totals, strict=True), 1):
        cells = [_shade(rows, total, place == column) for column, rows in enumerate(line, 1)]
        table.add_row(Text(f"{place} {label}"), *cells)
    return table


def _shade(rows: int, total: int, same: bool) -> Text:
    style = next(shades[not same] for least, *shades in SHADES if rows >= least * total)
    return Text(f"{rows:,}", style=style) if rows else Text("·", style="dim")


def format_readings_markdown(readings: LabelReadings) -> str:
    """Return a sentence and a table: a line for each label that was asked for."""
    lines = sorted(list_lines(readings), key=lambda line: line.same - line.rows)[:MAX_LINES]
    known = {line.label for line in lines}
    cells = [
        [
            line.label,
            f"{line.rows:,}",
            f"{line.same:,}",
            ", ".join(f"{escape_markdown(name, 60)} {rows:,}" for name, rows in line.others[:8]),
        ]
        for line in list_lines(readings)
        if line.label in known
    ]
    table = write_table(["asked for", "rows", "same label given", "other labels given"], cells, ("other labels given",))
    return f"{escape_markdown(describe_readings(readings))}.\n\n{table}"


def describe_picture(readings: LabelReadings) -> str:
    """Return the alternative text of the picture: the sentence, and the most frequent confusions."""
    pairs = [(line.label, name, rows) for line in list_lines(readings) for name, rows in line.others]
    worst = sorted(pairs, key=lambda pair: -pair[2])[:5]
    said = "; ".join(f"{rows:,} of {asked} as {given}" for asked, given, rows in worst)
    return f"{describe_readings(readings)}. Most frequent: {said or 'no other label'}"
