"""Writes rows with spans as BIO: a token and its tag on each line, as CoNLL files have them.

Tokens are what pedigree/curation/words.py cuts: words, which spaces and punctuation end; each punctuation mark or
symbol; and each character of a script that writes no spaces between words. A token ends where a span begins or ends,
so that every span is made of whole tokens. The first token of a span has the tag ``B-slot``, the others ``I-slot``,
the rest ``O``. Three comments stand before the tokens of a row: its id, its label, and its text as JSON. An empty line
ends it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import polars as pl

from pedigree.curation.words import SYMBOL, WORD
from pedigree.dataset.spans.span import Span, from_cells
from pedigree.errors import CommandError
from pedigree.ids import canonical_json
from pedigree.recipe.spans.slot_fit import SPANS

TOKEN = rf"{WORD}|{SYMBOL}|\S"


def write_bio(rows: pl.DataFrame, text_column: str, file: IO[bytes]) -> None:
    """Append rows to a file: columns row_id, label, the text, and ``spans`` in it."""
    cells = rows.select("row_id", "label", text_column, SPANS).iter_rows()
    texts = [(row_id, label, text, from_cells(spans)) for row_id, label, text, spans in cells]
    pieces = [_cut(text, spans) for _, _, text, spans in texts]
    tokens = iter(
        pl.Series([piece for row in pieces for piece, _ in row], dtype=pl.String).str.extract_all(TOKEN).to_list()
    )
    for (row_id, label, text, _), row in zip(texts, pieces, strict=True):
        head = f"# row_id = {row_id}\n# label = {label}\n# text = {json.dumps(text, ensure_ascii=False)}\n"
        lines = "".join(f"{token}\t{tag}\n" for _, slot in row for token, tag in _tag(next(tokens), slot))
        file.write(f"{head}{lines}\n".encode())


def find_text_column(manifest: Mapping[str, Any], columns: Sequence[str]) -> str:
    """Return the field whose texts the spans are of; raise CommandError for a version without spans."""
    texts = [name for name, kind in manifest.get("fields", {}).items() if kind == "text"]
    if SPANS not in columns or len(texts) != 1:
        expected = "a version of a recipe with slots (docs/slots.md)"
        raise CommandError("--format bio: the rows have no spans", expected=expected, hint="use --format jsonl or csv")
    return texts[0]


def write_spans(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Return lines with their spans as JSON text, for files whose cells hold texts."""
    if SPANS not in lines.collect_schema().names():
        return lines
    return lines.with_columns(
        pl.col(SPANS).map_elements(lambda cells: canonical_json(list(cells)), return_dtype=pl.String)
    )


def _cut(text: str, spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Return the pieces of a text in order, each with the slot whose value it is, or an empty text."""
    pieces, at = [], 0
    for span in sorted(spans):
        pieces += [(text[at : span.start], ""), (text[span.start : span.end], span.slot)]
        at = span.end
    return [*pieces, (text[at:], "")]


def _tag(tokens: list[str], slot: str) -> Iterator[tuple[str, str]]:
    for place, token in enumerate(tokens):
        yield token, f"{'I' if place else 'B'}-{slot}" if slot else "O"
