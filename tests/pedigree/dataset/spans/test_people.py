"""Rows of people with spans: marks in a text, or offsets beside it."""

import csv
import json

import pytest

from pedigree.dataset.examples import load_examples
from pedigree.dataset.spans.span import Span
from pedigree.errors import RecipeError
from tests.support.make_candidates import make_recipe
from tests.support.marked_texts import MARKED

PLAIN, SPANS = "👍 from Rome to Kyiv", (Span(7, 11, "from_city"), Span(15, 19, "to_city"))
CELLS = [{"slot": one.slot, "start": one.start, "end": one.end} for one in SPANS]


def load(tmp_path, *records):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return load_examples(path, make_recipe(**MARKED))


def test_marks_and_offsets_give_the_same_row(tmp_path):
    marked = "👍 from [Rome](from_city) to [Kyiv](to_city)"
    given = [{"text": marked}, {"text": PLAIN, "spans": CELLS}, {"text": PLAIN, "spans": json.dumps(CELLS)}]
    rows = load(tmp_path, *({**one, "label": "cat"} for one in given))
    assert len({one.id for one in rows}) == 1
    for row in rows:
        assert (row.fields, row.spans, row.shown) == ({"text": PLAIN}, SPANS, {"text": marked})
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text", "label"], [marked, "cat"]])
    assert load_examples(tmp_path / "rows.csv", make_recipe(**MARKED))[0].spans == SPANS


def test_a_row_without_spans_and_one_with_other_brackets_are_rows(tmp_path):
    rows = load(
        tmp_path,
        {"text": "where to?", "label": "cat"},
        {"text": "a [sic] text", "label": "cat", "spans": []},
        {"text": "a [sic] text", "label": "dog"},
    )
    assert [one.spans for one in rows] == [(), (), ()] and rows[1].fields == rows[2].fields


@pytest.mark.parametrize(
    "record, says",
    [
        ({"text": "to [Kyiv](to_city"}, "line 1: a bracket that is no part of a mark"),
        ({"text": "to [Kyiv](city)"}, "line 1: a span of the slot 'city'"),
        ({"text": "to [Kyiv](to_city)", "label": "dog"}, "no span: 'dog' has no slots"),
        ({"text": "to Kyiv", "spans": [{"slot": "to_city", "start": 3, "end": 9}]}, "no such span in a text of 7"),
        ({"text": "to Kyiv", "spans": [{"slot": "to_city", "start": True, "end": 7}]}, "no such span"),
        ({"text": "to Kyiv", "spans": [{"slot": "to_city", "start": "3", "end": "7"}]}, "no such span"),
        ({"text": "to Kyiv", "spans": [{"slot": "to_city", "start": 2, "end": 7}]}, "has spaces at an end"),
        ({"text": "to Kyiv", "spans": [{"slot": "to_city", "start": 3, "end": 7, "value": "Rome"}]}, "has 'Kyiv' from"),
        ({"text": "to Kyiv", "spans": [{"start": 3, "end": 7}]}, "spans is [{'start': 3"),
        ({"text": "to Kyiv", "spans": "Kyiv"}, "spans is Kyiv"),
        ({"text": "to Kyiv", "spans": 7}, "spans is 7"),
        ({"text": "Kyiv", "spans": [{"slot": s, "start": 0, "end": 4} for s in ("from_city", "to_city")]}, "overlap"),
    ],
)
def test_a_wrong_span_is_an_error_that_names_the_line(tmp_path, record, says):
    with pytest.raises(RecipeError) as error:
        load(tmp_path, {"label": "cat", **record})
    assert says in str(error.value) + str(error.value.expected)
