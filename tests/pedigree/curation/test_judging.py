"""From votes to rows: majorities, several judges, and what a recipe says of a disagreement."""

import pytest

from pedigree.curation.judging import ANOTHER, count_votes, judge_rows
from pedigree.recipe.judge import Judge
from tests.support.make_candidates import make_candidates, make_job

LABELS = {name: {"share": 0.25, "means": f"about a {name}"} for name in ("cat", "dog", "hen", "pig")}


def judge(name="one", **changes):
    return {"name": name, "model": "offline/template", **changes}


def run(votes, *judges, label="cat", trusted=(), to_judge=None):
    """Return the only row that stays, and the reasons of the rejects, for votes by judge on one row."""
    job = make_job(labels=LABELS, judges=list(judges))
    rows = make_candidates(job, {"text": "a text", "label": label})
    asked = {one.name: {"r0"} for one in job.recipe.judges} if to_judge is None else to_judge
    kept, rejects = judge_rows(rows, job.recipe, asked, {(name, "r0"): of for name, of in votes.items()}, trusted)
    return [(row["label"], row["agreed"]) for row in kept.to_dicts()], rejects["reason"].to_list()


STAYS, OTHERWISE, NOT_JUDGED = ([("cat", True)], []), ([], ["judged-otherwise"]), ([], ["not-judged"])


@pytest.mark.parametrize(
    ("votes", "k", "result"),
    [
        (["cat"], 1, STAYS),
        (["dog"], 1, OTHERWISE),
        ([None], 1, NOT_JUDGED),
        ([], 1, NOT_JUDGED),
        (["cat", "cat", "dog"], 3, STAYS),
        (["cat", "cat", None], 3, STAYS),
        (["cat", "dog", "hen"], 3, OTHERWISE),
        (["cat", None, None], 3, NOT_JUDGED),
        (["cat"], 3, NOT_JUDGED),
        (["cat", "dog", None], 3, NOT_JUDGED),
        (["cat", "dog"], 2, NOT_JUDGED),
        ([ANOTHER, ANOTHER, "cat"], 3, OTHERWISE),
    ],
)
def test_the_majority_of_all_votes_counts(votes, k, result):
    assert run({"one": votes}, judge(votes=k)) == result


def test_every_judge_that_rejects_must_agree():
    two = judge(), judge("two")
    assert run({"one": ["cat"], "two": ["cat"]}, *two) == STAYS
    assert run({"one": ["cat"], "two": ["dog"]}, *two) == OTHERWISE
    assert run({"one": ["cat"], "two": [None]}, *two) == NOT_JUDGED
    assert run({"one": ["cat"]}, *two) == NOT_JUDGED


def test_a_judge_may_relabel_if_all_others_that_bind_say_the_same():
    relabels, rejects = judge(on_disagreement="relabel"), judge("two")
    assert run({"one": ["dog"]}, relabels) == ([("dog", True)], [])
    assert run({"one": [None]}, relabels) == NOT_JUDGED
    assert run({"one": ["dog", "hen", "pig"]}, judge(on_disagreement="relabel", votes=3)) == OTHERWISE
    assert run({"one": ["dog"], "two": ["dog"]}, relabels, rejects) == ([("dog", True)], [])
    assert run({"one": ["dog"], "two": ["cat"]}, relabels, rejects) == OTHERWISE
    assert run({"one": ["cat"], "two": ["dog"]}, relabels, rejects) == OTHERWISE
    assert run({"one": ["dog"], "two": ["hen"]}, relabels, judge("two", on_disagreement="relabel")) == OTHERWISE


def test_a_judge_that_keeps_says_in_a_column_whether_it_agrees():
    keeps = judge(on_disagreement="keep")
    for vote, agreed in (("cat", True), ("dog", False), (ANOTHER, False), (None, None)):
        assert run({"one": [vote]}, keeps) == ([("cat", agreed)], [])
    assert run({"one": ["cat"], "two": [None]}, judge(), judge("two", on_disagreement="keep")) == ([("cat", None)], [])


def test_a_row_that_no_judge_was_to_judge_stays_and_nothing_is_known_of_it():
    assert run({}, judge(on=0.5), to_judge={"one": set()}) == ([("cat", None)], [])


def test_people_who_accepted_a_row_outrank_the_judges():
    assert run({"one": ["dog"]}, judge(), trusted={"r0"}) == ([("cat", False)], [])
    assert run({"one": ["dog"]}, judge(on_disagreement="relabel"), trusted={"r0"}) == ([("cat", False)], [])
    assert run({}, judge(), trusted={"r0"}) == ([("cat", None)], [])


def test_a_reject_shows_the_votes():
    verdict = count_votes(Judge(**judge(votes=3)), ["dog", ANOTHER, None], "cat")
    assert str(verdict) == "one: dog 1, another label 1, no verdict 1"
