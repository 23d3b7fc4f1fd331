"""Renders Markdown in which untrusted text stays text: no heading, link, image, HTML or table cell of its own.

Every value that a template prints is escaped, unless it is ``Markdown`` already.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pedigree.text_format import format_figure, format_number, format_percent, format_signed, format_text

ASSETS = Path(__file__).parent / "assets"
MAX_CHARS = 2000  # of one value
ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# Left as they are: an underscore within a word, a point or colon before a space, a point between digits.
SPECIAL = re.compile(
    r"[<>&\\`*\[\]{}|~#$@^!=+]|(?<![^\W_])_|_(?![^\W_])|(?<=\d)\.(?![\d\s]|$)|(?<!\d)\.(?!\s|$)|:(?!\s|$)|^-"
)
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")  # begins a list
BACKTICKS = re.compile("`+")


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def render_markdown(template: str, content: dict[str, Any]) -> str:
    """Return a template of assets/ as Markdown, everything in ``content`` escaped."""
    return _environment().get_template(template).render(**content)


def escape_markdown(value: Any, max_chars: int = MAX_CHARS) -> Markdown:
    """Return a text as Markdown on one line that shows it unchanged, cut after ``max_chars`` characters.

    Characters with a meaning in Markdown get a backslash, those of HTML become entities, line breaks become spaces, and
    invisible characters are spelled out.
    """
    if isinstance(value, Markdown):
        return value
    line = " ".join(format_text(" ".join(str(value).split()), max_chars).split())
    line = SPECIAL.sub(lambda match: ENTITIES.get(match[0], f"\\{match[0]}"), line)
    return Markdown(NUMBERED.sub(r"\1\\\2", line))


def format_code(value: Any) -> Markdown:
    """Return a short text as a code span; a text that would end the span or a table cell is escaped instead."""
    line = " ".join(format_text(value).split())
    return escape_markdown(line) if not line or "`" in line or "|" in line else Markdown(f"`{line}`")


def fence(value: Any, max_chars: int = 4000) -> Markdown:
    """Return a text of several lines as a code block that no line of the text can end."""
    text = format_text("\n".join(str(value).splitlines()), max_chars)
    marks = "`" * max([3, *(len(run) + 1 for run in BACKTICKS.findall(text))])
    return Markdown(f"{marks}text\n{text}\n{marks}")


def quote_yaml(value: Any) -> Markdown:
    """Return a text as a quoted YAML string on one line, which every YAML parser reads as that string."""
    return Markdown(json.dumps(" ".join(format_text(value, MAX_CHARS).split()), ensure_ascii=False))


def dump_json(value: Any) -> Markdown:
    """Return trusted plain values as JSON, for a code block."""
    return Markdown(json.dumps(value, ensure_ascii=False))


def write_table(header: Sequence[str], lines: Iterable[Sequence[str]], words: Collection[str] = ()) -> str:
    """Return a Markdown table; header and first column are escaped, other cells must be Markdown already.

    Columns are aligned right, except the first and those that ``words`` names.
    """
    rule = [":--", *(":--" if name in words else "--:" for name in header[1:])]
    cells = [[*map(escape_markdown, header)], rule, *([escape_markdown(name), *others] for name, *others in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=False,  # that would escape HTML; finalize escapes Markdown
        finalize=escape_markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    plain = {"number": format_number, "percent": format_percent, "signed": format_signed, "figure": format_figure}
    environment.filters |= plain | {"code": format_code, "fence": fence, "yaml": quote_yaml, "json": dump_json}
    return environment
