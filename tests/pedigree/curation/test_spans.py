"""What was found in an answer has its place in the raw text, repaired or not."""

import json

import pytest

from pedigree.curation.answer_parser import find_spans, read_answer

FIELDS = frozenset({"text"})


def pieces(text, cut=False):
    return [text[slice(*span)] if span else None for span in find_spans(text, read_answer(text, FIELDS, cut))]


@pytest.mark.parametrize(
    "text",
    [
        '{"rows": [{"text": "a"}, {"text": "b {c}"}]}',
        ' \n```json\n[{"text": "a"}, {"text": "b {c}"}]\n```',
        '<think>{"text": "a"}</think>{"text": "a"}\n{"text": "b {c}"}',
        '{"rows": [{"text": "a",}, {"text": "b {c}"},],}',
        "{'rows': [{'text': 'a'}, {'text': 'b {c}'}]}",
    ],
)
def test_each_object_is_where_it_was_read(text):
    found = pieces(text)
    assert ['"a"' in found[0].replace("'", '"'), "b {c}" in found[1], len(found)] == [True, True, 2]
    assert all(piece.startswith("{") and piece.endswith("}") for piece in found)


def test_rows_that_say_the_same_have_places_of_their_own():
    text = json.dumps({"rows": [{"text": "a"}, {"text": "a"}]})
    first, second = find_spans(text, read_answer(text, FIELDS, False))
    assert first[1] < second[0]


def test_a_broken_piece_has_a_place_and_a_bare_value_has_none():
    assert pieces('[{"text": "a"}, {"text": "b', cut=True) == ['{"text": "a"}', '{"text": "b']
    assert pieces('{"rows": [{"text": "a"}, null]}') == ['{"text": "a"}', None]
