"""Figures of spans, counted by hand."""

import polars as pl

from pedigree.dataset.schemas import SPAN
from pedigree.dataset.spans.marks import read_marks
from pedigree.dataset.spans.span import to_cells
from pedigree.metrics.spans.figures import delexicalise, measure_spans
from tests.support.make_candidates import make_recipe
from tests.support.marked_texts import MARKED

ROWS = [
    ("cat", "[Rome](from_city) to [Kyiv](to_city)"),
    ("cat", "[New York](from_city) to [rome](to_city)"),
    ("cat", "Paris? [Rome](from_city) to [Kyiv](to_city) [now](day)"),
    ("cat", "Parisian [Rome](from_city) to [York](to_city) [Now](day), [later](day)"),
    ("dog", "is Paris far"),
]


def measure(rows):
    read = [(label, *read_marks(text)) for label, text in rows]
    cells = [(label, text, to_cells(text, spans)) for label, text, spans in read]
    schema = {"label": pl.String, "text": pl.String, "spans": pl.List(pl.Struct(SPAN))}
    return measure_spans(pl.DataFrame(cells, schema, orient="row"), make_recipe(**MARKED))


def test_figures():
    found = measure(ROWS)
    assert (found["rows"], found["rows_with_spans"], found["spans"]) == (5, 4, 11)
    figures = ("slot", "must", "of_rows", "rows", "spans", "values")
    assert [tuple(one[name] for name in figures) for one in found["slots"]] == [
        ("from_city", True, 4, 4, 4, 2), ("to_city", True, 4, 4, 4, 3), ("day", False, 4, 2, 3, 2),
    ]  # fmt: skip
    assert found["lists"]["from_city"] == {
        "values": 3,
        "there": 2,
        "counts": [{"value": "Paris", "spans": 0}, {"value": "New York", "spans": 1}, {"value": "Rome", "spans": 3}],
    }
    assert found["same_without_values"] == 1 / 4 and found["unmarked"] == 1


def test_without_rows_nothing_is_known():
    found = measure([])
    assert found["same_without_values"] is None and found["lists"]["to_city"]["there"] == 0


def test_values_are_replaced_by_their_slots():
    one, other = (delexicalise(*read_marks(text)) for text in ("To [Rome](to_city)", "to  [New York](to_city)"))
    assert one == other != delexicalise(*read_marks("to [Rome](from_city)"))
