"""BIO: the spans that are read back from the tags are the spans that were written, in any script.

ENTITIES are what seqeval 1.2.2 (``get_entities`` of its module ``sequence_labeling``) reads from the tags below:
(slot, first token, last token).
"""

import io
import json

import polars as pl
import pytest
from hypothesis import given, settings

from pedigree.dataset.schemas import SPAN
from pedigree.dataset.spans.marks import read_marks
from pedigree.dataset.spans.span import to_cells
from pedigree.errors import CommandError
from pedigree.report.export.bio import find_text_column, write_bio, write_spans
from tests.support.marked_texts import join_pieces, marked_pieces

MARKED = [
    "Fly from [New York](from_city) to [Kraków](to_city), [3 May](date)!",
    "[Paris](from_city)[Rome](to_city)[Oslo](to_city)",
    "[Paris](city)ian don't-know #1 # 2",
    "我要从[北京](from_city)飞[上海](to_city)。",
    "إلى [نيو يورك](to_city) غدا",
    "👩\u200d💻 [👍🏽 ok](mood) हिन्दी [สวัสดี](word)",
    "nothing here",
    "[a.b@c](mail)\n\ttab",
]
ENTITIES = [
    [("from_city", 2, 3), ("to_city", 5, 5), ("date", 7, 8)],
    [("from_city", 0, 0), ("to_city", 1, 1), ("to_city", 2, 2)],
    [("city", 0, 0)],
    [("from_city", 3, 4), ("to_city", 6, 7)],
    [("to_city", 1, 2)],
    [("mood", 3, 5), ("word", 7, 10)],
    [],
    [("mail", 0, 4)],
]


def tabulate(*rows):
    """Return a table of rows: (text, spans)."""
    cells = [[str(place), text, to_cells(text, spans), "x"] for place, (text, spans) in enumerate(rows)]
    schema = {"row_id": pl.String, "text": pl.String, "spans": pl.List(pl.Struct(SPAN)), "label": pl.String}
    return pl.DataFrame(cells, schema, orient="row")


def write(table):
    file = io.BytesIO()
    write_bio(table, "text", file)
    return file.getvalue().decode("utf-8")


def read(written):
    """Return text, tokens and tags of each row, as another program would read them."""
    rows = []
    for block in written.split("\n\n")[:-1]:
        head, lines = block.split("\n")[:3], block.split("\n")[3:]
        pairs = [line.split("\t") for line in lines]
        rows.append((json.loads(head[2].removeprefix("# text = ")), [a for a, _ in pairs], [b for _, b in pairs]))
    return rows


def find_entities(tags):
    """Return (slot, first, last) of each run of tags that begins with B; fail for an I without its B."""
    found = []
    for place, tag in enumerate(tags):
        kind, _, slot = tag.partition("-")
        if kind == "I":
            assert found and found[-1][0] == slot and found[-1][2] == place - 1
            found[-1] = (slot, found[-1][1], place)
        elif kind == "B":
            found.append((slot, place, place))
    return found


def place_tokens(text, tokens):
    """Return start and end of each token in a text."""
    places, at = [], 0
    for token in tokens:
        start = text.index(token, at)
        assert not text[at:start].strip()
        at = start + len(token)
        places.append((start, at))
    assert not text[at:].strip()
    return places


def check(table):
    for (text, spans), (written, tokens, tags) in zip(
        table.select("text", "spans").iter_rows(), read(write(table)), strict=True
    ):
        places = place_tokens(text, tokens)
        found = [(slot, places[first][0], places[last][1]) for slot, first, last in find_entities(tags)]
        assert written == text and found == [(one["slot"], one["start"], one["end"]) for one in spans]


def test_the_tags_are_those_that_another_library_reads():
    table = tabulate(*map(read_marks, MARKED))
    check(table)
    assert [find_entities(tags) for _, _, tags in read(write(table))] == ENTITIES


@settings(max_examples=60, deadline=None)
@given(marked_pieces())
def test_spans_that_are_read_back_are_those_that_were_written(pieces):
    text, spans = join_pieces(pieces)
    check(tabulate((text, spans)))


def test_the_text_is_the_only_field_that_is_a_text():
    columns = ["row_id", "text", "stars", "spans", "label"]
    assert find_text_column({"fields": {"text": "text", "stars": "integer"}}, columns) == "text"
    for manifest, names in (({}, columns), ({"fields": {"text": "text"}}, ["row_id", "text", "label"])):
        with pytest.raises(CommandError, match="the rows have no spans"):
            find_text_column(manifest, names)


def test_a_cell_of_csv_has_the_spans_as_json():
    cell = write_spans(tabulate(read_marks("to [Rome](city)")).lazy()).collect()["spans"][0]
    assert json.loads(cell) == [{"slot": "city", "value": "Rome", "start": 3, "end": 7}]
