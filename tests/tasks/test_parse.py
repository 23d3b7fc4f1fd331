"""Answers become candidates in the order of curation; everything else becomes a reject with its reason."""

import json
import random

import polars as pl
import pytest

from pedigree.curation.text_screens import screen_texts
from pedigree.dataset.schemas import REJECTS, candidates_schema
from pedigree.system.helper_process import Call, PendingResult
from tasks.parse import parse
from tests.support.make_candidates import id_of, make_answers, make_job

LABELS = {"cat": {"share": 0.5, "means": "a cat"}, "dog": {"share": 0.5, "means": "a dog"}}


def read(*answers, **changes):
    return parse.fn(make_job(**changes), *make_answers(*answers))


def rejects_of(parsed):
    return parsed.rejects.select("row_id", "position", "reason", "detail", "candidate").rows()


def test_rows_become_candidates():
    rows = [{"text": " Purr. ", "mood": "calm"}, {"text": "Hiss.", "label": "CAT"}]
    parsed = read({"text": json.dumps({"rows": rows}), "seed_row_ids": ["s1", "s2"]})
    assert parsed.candidates.rows() == [
        (id_of(0, 0), "c0", 0, "cat", "zero-shot", "Purr.", ["s1", "s2"]),
        (id_of(0, 1), "c0", 1, "cat", "zero-shot", "Hiss.", ["s1", "s2"]),
    ]
    assert parsed.rejects.is_empty()


def test_positions_count_what_was_found_with_the_rejects():
    rows = [{"text": "a"}, {"txt": "b"}, {"text": "c", "label": "dog"}, "d", {"text": "e"}]
    parsed = read({"text": json.dumps(rows)})
    assert parsed.candidates["position"].to_list() == [0, 4]
    assert rejects_of(parsed) == [
        (id_of(0, 1), 1, "missing-field", 'no text; the keys are ["txt"]', '{"txt":"b"}'),
        (id_of(0, 2), 2, "wrong-label", 'says "dog", asked for cat', '{"label":"dog","text":"c"}'),
        (id_of(0, 3), 3, "wrong-type", 'a text in place of an object: "d"', '"d"'),
    ]


def test_of_a_cut_answer_the_whole_rows_count():
    parsed = read({"text": '{"rows": [{"text": "a"}, {"text": "b', "finish_reason": "length"})
    assert parsed.candidates["text"].to_list() == ["a"]
    assert rejects_of(parsed) == [(id_of(0, 1), 1, "cut", "the answer ends here", '{"text": "b')]


def test_a_broken_row_does_not_take_its_neighbours_along():
    parsed = read({"text": '[{"text": "a"}, {"text": "b "c" d"}, {"text": "e"}]'})
    assert parsed.candidates["text"].to_list() == ["a", "e"]
    assert rejects_of(parsed) == [
        (id_of(0, 1), 1, "malformed", "not JSON, and no repair is sure", '{"text": "b "c" d"}')
    ]


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        ({"text": ""}, "empty", "no text"),
        ({"text": None}, "empty", "no text"),
        ({"text": "I'm sorry, I can't."}, "refusal", "I'm sorry, I can't."),
        ({"text": "What do you mean?"}, "malformed", "no row can be read in the answer"),
        (
            {"text": '{"rows": [{"text": "a', "finish_reason": "length"},
            "cut",
            "the answer ends before its first row does",
        ),
        (
            {"text": '{"rows": [{"text": "a"}]}\nA draft, then:\n{"rows": [{"text": "b"}]}'},
            "ambiguous-answer",
            "it holds several versions of the rows, and does not say which counts",
        ),
        ({"text": "", "finish_reason": "content_filter"}, "content-filter", "the provider withheld the answer"),
        ({"failure": "timeout", "failure_detail": "after 120 s"}, "failed", "timeout: after 120 s"),
        ({"failure": "timeout"}, "failed", "timeout"),
        ({"failure": "x", "finish_reason": "content_filter"}, "content-filter", "x"),
        ({"failure": "content-filter", "finish_reason": None}, "content-filter", "content-filter"),
    ],
)
def test_an_answer_without_any_row_is_one_reject(answer, reason, detail):
    parsed = read(answer)
    assert rejects_of(parsed) == [(None, None, reason, detail, answer.get("text") or "")]
    assert parsed.rejects.select("completion_id", "label", "generator", "rival").row(0) == (
        "c0",
        "cat",
        "zero-shot",
        None,
    )


def test_more_blocks_than_rows_were_requested_are_ambiguous_and_as_many_are_rows():
    said = "Purr:\n{}\n\nHiss:\n{}".format(*(json.dumps({"rows": [{"text": text}]}) for text in "ab"))
    generator = {"name": "zero-shot", "model": "offline/template"}
    for asked, texts, reasons in ((1, [], ["ambiguous-answer"]), (2, ["a", "b"], [])):
        parsed = read({"text": said}, generators=[{**generator, "rows_per_call": asked}])
        assert (parsed.candidates["text"].to_list(), parsed.rejects["reason"].to_list()) == (texts, reasons)


def test_plain_texts_are_rows_where_the_only_field_is_a_text():
    texts = {"text": '{"rows": ["a", "b"], "label": "cat"}'}
    assert read(texts).candidates.select("position", "text").rows() == [(0, "a"), (1, "b")]
    assert read({"text": '{"rows": ["a"], "label": "dog"}'}).rejects["reason"].to_list() == ["wrong-label"]
    assert read(texts, fields={"text": {}, "age": {"type": "integer"}}).rejects["reason"].to_list() == ["malformed"]


def test_a_whole_empty_list_is_neither():
    parsed = read({"text": '{"rows": []}'})
    assert parsed.candidates.is_empty() and parsed.rejects.is_empty()


def test_a_prompt_without_a_completion_gives_nothing():
    prompts, completions = make_answers({"text": '{"text": "a"}'}, {"text": '{"text": "b"}'})
    parsed = parse.fn(make_job(), prompts, completions.head(1))
    assert parsed.candidates["text"].to_list() == ["a"]


def test_candidates_stand_in_the_order_of_curation_whatever_the_tables_order():
    generators = [{"name": name, "model": "offline/template"} for name in ("late", "early")]
    places = [
        {"round": round, "slot": slot, "generator": generator, "label": label, "turn": turn}
        for round in (1, 2) for slot in (0, 1) for generator in ("late", "early")
        for label in ("dog", "cat") for turn in (0, 1)
    ]  # fmt: skip
    prompts, completions = make_answers(*({**place, "text": '{"text": "a"}'} for place in places))
    job = make_job(generators=generators, labels={"dog": LABELS["dog"], "cat": LABELS["cat"]})
    order = random.Random(3).sample(range(len(places)), len(places))
    parsed = parse.fn(job, prompts[order], completions[order[::-1]])
    assert parsed.candidates["completion_id"].to_list() == [f"c{place}" for place in range(len(places))]


def test_values_are_typed_by_the_recipe():
    fields = {"text": {}, "age": {"type": "integer"}, "kilos": {"type": "number"}}
    parsed = read({"text": '[{"text": "a", "age": "3", "kilos": 4}]'}, fields=fields)
    assert parsed.candidates.select("text", "age", "kilos").row(0) == ("a", 3, 4.0)
    assert parsed.candidates.schema["kilos"] == pl.Float64


def test_hostile_values_are_rejects_that_a_table_can_hold(tmp_path):
    said = ['"\\ud800"', '"a\\u0000b"', "NaN", "1e999", "9" * 5000, "[" * 60 + "]" * 60, '"' + "x" * 10_000 + '"']
    parsed = read(
        *({"text": f'{{"rows": [{{"text": {value}}}]}}'} for value in said), {"text": "[" * 100_000}, {"text": "{"}
    )
    assert parsed.candidates["text"].str.len_chars().to_list() == [10_000]
    assert parsed.rejects["reason"].to_list() == ["malformed"] * 2 + ["wrong-type"] * 4 + ["malformed", "cut"]
    parsed.rejects.write_parquet(tmp_path / "rejects.parquet")


def test_no_answers_give_empty_tables():
    parsed = read()
    assert dict(parsed.candidates.schema) == {k: v for k, v in candidates_schema(make_job().recipe).items()}
    assert list(parsed.rejects.schema) == list(REJECTS)


@pytest.mark.parametrize(
    ("pii", "kept"),
    [
        ("mask", ["Mail [EMAIL_1] about my cat, or [EMAIL_1].", "A cat of @user."]),
        ("reject", ["A cat of @user."]),
        ("off", ["Mail jo@example.com about my cat, or JO@example.com.", "A cat of @user."]),
    ],
)
def test_personal_data_are_masked_rejected_or_kept_as_the_recipe_says(pii, kept):
    texts = ["Mail jo@example.com about my cat, or JO@example.com.", "A cat of @user."]
    parsed = read({"text": json.dumps([{"text": text} for text in texts])}, screens={"pii": pii})
    passed, _ = screen_texts(parsed.candidates, make_job(screens={"pii": pii}).recipe)
    assert passed["text"].to_list() == kept


def test_the_helper_process_reads_one_half_of_many_answers(monkeypatch):
    calls = []

    def submit(name, *arguments):
        calls.append((name, arguments[0].height))
        return PendingResult(Call(name, arguments), None)

    texts = ['{"rows": [{"text": "one"}, {"text": 2}]}', "no", '[{"text": "two"}]'] * 3
    answers = [{"text": text} for text in texts]
    whole = read(*answers)
    monkeypatch.setattr("tasks.parse.SHARED", 9)
    monkeypatch.setattr("tasks.parse.submit_to_helper", submit)
    halves = read(*answers)
    assert calls == [("tasks.parse:read_answers", 4)]
    assert halves.candidates.equals(whole.candidates)
    assert halves.rejects.equals(whole.rejects)
    assert (whole.candidates.height, whole.rejects.height) == (6, 6)
