"""Objects are found in whatever a model wraps them in; what is broken is told, and nothing raises."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.answer_parser import ParsedAnswer, read_answer
from pedigree.curation.answer_rows import fold_key
from pedigree.curation.json_repair import Repeated

FIELDS = frozenset({"text"})
TWO = [{"text": "a"}, {"text": "b"}]


def values(text, cut=False):
    return [found.value for found in read_answer(text, FIELDS, cut).found]


def pieces(text, cut=False):
    return [(found.broken, found.raw) for found in read_answer(text, FIELDS, cut).found if found.broken]


@pytest.mark.parametrize(
    "text",
    [
        '{"rows": [{"text": "a"}, {"text": "b"}]}',
        '{"data": {"items": [{"text": "a"}, {"text": "b"}]}, "note": ["x", "y"]}',
        '{"1": {"text": "a"}, "2": {"text": "b"}}',
        '{"text": [{"text": "a"}, {"text": "b"}]}',
        '[{"text": "a"}, {"text": "b"}]',
        '{"text": "a"}\n{"text": "b"}\n',
        'Sure! Here it is:\n```json\n{"rows": [{"text": "a"}, {"text": "b"}]}\n```\nAnything else?',
        '```\n[{"text": "a"}, {"text": "b"}]\n```',
        '```json\n{"text": "a"}\n```\nand\n```json\n{"text": "b"}\n```',
        '<think>{"text": "draft"} is dull</think>\n{"rows": [{"text": "a"}, {"text": "b"}]}',
        'I must not use {this}.</think>[{"text": "a"}, {"text": "b"}]',
        '\ufeff{"rows": [{"text": "a",}, {"text": "b"},],}',
        '{"rows": [{"text": "a"} {"text": "b"}]}',
        '{"rows": [{"text": "a"}, {"text": "b"}',
        "{'rows': [{'text': 'a'}, {'text': 'b'}]}",
        "Use {curly} marks: [{'text': 'a'}, {\"text\": \"b\"}]",
    ],
)
def test_rows_are_read_from(text):
    assert values(text) == TWO


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"text": "a"}', {"text": "a"}),
        ('{"Text": "a", "x": None, "y": True}', {"Text": "a", "x": None, "y": True}),
        ('{"text": "one\ntwo"}', {"text": "one\ntwo"}),
        (r'{"text": "it\'s \$5 \u00e9\n"}', {"text": "it's $5 é\n"}),
        ("""{'text': "it's", 'score': None}""", {"text": "it's", "score": None}),
        ('{"text": "None, True,]"', None),
    ],
)
def test_one_object_is_read_from(text, value):
    assert values(text) == [value]


def test_what_a_wrapper_says_stands_around_its_rows():
    answer = read_answer('{"dog": {"label": "cat", "rows": [{"text": "a"}]}}', FIELDS, False)
    assert answer.found[0].around == ("dog", "cat", "rows")


def test_what_stands_beside_objects_in_a_list_has_a_position():
    assert values('{"rows": [{"text": "a"}, "b", null, {"txt": "c"}]}') == [{"text": "a"}, "b", None, {"txt": "c"}]


def test_a_key_that_is_stated_twice_marks_the_object():
    assert isinstance(values('{"rows": [{"text": "a", "text": "b"}]}')[0], Repeated)


@pytest.mark.parametrize("text", ["[]", '{"rows": []}', '```json\n{"rows": []}\n```', 'None left: {"rows": []}'])
def test_a_whole_empty_list_is_blank(text):
    assert read_answer(text, FIELDS, False) == ParsedAnswer((), blank=True)


@pytest.mark.parametrize(
    "text", ["", "null", '"text"', "7", "{}", '{"error": "no"}', '["a", "b"]', "I would rather not."]
)
def test_nothing_is_found_in(text):
    assert read_answer(text, FIELDS, False) == ParsedAnswer(())


@pytest.mark.parametrize("cut", [True, False])
def test_of_a_cut_array_the_whole_objects_count(cut):
    text = '{"rows": [{"text": "a"}, {"text": "b {'
    assert values(text, cut) == [{"text": "a"}, None]
    assert pieces(text, cut) == [("cut", '{"text": "b {')]


def test_an_array_that_the_limit_cut_between_objects_is_cut():
    assert pieces('{"rows": [{"text": "a"}, ', cut=True) == [("cut", "")]
    assert pieces('Rows:\n[{"text": "a"}]\nI hope', cut=True) == []


def test_reasoning_that_never_ended_holds_no_row():
    assert values('<think>maybe {"text": "a"}', cut=True) == [None]


def test_a_broken_object_is_told_and_its_neighbours_are_read():
    text = '[{"text": "a"}, {"text": "he said "no" to me"}, {"text: "x"}, {"text": "b"}]'
    assert values(text) == [{"text": "a"}, None, None, {"text": "b"}]
    assert pieces(text) == [("malformed", '{"text": "he said "no" to me"}'), ("malformed", '{"text: "x"}')]


def test_a_python_text_with_a_bare_apostrophe_is_not_guessed():
    assert pieces("[{'text': 'I don't know'}]") == [("malformed", "{'text': 'I don't know'}]")]


def test_nesting_beyond_reason_is_malformed():
    assert pieces('{"text":' * 100_000)[0][0] == "malformed"
    assert pieces("[" * 100_000)[0][0] == "malformed"


@pytest.mark.parametrize("bait", ['{"a', '"\\"', '{"a":"', "{'", '{"text": "x"},{', '{"a":1,'])
def test_hostile_repetition_takes_no_time(bait):
    def measure(chars):
        start = time.process_time()
        read_answer(bait * (chars // len(bait)), FIELDS, True)
        read_answer(f"```json\n{bait}" + " " * chars, FIELDS, True)
        return time.process_time() - start

    # Eight times the text may take 8 times as long; quadratic work would take 64 times.
    assert measure(80_000) < 24 * max(measure(10_000), 0.02)


def test_numbers_beyond_all_types_are_read():
    assert values('{"text": 1e999, "n": NaN, "i": ' + "9" * 5000 + "}")[0]["i"] == float("inf")


def test_keys_are_folded():
    assert {fold_key(key) for key in ("customer text", "Customer-Text", " CUSTOMER_TEXT")} == {"customer_text"}


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["text", "rows", "label", "a"]), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(JSON.map(json.dumps), st.text(st.sampled_from("{}[]\"'\\,:tex \n`<>/")), st.text()), st.booleans())
def test_whatever_is_said_it_is_read_or_told(text, cut):
    for found in read_answer(text, FIELDS, cut).found:
        assert (found.value is None) or not found.broken
        assert found.broken in {"", "cut", "malformed"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.data())
def test_cutting_anywhere_loses_no_whole_object(texts, data):
    whole = json.dumps({"rows": [{"text": text} for text in texts]})
    end = data.draw(st.integers(1, len(whole)))
    ends, at = [], 0
    for text in texts:
        at = whole.index(row := json.dumps({"text": text}), at) + len(row)
        ends.append(at)
    read = [found.value["text"] for found in read_answer(whole[:end], FIELDS, True).found if not found.broken]
    assert read == [text for text, at in zip(texts, ends, strict=True) if at <= end]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"rows": json.dumps(TWO)}),
        json.dumps({"rows": json.dumps({"rows": TWO})}),
        json.dumps({"data": {"items": json.dumps(TWO)}}),
        json.dumps({"rows": [json.dumps(row) for row in TWO]}),
        json.dumps(json.dumps({"rows": TWO})),
        json.dumps(json.dumps(json.dumps(TWO))),
        f"```json\n{json.dumps(json.dumps(TWO))}\n```",
        f"Here you are: {json.dumps({'rows': json.dumps(TWO)})}",
        '{"rows": ["a", "b"]}',
        '{"text": ["a", "b"]}',
        '{"texts": ["a", "b"], "count": 2}',
        '{"rows": {"text": ["a", "b"]}}',
        '["a", "b"]',
        '```json\n["a", "b"]\n```',
        'Sure: {"rows": ["a", "b"]}',
        '{"rows": "[\\"a\\", \\"b\\"]"}',
    ],
)
def test_an_unusual_form_that_leaves_no_doubt_is_read(text):
    assert [found.value for found in read_answer(text, FIELDS, False, sole="text").found] == TWO


@pytest.mark.parametrize(
    "text",
    ['{"errors": ["a", "b"]}', '{"rows": "a, b"}', '{"rows": ["a"], "more": ["b"]}', '{"rows": ["a", 7]}', '["a",'],
)
def test_texts_that_may_be_something_else_are_no_rows(text):
    assert read_answer(text, FIELDS, False, sole="text") == ParsedAnswer(())


def test_plain_texts_are_no_rows_where_a_row_has_several_fields():
    assert read_answer('{"rows": ["a", "b"]}', frozenset({"text", "mood"}), False) == ParsedAnswer(())
