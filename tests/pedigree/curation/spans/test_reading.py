"""Answers with marks become rows with spans, or rejects that say what is wrong."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.spans.places import find_value
from pedigree.dataset.rejects import MEANINGS
from pedigree.recipe.schema import REAL
from tasks.parse import parse
from tests.support.make_candidates import make_answers, make_job, make_recipe
from tests.support.marked_texts import MARKED

ASKED = [{"from_city": "Rome", "to_city": "Paris"}]
NAMES = ["from_city", "to_city", "day", "place", ""]


def read(*texts, asked=ASKED, label="cat"):
    """Return candidates and rejects of one answer with these texts."""
    variables = json.dumps({"slot_values": asked * len(texts)})
    said = {"text": json.dumps({"rows": [{"text": text} for text in texts]}), "variables": variables, "label": label}
    return parse.fn(make_job(**MARKED), *make_answers(said))


@pytest.mark.parametrize(
    "text, plain, spans",
    [
        ("[Rome](from_city) to [Paris](to_city)", "Rome to Paris", [("from_city", 0, 4), ("to_city", 8, 13)]),
        ("rome to [PARIS](to_city)!", "rome to PARIS!", [("from_city", 0, 4), ("to_city", 8, 13)]),
        ("Rome to Paris", "Rome to Paris", [("from_city", 0, 4), ("to_city", 8, 13)]),
        ("Romeo of [Rome](from_city): Paris?", "Romeo of Rome: Paris?", [("from_city", 9, 13), ("to_city", 15, 20)]),
        (
            "In Paris? [Rome](from_city)-[Paris](to_city) [now](day)",
            "In Paris? Rome-Paris now",
            [("from_city", 10, 14), ("to_city", 15, 20), ("day", 21, 24)],
        ),
    ],
)
def test_values_are_found_by_their_marks_or_where_they_stand_once(text, plain, spans):
    found = read(text).candidates.row(0, named=True)
    assert found["text"] == plain
    assert [(one["slot"], one["start"], one["end"]) for one in found["spans"]] == spans
    assert all(plain[one["start"] : one["end"]] == one["value"] for one in found["spans"])


@pytest.mark.parametrize(
    "text, reason, detail",
    [
        ("[Rome](from_city to Paris", "mark-malformed", "a bracket that is no part of a mark"),
        ("[[Rome](from_city) x](day) to Paris", "mark-malformed", "a bracket that is no part of a mark"),
        ("[](from_city) Rome to Paris", "mark-malformed", "a mark without a value"),
        ("[Rome](town) to [Paris](to_city)", "unknown-slot", "'Rome' is marked as 'town'; its label has from_city"),
        (
            "[Kyiv](from_city) to [Paris](to_city)",
            "span-not-in-text",
            "'Kyiv' is marked as from_city, asked for 'Rome'",
        ),
        ("Rome to Par is", "span-not-in-text", "to_city is 'Paris', which is not in the text"),
        ("Rome to Paris, o Paris", "span-ambiguous", "to_city is 'Paris', which stands 2 times without a mark"),
        ("[Rome Paris](day) Rome", "span-overlap", "to_city is 'Paris', which stands inside of the value of another"),
    ],
)
def test_what_a_reject_says(text, reason, detail):
    rejects = read(text).rejects.row(0, named=True)
    assert rejects["reason"] == reason and detail in rejects["detail"]
    assert json.loads(rejects["candidate"]) == {"text": text}  # as the model wrote it


def test_without_values_that_were_asked_for_marks_must_be_there_and_of_the_list():
    parsed = read(
        "[rome](from_city) to [Kyiv](to_city)", "Rome to Kyiv", "[Oslo](from_city) to [Kyiv](to_city)", asked=[]
    )
    assert parsed.candidates["text"].to_list() == ["rome to Kyiv"]
    assert parsed.rejects["reason"].to_list() == ["missing-slot", "wrong-type"]


def test_two_unmarked_values_that_overlap_are_a_reject():
    parsed = read("fly New York", asked=[{"from_city": "New York", "to_city": "York"}])
    assert parsed.rejects["reason"].to_list() == ["span-overlap"]


def test_a_label_without_slots_has_no_marks_and_keeps_its_brackets():
    parsed = read("what is [sic]?", "to [Rome](from_city)", label="dog")
    assert parsed.candidates.select("text", "spans").rows() == [("what is [sic]?", [])]
    assert parsed.rejects["reason"].to_list() == ["unknown-slot"]


def test_list_numbers_are_cut_off_and_the_spans_stay_right():
    parsed = read("1. Rome to [Paris](to_city)", "2. [Rome](from_city) to Paris")
    for text, spans in parsed.candidates.select("text", "spans").iter_rows():
        assert text == "Rome to Paris" and [text[one["start"] : one["end"]] for one in spans] == ["Rome", "Paris"]
    kept = read("[1. Rome](day) Rome to Paris", "2. Rome to Paris").candidates  # a span holds the number
    assert kept["text"].to_list() == ["1. Rome Rome to Paris", "Rome to Paris"]


@pytest.mark.parametrize(
    "text, value, places",
    [
        ("Paris, Parisian, comparis, PARIS", "Paris", [(0, 5), (27, 32)]),
        ("我在北京市", "北京", [(2, 4)]),
        ("👍🏽Rome👍🏽", "Rome", [(2, 6)]),
        ("a+b (a+b)", "a+b", [(0, 3), (5, 8)]),
        ("x", "Rome", []),
    ],
)
def test_a_value_is_found_as_a_whole_word(text, value, places):
    assert find_value(text, value) == places


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(["[", "]", "(", ")", "Rome", "Paris", " ", "é", "e\u0301", "北京", "👍🏽", *NAMES])))
def test_whatever_a_model_writes_a_row_has_right_spans_or_a_known_reason(pieces):
    parsed = read("".join(pieces) + ".")
    for text, spans in parsed.candidates.select("text", "spans").iter_rows():
        assert all(text[one["start"] : one["end"]] == one["value"] for one in spans)
        assert {"from_city", "to_city"} <= {one["slot"] for one in spans}
        assert all(one["end"] <= after["start"] for one, after in pairwise(spans))
    assert set(parsed.rejects["reason"]) <= MEANINGS.keys()
    assert parsed.candidates.height + parsed.rejects.height == 1


def test_the_columns_are_there_only_with_slots():
    assert "spans" not in parse.fn(make_job(), *make_answers({"text": "[]"})).candidates.columns
    assert make_recipe(**MARKED).slots and REAL not in make_recipe(**MARKED).fields
