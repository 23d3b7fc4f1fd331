"""Markdown in which hostile text stays text: no heading, link, image, HTML or table cell of its own.

Every value that a template prints is escaped, unless it is ``Markdown`` already. Signs that say something to Markdown
are set behind a backslash, those of HTML become entities, line breaks become spaces, and unseen characters are spelled
out.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from string import punctuation
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pedigree.text_format import format_figure, format_number, format_percent, format_signed, format_text

ASSETS = Path(__file__).parent / "assets"
MAX_COUNT = 2000  # characters of one value
ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# An underscore within a word says nothing; a point before letters, or a colon before slashes, may begin a link.
TELLING = re.compile(r"[<>&]|[\\`*\[\]|~#$@^]|(?<![^\W_])_|_(?![^\W_])|!(?=\[)|(?<=\w)\.(?=[^\W\d_]{2})|:(?=//)|^[-+=]")
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")  # begins a list
BACKTICKS = re.compile("`+")


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def render_markdown(template: str, content: dict[str, Any]) -> str:
    """Return a template of assets/ as Markdown, everything in ``content`` escaped."""
    return _environment().get_template(template).render(**content)


def escape(value: Any, most: int = MAX_COUNT) -> Markdown:
    """Return a text as Markdown on one line, cut after ``most`` characters."""
    if isinstance(value, Markdown):
        return value
    line = " ".join(format_text(" ".join(str(value).split()), most).split())
    line = TELLING.sub(lambda match: ENTITIES.get(match[0], f"\\{match[0]}"), line)
    return Markdown(NUMBERED.sub(r"\1\\\2", line))


def set_code(value: Any) -> Markdown:
    """Return a short text as a code span; one that would end the span, or a table's cell, is escaped instead."""
    line = " ".join(format_text(value).split())
    return escape(line) if not line or "`" in line or "|" in line else Markdown(f"`{line}`")


def fence(value: Any, most: int = 4000) -> Markdown:
    """Return a text of several lines as a code block that nothing in it can end."""
    text = format_text("\n".join(str(value).splitlines()), most)
    marks = "`" * max([3, *(len(run) + 1 for run in BACKTICKS.findall(text))])
    return Markdown(f"{marks}text\n{text}\n{marks}")


def quote_yaml(value: Any) -> Markdown:
    """Return a text as a YAML string on one line: whatever it says, no YAML reads another type or a key in it."""
    return Markdown(json.dumps(" ".join(format_text(value, MAX_COUNT).split()), ensure_ascii=False))


def dump_json(value: Any) -> Markdown:
    """Return plain values of Pedigree's own as JSON, for a code block."""
    return Markdown(json.dumps(value, ensure_ascii=False))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=False,  # that is HTML's; finalize is Markdown's
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    plain = {"number": format_number, "percent": format_percent, "signed": format_signed, "figure": format_figure}
    environment.filters |= plain | {"code": set_code, "fence": fence, "yaml": quote_yaml, "json": dump_json}
    return environment


# Labels and reasons may hold what a page would take for markup. Dashes and commas are none inside a line.
ESCAPES = {ord(mark): f"\\{mark}" for mark in punctuation if mark not in "-,"}


def escape_markdown(text: str) -> str:
    """Return text on one line that Markdown shows as it is: no markup, no table cell, no link, no HTML in it."""
    return text.translate(ESCAPES)


def write_table(header: Sequence[str], lines: Iterable[Sequence[str]], words: Collection[str] = ()) -> str:
    """Return a Markdown table of names (escaped) in the header and the first column, and Markdown elsewhere.

    Columns are set to the right, as figures are, but the first and those that ``words`` names.
    """
    rule = [":--", *(":--" if name in words else "--:" for name in header[1:])]
    cells = [[*map(escape_markdown, header)], rule, *([escape_markdown(name), *others] for name, *others in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
