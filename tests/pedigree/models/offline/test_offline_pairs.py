"""Premise and hypothesis: the relation is that of the label's definition."""

import json
import re
from collections.abc import Iterable

import pytest

from pedigree.models.offline.model import answer
from pedigree.models.offline.pairs import find_relation
from pedigree.models.offline.phrases import load_phrases
from pedigree.models.offline.prompt_reader import read_request
from tests.support.offline_prompts import FAULTLESS, make_prompt, open_recipe, read_rows, write_prompts

FIELDS = "Field premise: a statement; 20 to 300 characters\nField hypothesis: to be judged; 10 to 160 characters"


@pytest.mark.parametrize(
    ("label", "definition", "relation"),
    [
        ("entailment", "a reader of the premise would say that the hypothesis is definitely true", "follows"),
        ("neutral", "the premise does not settle whether the hypothesis is true", "open"),
        ("contradiction", "a reader of the premise would say that the hypothesis is definitely false", "against"),
        ("refutes", "", "against"),
        ("not-entailment", "", "open"),
        ("short", "about a cat", None),
    ],
)
def test_relation_is_read_from_the_definition(label, definition, relation):
    assert find_relation(read_request(make_prompt(label, definition, field=FIELDS))) == relation


def test_two_texts_of_another_recipe_are_no_pair():
    field = "Field title: 5 to 40 characters\nField body: 60 to 300 characters"
    messages = make_prompt("refund", "wants money back, which is true of many", field=field)
    assert find_relation(read_request(messages)) is None
    for row in read_rows(messages):
        assert 5 <= len(row["title"]) <= 40
        assert 60 <= len(row["body"]) <= 300


def test_names_say_which_field_is_judged():
    field = "Field claim: 5 to 200 characters\nField evidence: 5 to 300 characters"
    rows = read_rows(make_prompt("refuted", "the evidence shows that the claim is false", field=field, rows="30"))
    assert sum(len(row["evidence"]) > len(row["claim"]) for row in rows) > 25


def test_topic_chooses_what_a_pair_is_about():
    more = "\n".join(f"Row {number}: topic = menu; difficulty = plain" for number in range(1, 11))
    rows = read_rows(make_prompt("neutral", "not settled by the premise", field=FIELDS, rows="10", more=more))
    assert all(re.search("lunch|bill|meat", row["premise"]) for row in rows)


def test_pairs_of_the_recipe_vary_and_fit():
    job = open_recipe("shop-entailment")
    rows = [
        row
        for prompt in write_prompts(job, 400)
        for row in json.loads(answer(prompt.messages, FAULTLESS, prompt.sample).text)["rows"]
    ]
    assert len(rows) > 390
    assert len({(row["premise"], row["hypothesis"]) for row in rows}) >= 0.99 * len(rows)
    assert all(20 <= len(row["premise"]) <= 300 and 10 <= len(row["hypothesis"]) <= 160 for row in rows)


def test_every_slot_of_the_phrases_is_known():
    phrases = load_phrases()
    words, pairs = phrases["words"], phrases["pairs"]
    scale = {"low", "mid", "high", "cheap", "fair", "dear"}
    lines = [line for frame in pairs["frames"] for part in frame.values() for line in part]
    assert _slots(lines) <= {*words, *pairs["words"], *scale}
    bound = {"thing", "thing_one", "a_thing", "my", *phrases["forms"], "topic"}
    for name, concept in phrases["concepts"].items():
        said = [*concept["say"].values(), concept.get("add", []), concept.get("ask", [])]
        assert _slots(line for part in said for line in part) <= {*words, *concept.get("words", {}), *bound}, name
    habits = [one for about in ("tone", "channel", "person") for one in phrases[about].values()]
    said = [line for one in habits for part in one.values() if isinstance(part, list) for line in part]
    assert _slots([*said, *phrases["about"]]) <= {*words, *bound, "matter"}


def _slots(lines: Iterable[str]) -> set[str]:
    return {slot.split(".")[0] for line in lines for slot in re.findall(r"\{([\w.]+)\}", line)}
