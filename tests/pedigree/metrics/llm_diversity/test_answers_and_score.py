"""Diversity as a model scores it: answers of any form, and scores computed by hand."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.metrics.llm_diversity.answers import FAULTS, read_criteria, read_groups
from pedigree.metrics.llm_diversity.record import copy_record, describe_record, read_record, write_record
from pedigree.metrics.llm_diversity.score import score_rounds
from pedigree.metrics.llm_diversity.sentences import tell_diversity
from pedigree.recipe.content.diversity import DiversityScorer
from pedigree.workspace import Workspace


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('{"groups": [[1, 3], [2], [4]]}', 3),
        ('Sure!\n```json\n{"groups": [[4, 3, 2, 1]]}\n```', 1),
        ("[[1], [2], [3], [4]]", 4),
        ('<think>{"groups": [[1, 2, 3, 4]]}</think>{"groups": [[1, 2], [3, 4]]}', 2),
        (None, "no-answer"),
        (" \n", "no-answer"),
        ("I see two groups.", "no-json"),
        ('{"groups": [[1, 2], [3', "no-json"),
        ("[" * 100_000, "no-json"),
        ('{"clusters": [[1, 2, 3, 4]]}', "no-groups"),
        ('{"groups": [1, 2, 3, 4]}', "no-groups"),
        ('{"groups": []}', "no-groups"),
        ('{"groups": null}', "no-json"),
        ('{"groups": [["1", "2"], [3, 4]]}', "no-groups"),
        ('{"groups": [[true, 2], [3, 4]]}', "no-groups"),
        ('{"groups": [[1, 2], [3, 4], []]}', "empty-group"),
        ('{"groups": [[1, 2], [3, 4, 5]]}', "unknown-number"),
        ('{"groups": [[0, 1, 2], [3, 4]]}', "unknown-number"),
        ('{"groups": [[1, 2], [2, 3, 4]]}', "text-twice"),
        ('{"groups": [[1, 2], [4]]}', "text-left-out"),
    ],
)
def test_groups_count_only_if_each_text_is_in_exactly_one(answer, says):
    assert read_groups(answer, 4) == says
    assert isinstance(says, int) or says in FAULTS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=12), st.text(max_size=30))
def test_any_partition_is_read_and_any_text_is_survived(place_of, noise):
    groups = [[n for n, place in enumerate(place_of, 1) if place == one] for one in sorted(set(place_of))]
    assert read_groups(json.dumps({"groups": groups}), len(place_of)) == len(groups)
    assert read_groups(noise, 3) in {*FAULTS, 1, 2, 3}


@pytest.mark.parametrize(
    ("answer", "criteria"),
    [
        ('{"criteria": ["Topic", " tone  of\\nvoice ", "topic", 7, ""]}', ("Topic", "tone of voice")),
        ('["a", "b", "c", "d", "e", "f"]', ("a", "b", "c", "d", "e")),
        ('{"criteria": []}', ()),
        ('{"criteria": "topic"}', ()),
        ("topic", ()),
        (None, ()),
    ],
)
def test_criteria_are_read_once_each_and_at_most_five(answer, criteria):
    assert read_criteria(answer) == criteria


def test_the_score_is_the_mean_of_clusters_over_texts_in_a_cluster():
    found = score_rounds([2, 4, "no-json", 3], 6)
    # By hand: 2 / (6 / 2) = 2/3, 4 / (6 / 4) = 8/3, 3 / (6 / 3) = 3/2; mean 29/18, standard deviation 1.0046,
    # Student's t of 97.5 % with 2 degrees of freedom 4.3027, so half of the interval is 2.4956.
    assert found["score"] == pytest.approx(29 / 18)
    assert found["interval"] == pytest.approx([1 / 6, 29 / 18 + 2.4956], abs=1e-3)  # no score is below 1 / 6
    assert (found["rounds"], found["read"], found["faults"], found["reason"]) == (4, 3, {"no-json": 1}, None)


@pytest.mark.parametrize(("clusters", "score"), [(1, 1 / 8), (8, 8.0)])
def test_the_score_is_between_one_over_the_texts_and_the_texts(clusters, score):
    assert score_rounds([clusters] * 5, 8)["score"] == score
    assert score_rounds([clusters] * 5, 8)["interval"] == [score, score]


@pytest.mark.parametrize("said", [[3, "no-json", "no-json"], [], [3], ["text-twice"] * 30, [4] * 14 + ["no-json"] * 16])
def test_with_fewer_than_half_of_the_rounds_the_score_is_unknown(said):
    found = score_rounds(said, 10)
    assert (found["score"], found["interval"]) == (None, None) and "could be read" in found["reason"]


RECORD = {
    "asked_sha256": "a", "criteria": ["topic\u202e"], "said": {"rows": [2, 4, "no-json", 3], "seeds": [6, 6, 6, 6]},
    "calls": 9, "tokens": 900, "usd": None, "reason": None,
}  # fmt: skip


def test_a_record_counts_only_for_what_was_asked_and_can_be_copied_from_the_figures(tmp_path):
    (tmp_path / "a").mkdir()
    first, second = Workspace(tmp_path), Workspace(tmp_path / "a")
    write_record(first, "pets", RECORD)
    assert read_record(first, "pets", "a") == RECORD and read_record(first, "pets", "b") is None
    scorer = DiversityScorer(model="openai/x", sample=6)
    figures = describe_record(scorer, {"rows": 40, "seeds": 8}, "a", RECORD, 1)
    copy_record(second, "pets", figures)
    assert describe_record(scorer, {"rows": 40, "seeds": 8}, "a", read_record(second, "pets", "a"), 1) == figures
    told = tell_diversity(figures)
    assert told[0] == (
        "Diversity by openai/x, 0.17 to 6: the synthetic rows 1.61 (0.17 to 4.11) in 3 of 4 rounds; the others are "
        "left out: no JSON can be read (1); people's seed rows 6.00 (6.00 to 6.00) in 4 of 4 rounds; its "
        "answers, now or earlier: 9, 900 tokens, cost unknown"
    )
    assert told[1] == "It grouped samples of 6 texts by topic⟨202E⟩"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"asked_sha256": "a"}', "null"])
def test_a_damaged_record_is_none(tmp_path, content):
    path = tmp_path / ".pedigree/diversity/pets.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    assert read_record(Workspace(tmp_path), "pets", "a") is None


@pytest.mark.parametrize(
    ("record", "texts", "says"),
    [
        (None, 40, "the model was not asked"),
        (RECORD, 5, "5 texts are fewer than the 6"),
        ({**RECORD, "reason": "the budget was used up", "said": {}}, 40, "the budget was used up"),
    ],
)
def test_an_unknown_score_has_its_reason(record, texts, says):
    figures = describe_record(DiversityScorer(model="offline/template", sample=6), {"rows": texts}, "a", record, 0)
    assert figures["sets"]["rows"]["score"] is None
    told = tell_diversity(figures)
    assert f"the synthetic rows unknown, as {says}" in told[0] and "no evidence" in told[-1]
    assert tell_diversity(None) == []
