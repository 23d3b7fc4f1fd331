"""Formats numbers and untrusted texts for people; no control character reaches a terminal or page."""

import re
from collections.abc import Collection, Sequence
from typing import Any


def say_value(value: object) -> str:
    """Return a value of a field as files and models have it; one that is missing is said to be so."""
    return "(missing)" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def format_line(value: object, limit: int = 100) -> str:
    """Return a value on one line, invisible characters spelled out, cut after ``limit`` characters."""
    text = " ".join(format_text(value, 10 * limit).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> list[str]:
    """Return the lines of a table with aligned columns; those named in ``right`` are right-aligned."""
    columns = []
    for name, *cells in zip(header, *rows, strict=True):
        width = max(map(len, (name, *cells)))
        columns.append([cell.rjust(width) if name in right else cell.ljust(width) for cell in (name, *cells)])
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


# Control characters except tab and line feed, zero-width and direction marks, line separators, surrogates,
# noncharacters, tags.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def format_text(value: Any, limit: int = 600) -> str:
    """Return a text with invisible characters spelled out (U+202E as ⟨202E⟩), cut after ``limit`` characters.

    A text is whole where the note on what was cut would be as long as what it stands for.
    """
    text = str(value)
    rest = f" … ({len(text) - limit:,} more characters)"
    if len(text) <= limit + len(rest):
        limit, rest = len(text), ""
    return INVISIBLE.sub(lambda match: f"⟨{ord(match[0]):04X}⟩", text[:limit]) + rest


def format_number(value: float | int | None, digits: int = 0) -> str:
    """Return a number with thousands separators and ``digits`` decimals, or a dash for None."""
    return "–" if value is None else f"{value:,.{digits}f}"


def format_percent(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage, or a dash for None; a positive share is never shown as 0."""
    least = 10**-digits
    if value is None:
        return "–"
    return f"< {least:g} %" if 0 < value < least / 200 else f"{100 * value:.{digits}f} %"


def format_signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign; without one if it rounds to 0."""
    text = f"{value:+,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text[1:]


def format_figure(value: Any) -> str:
    """Return a gate's figure or limit, or a dash for None or a long text."""
    if isinstance(value, float):
        text = f"{value:.4g}"
    else:
        text = f"{value:,}" if isinstance(value, int) else format_text(value)
    return text if value is not None and len(text) <= 16 else "–"


def format_exact(value: float | int | None) -> str:
    """Return a number with up to 6 significant digits, or 'unknown' for None."""
    return "unknown" if value is None else f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"


def format_delta(value: float | int) -> str:
    """Return a change, formatted as by ``format_exact``, with its sign."""
    return f"{'+' if value > 0 else '−'}{format_exact(abs(value))}"
