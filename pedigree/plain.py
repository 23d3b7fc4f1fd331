"""Plain text of hostile values: one line each, nothing in it that could steer a terminal."""

from collections.abc import Collection, Sequence

from pedigree.page import show


def say_line(value: object, most: int = 100) -> str:
    """Return a value on one line, unseen characters spelled out, cut after ``most`` characters."""
    text = " ".join(show(value, 10 * most).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def tabulate(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> list[str]:
    """Return the lines of a table, each column as wide as its longest cell; those named in ``right`` end there."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    aligned = (
        [cell.rjust(width) if name in right else cell.ljust(width) for cell, width, name in zip(line, widths, header, strict=True)]
        for line in lines
    )  # fmt: skip
    return ["  ".join(line).rstrip() for line in aligned]
