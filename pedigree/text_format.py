"""Plain text of hostile values: one line each, nothing in it that could steer a terminal."""

import re
from collections.abc import Collection, Sequence
from typing import Any


def format_line(value: object, most: int = 100) -> str:
    """Return a value on one line, unseen characters spelled out, cut after ``most`` characters."""
    text = " ".join(format_text(value, 10 * most).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> list[str]:
    """Return the lines of a table, each column as wide as its longest cell; those named in ``right`` end there."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    aligned = (
        [cell.rjust(width) if name in right else cell.ljust(width) for cell, width, name in zip(line, widths, header, strict=True)]
        for line in lines
    )  # fmt: skip
    return ["  ".join(line).rstrip() for line in aligned]


# Controls but tab and line feed, zero-width and direction marks, line separators, surrogates, noncharacters, tags.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def format_text(value: Any, most: int = 600) -> str:
    """Return a text with unseen characters spelled out (U+202E as ⟨202E⟩), cut after ``most`` characters."""
    text = str(value)
    rest = f" … ({len(text) - most:,} more characters)" if len(text) > most else ""
    return UNSEEN.sub(lambda match: f"⟨{ord(match[0]):04X}⟩", text[:most]) + rest


def format_number(value: float | int | None, digits: int = 0) -> str:
    """Return a number with thousands apart and ``digits`` after the point, or a dash where it is unknown."""
    return "–" if value is None else f"{value:,.{digits}f}"


def format_percent(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage, or a dash where it is unknown; what is there at all is never 0."""
    least = 10**-digits
    if value is None:
        return "–"
    return f"< {least:g} %" if 0 < value < least / 200 else f"{100 * value:.{digits}f} %"


def format_signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    text = f"{value:+,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text[1:]


def format_figure(value: Any) -> str:
    """Return a gate's figure or limit as briefly as it can be said, or a dash where it can't be."""
    text = f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else format_text(value)
    return text if value is not None and len(text) <= 16 else "–"


def format_exact(value: float | int | None) -> str:
    """Return a number with up to 6 digits that count, or 'unknown'."""
    return "unknown" if value is None else f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"


def format_delta(value: float | int) -> str:
    """Return a change of such a number with its sign."""
    return f"{'+' if value > 0 else '−'}{format_exact(abs(value))}"
