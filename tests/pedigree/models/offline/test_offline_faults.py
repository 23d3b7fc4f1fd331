"""The dials: every mistake is made at its rate, and changes nothing else."""

import json
import re

import pytest

from pedigree.errors import RecipeError
from pedigree.models.offline.model import answer
from pedigree.recipe.fault_rates import JUDGING, NAMES, PER_CALL
from tests.support.offline_prompts import make_prompt, read_rows

MEANS = "a charge or invoice that the customer questions"
UNLIKE = "Not: refund-request (the customer wants money back for something bought)"
SHOT = {"text": "Who on earth booked 99 dollars from my account?"}
OF_TABLES = ("broken_check", "out_of_range")  # of values without a text: test_offline_tables.py
BRIEF = make_prompt("billing-dispute", MEANS, unlike=UNLIKE, rows="40", more=f"Shot 1: {json.dumps(SHOT)}")
OTHER = make_prompt("billing-dispute", MEANS, unlike=UNLIKE, rows="40")
GOOD = [row["text"] for row in read_rows(BRIEF)]


def spoil(dial: str, rate: float = 1.0, messages: list[dict] = BRIEF) -> list[dict]:
    return read_rows(messages, faults={dial: rate})


def texts(dial: str) -> list[str]:
    return [row["text"] for row in spoil(dial)]


def test_no_dial_no_mistake():
    assert answer(BRIEF, {"faults": dict.fromkeys(NAMES, 0)}, 0) == answer(BRIEF, {}, 0)


@pytest.mark.parametrize("faults", [{"typo": 0.1}, {"pii": 1.1}, {"pii": -0.1}, {"pii": True}, {"pii": "1"}, [1], 0.5])
def test_unknown_dial_or_rate_is_an_error_that_lists_the_dials(faults):
    with pytest.raises(RecipeError, match=r"near_duplicate|from 0 to 1"):
        answer(BRIEF, {"faults": faults}, 0)
    with pytest.raises(RecipeError, match="seed_copy"):
        answer(BRIEF, {"faults": {"typo": 0.1}}, 0)


@pytest.mark.parametrize("dial", [name for name in NAMES if name not in PER_CALL + JUDGING + OF_TABLES])
def test_half_the_rate_spoils_about_half_of_the_rows_and_no_other(dial):
    half, whole = spoil(dial, 0.5), spoil(dial)
    assert all(row in ({"text": good}, bad) for row, good, bad in zip(half, GOOD, whole, strict=True))
    assert 10 <= sum(row != {"text": good} for row, good in zip(half, GOOD, strict=True)) <= 30


@pytest.mark.parametrize("dial", PER_CALL)
def test_half_the_rate_spoils_about_half_of_the_calls(dial):
    spoiled = [answer(BRIEF, {"faults": {dial: 0.5}}, n) != answer(BRIEF, {}, n) for n in range(16)]
    assert 3 <= sum(spoiled) <= 13


def test_duplicates_are_the_same_in_every_call_of_a_label():
    assert len(set(texts("duplicate"))) == 3
    assert set(texts("duplicate")) == {row["text"] for row in spoil("duplicate", messages=OTHER)}


def test_near_duplicates_are_a_word_away_from_a_duplicate():
    pool = [_shingles(text) for text in set(texts("duplicate"))]
    for text in texts("near_duplicate"):
        own = _shingles(text)
        assert 0.85 <= max(len(own & one) / len(own | one) for one in pool) < 1


def test_wrong_labels_are_of_a_confusable_label_and_half_of_them_say_so():
    rows = spoil("wrong_label")
    stated = [row["label"] for row in rows if "label" in row]
    assert set(stated) == {"refund-request"}
    assert 10 <= len(stated) <= 30
    assert sum(bool(re.search("money|back|refund|return", row["text"])) for row in rows) > 30


def test_label_case_states_the_label_in_drifting_case():
    stated = [row["label"] for row in spoil("label_case")]
    assert {label.casefold() for label in stated} == {"billing-dispute"}
    assert len(set(stated)) > 3


def test_malformed_answers_are_no_json():
    for sample in range(40):
        with pytest.raises(ValueError):
            json.loads(answer(BRIEF, {"faults": {"malformed": 1}}, sample).text)


def test_cut_answers_end_early_and_say_so():
    whole, cut = answer(BRIEF, {}, 1), answer(BRIEF, {"faults": {"cut": 1}}, 1)
    assert cut.finish_reason == "length"
    assert whole.text.startswith(cut.text)
    assert cut.tokens_out < whole.tokens_out


def test_refusals_hold_no_rows():
    said = [answer(BRIEF, {"faults": {"refusal": 1, "fenced": 1}}, sample) for sample in range(40)]
    assert {one.finish_reason for one in said} == {"stop", "content_filter"}
    assert not any("{" in one.text or "```" in one.text for one in said)


def test_fenced_answers_hold_the_same_rows():
    said = answer(BRIEF, {"faults": {"fenced": 1}}, 0).text
    assert json.loads(re.search(r"```json\n(.*)\n```", said, re.DOTALL)[1])["rows"] == [{"text": text} for text in GOOD]


@pytest.mark.parametrize(
    ("dial", "pattern"),
    [
        ("placeholder", r"\[[A-Za-z ]+\]|<\w+>|\{\{\w+\}\}"),
        ("pii", r"@example\.(?:com|org)|555.{0,2}01\d\d|4111|DE89|GB82|192\.0\.2\."),
        ("meta", r"As an AI|This (?:message|example)|Here is an example|Note that"),
        ("label_named", r"billing[- ]dispute"),
    ],
)
def test_what_is_added_to_a_text_can_be_found(dial, pattern):
    for text, good in zip(texts(dial), GOOD, strict=True):
        assert re.search(pattern, text)
        assert good in text


def test_lengths_out_of_limits():
    assert not any(text.strip() for text in texts("empty"))
    assert all(0 < len(text) < 10 for text in texts("too_short"))
    assert all(len(text) > 300 for text in texts("too_long"))


def test_wrong_language_is_german_french_or_spanish():
    said = " ".join(texts("wrong_language"))
    assert all(word in said for word in (" ich ", " je ", "Hola"))


def test_seed_copies_need_a_shot():
    assert spoil("seed_copy") == [SHOT] * 40
    assert spoil("seed_copy", messages=OTHER) == read_rows(OTHER)


def test_missing_fields_and_wrong_types():
    assert spoil("missing_field") == [{}] * 40
    assert not any(isinstance(row["text"], str) for row in spoil("wrong_type"))


def test_a_stated_label_goes_with_a_mistake_in_the_text():
    rows = read_rows(BRIEF, faults={"pii": 1, "label_case": 1})
    assert all("label" in row for row in rows)
    assert [row["text"] for row in rows] == texts("pii")


def test_texts_of_rows_without_text_fields_can_not_be_spoiled():
    messages = make_prompt("yes", "granted", field="Field age: a whole number from 1 to 5")
    format_faults = ("missing_field", "wrong_type", "label_case", "duplicate")
    faults = {name: 1 for name in NAMES if name not in (*PER_CALL, *OF_TABLES, *format_faults)}
    assert read_rows(messages, faults=faults) == read_rows(messages)


def _shingles(text: str) -> set[str]:
    return {text.lower()[at : at + 5] for at in range(len(text) - 4)}
