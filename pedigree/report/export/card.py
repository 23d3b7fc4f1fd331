"""Adapts a dataset's card to an export: paths in its front matter, and its section on files and loading."""

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from pedigree.report.markdown import render_markdown

LOADING = "card_loading.md.j2"
# Types of polars -> those of pandas that hold a missing value, too.
OF_PANDAS = {"Boolean": "boolean", "Int64": "Int64", "Float64": "float64", "Date": "datetime64[s]"}


def adapt_card(
    card: str,
    kind: str,
    origin: str,
    places: Mapping[str, str],
    texts: Sequence[str],
    types: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the card of an export of this kind; ``places`` maps splits to the paths of their tables.

    ``texts`` are the columns of texts, which readers have to be told; ``types`` the types of polars of other fields.

    Without ``places``, what the front matter states about tables is left out.
    """
    front, body = split_front_matter(card)
    dates = [name for name, kind in types.items() if kind == "Date"]
    of_lines = {name: OF_PANDAS[kind] for name, kind in types.items()}
    of_pandas = {name: kind for name, kind in of_lines.items() if name not in dates}
    facts = {"texts": texts, "types": types, "dates": dates, "of_pandas": of_pandas, "of_lines": of_lines}
    section = render_markdown(LOADING, {"kind": kind, "origin": origin, "places": places, **facts})
    body = _replace_section(body, section)
    return f"---\n{_adapt_front_matter(front, places)}---\n{body}" if front else body


def split_front_matter(card: str) -> tuple[str, str]:
    """Return the YAML at the beginning of a card ("" without any), and what follows it."""
    front, mark, body = card.removeprefix("---\n").partition("\n---\n")
    return (f"{front}\n", body) if mark and card.startswith("---\n") else ("", card)


def _adapt_front_matter(front: str, places: Mapping[str, str]) -> str:
    yaml = YAML()
    yaml.preserve_quotes, yaml.width, yaml.allow_unicode = True, 10_000, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    values = yaml.load(front)
    if places:
        for config in values.get("configs", ()):
            for file in config["data_files"]:
                file["path"] = places.get(file["split"], file["path"])
    else:
        for name in ("configs", "dataset_info"):
            values.pop(name, None)
    out = io.StringIO()
    yaml.dump(values, out)
    return out.getvalue()


def _replace_section(body: str, section: str) -> str:
    """Return Markdown whose section with the heading of ``section`` is replaced; it is appended if there is none."""
    lines, heading = body.splitlines(keepends=True), section.splitlines()[0].removeprefix("## ")
    tokens = MarkdownIt().parse(body)
    heads = [
        (token.map[0], after.content)
        for token, after in pairwise(tokens)
        if token.type == "heading_open" and token.tag == "h2" and token.map
    ]
    places = [place for place, title in heads if title == heading]
    start = places[-1] if places else len(lines)
    end = min((place for place, _ in heads if place > start), default=len(lines))
    return "".join([*lines[:start], section.strip(), "\n\n" if lines[end:] else "\n", *lines[end:]])
