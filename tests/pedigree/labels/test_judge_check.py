"""What judges say of all labels, corrected for the errors that they make on rows of people."""

import json
import random

import polars as pl
import pytest
from scipy.stats import binomtest

from pedigree.dataset.review_decisions import Review
from pedigree.dataset.schemas import COMPLETIONS, PROMPTS, REJECTS, rows_schema
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows, list_true_labels
from pedigree.labels.judge_check import check_by_judges
from pedigree.labels.judge_figures import collect_judge_figures
from pedigree.labels.judge_skill import measure_self_agreement
from pedigree.labels.precision_gate import make_precision_gate
from tests.support.make_candidates import make_example, make_job
from tests.support.make_review_sheets import decide

SENSITIVITY, SPECIFICITY = 0.903, 0.487  # of GPT-3.5 as a judge of sarcasm, here of cats
ALWAYS = {"cat": (1.0, 0.0), "dog": (1.0, 0.0)}


class Scripted:
    """A judge of known errors: says "cat" of so many cats, and "dog" of so many dogs."""

    def __init__(self, seed, cats=SENSITIVITY, dogs=SPECIFICITY, votes=1, **judge):
        self.chance = random.Random(seed)
        self.right = {"cat": cats, "dog": dogs}
        seeds = [make_example(label, text=f"{label} {n}") for label in ("cat", "dog") for n in range(250)]
        asked = {"name": "j", "model": "openai/judge", "calibrate": 500, "votes": votes, **judge}
        self.job = make_job(seeds=tuple(seeds), judges=[asked])
        self.judge = self.job.recipe.judges[0]
        self.calls: list[tuple[list[str], list[str]]] = []

    def say(self, true):
        return true if self.chance.random() < self.right[true] else ("dog" if true == "cat" else "cat")

    def ask(self, true):
        """Ask about rows by id -> true label, a call for each vote, and return the last votes."""
        for _ in range(self.judge.votes):
            said = {id: self.say(label) for id, label in true.items()}
            self.calls.append((list(said), list(said.values())))
        return said

    def check(self, true, asked):
        """Return the evidence on rows that were made for a label, and the share of right ones that stay."""
        self.ask(list_true_labels(self.job, self.judge))
        said = self.ask(true)
        lines = [{"row_id": id, "text": id, "label": asked[id], "completion_id": "c"} for id in true]
        stays = [self.judge.on_disagreement == "keep" or said[line["row_id"]] == line["label"] for line in lines]
        rows = pl.DataFrame(
            [line for line, stay in zip(lines, stays, strict=True) if stay], rows_schema(self.job.recipe)
        )
        out = [
            {"row_id": line["row_id"], "label": line["label"], "reason": "judged-otherwise"}
            for line, stay in zip(lines, stays, strict=True)
            if not stay
        ]
        [evidence] = check_by_judges(self.job, rows, pl.DataFrame(out, REJECTS), *self.tabulate())
        right = [true[id] == label for id, label in rows.select("row_id", "label").iter_rows()]
        return evidence, sum(right) / len(right)

    def tabulate(self):
        prompts, completions = [], []
        for place, (ids, said) in enumerate(self.calls):
            texts = [{"options": ["cat", "dog"]}] * len(ids)
            variables = json.dumps({"texts": texts, "row_ids": ids, "key": "label"})
            usual = {"completion_id": f"j{place}", "generator": "j", "strategy": "judge", "slot": -1 - place}
            prompts.append({name: {**usual, "variables": variables}.get(name) for name in PROMPTS})
            verdicts = json.dumps({"verdicts": [{"row": n, "label": one} for n, one in enumerate(said, 1)]})
            answer = {"completion_id": f"j{place}", "text": verdicts, "finish_reason": "stop"}
            completions.append({name: answer.get(name) for name in COMPLETIONS})
        return pl.DataFrame(prompts, PROMPTS), pl.DataFrame(completions, COMPLETIONS)


def make_rows(seed, right, count=600):
    """Return true and asked labels by row id: rows made for either label, so many of them right."""
    chance = random.Random(f"rows {seed}")
    asked = {f"r{n}": ("cat", "dog")[n % 2] for n in range(count)}
    other = {"cat": "dog", "dog": "cat"}
    return {id: label if chance.random() < right else other[label] for id, label in asked.items()}, asked


def test_a_judge_of_known_errors_is_corrected_back_to_the_true_share():
    true, asked = make_rows(1, 0.27)
    cats = {id: label for id, label in asked.items() if label == "cat"}
    evidence, right = Scripted(1, on_disagreement="keep").check({id: true[id] for id in cats}, cats)
    raw = 1 - evidence.doubted_rows / evidence.rows
    assert 0.5 < raw < 0.7 and 0.2 < right < 0.35
    assert evidence.right.low <= right <= evidence.right.high and evidence.right.high - evidence.right.low < 0.45
    assert evidence.caution is None and "of the right labels for right" in evidence.rests_on


@pytest.mark.parametrize("on_disagreement", [pytest.param("keep", marks=pytest.mark.full), "reject"])
def test_intervals_cover_the_truth(on_disagreement):
    covered = 0
    for seed in range(50):
        share = random.Random(seed).uniform(0.5, 1)
        judge = Scripted(seed, *(random.Random(-seed - 1).uniform(0.7, 0.98) for _ in "01"), calibrate=100,
                         on_disagreement=on_disagreement)  # fmt: skip
        evidence, right = judge.check(*make_rows(seed, share, 300))
        covered += evidence.right.low <= right <= evidence.right.high
    assert covered >= 45


def test_rows_that_stay_because_the_judge_agreed_are_not_all_taken_for_right():
    evidence, right = Scripted(2, 0.9, 0.7, on_disagreement="reject").check(*make_rows(2, 0.6))
    assert evidence.doubted_rows == 0 and right < 0.95
    assert evidence.right.low <= right <= evidence.right.high < 1


def test_exchanged_labels_are_failed():
    evidence, _ = Scripted(4, 0.9, 0.85, on_disagreement="keep").check(*make_rows(4, 0.0))
    gate = make_precision_gate([evidence], Scripted(4).job.recipe.gates)
    assert gate.passed is False and gate.severity == "critical" and evidence.right.high < 0.2
    assert gate.failing_row_ids and gate.failing_rows > 400


def test_good_labels_pass_but_not_by_the_word_of_their_own_maker():
    rows = make_rows(5, 0.95)
    other = Scripted(5, 0.95, 0.95, on_disagreement="keep").check(*rows)[0]
    own = Scripted(5, 0.95, 0.95, on_disagreement="keep", model="offline/template").check(*rows)[0]
    assert make_precision_gate([other], Scripted(5).job.recipe.gates).passed is True
    assert make_precision_gate([own], Scripted(5).job.recipe.gates).passed is None
    assert "prefers what it wrote itself" in own.caution


def test_a_judge_no_better_than_chance_says_nothing():
    evidence, _ = Scripted(6, 0.5, 0.5, on_disagreement="keep").check(*make_rows(6, 0.9))
    assert "no better than chance" in evidence.caution
    gate = make_precision_gate([evidence], Scripted(6).job.recipe.gates)
    assert (gate.passed, gate.severity) == (None, "critical") and "no better than guessing" in gate.message


def test_a_judge_that_is_wrong_on_rows_of_people_does_not_fail_a_good_dataset():
    evidence, _ = Scripted(6, 0.1, 0.1, on_disagreement="keep").check(*make_rows(6, 0.9))
    assert evidence.guesses and make_precision_gate([evidence], Scripted(6).job.recipe.gates).passed is None


def test_a_judge_without_rows_of_people_gives_no_evidence():
    judge = Scripted(7, on_disagreement="keep")
    judge.job = make_job(judges=[{"name": "j", "model": "openai/judge"}])
    judge.ask({"r0": "cat"})
    rows = pl.DataFrame(
        [{"row_id": "r0", "text": "r0", "label": "cat", "completion_id": "c"}], rows_schema(judge.job.recipe)
    )
    assert check_by_judges(judge.job, rows, pl.DataFrame(schema=REJECTS), *judge.tabulate()) == []


def test_people_s_rows_are_drawn_evenly_and_always_the_same():
    judge = Scripted(8, calibrate=7)
    rows = choose_calibration_rows(judge.job, judge.judge)
    assert sorted(rows["label"].value_counts()["count"]) == [3, 4]
    assert rows.equals(choose_calibration_rows(judge.job, judge.judge))
    fits = Scripted(8, calibrate=7, question="fits")
    asked = choose_calibration_rows(fits.job, fits.judge)
    true = list_true_labels(fits.job, fits.judge)
    assert [true[id] == label for id, label in asked.select("row_id", "label").iter_rows()] == [True, False] * 7


def test_self_agreement_counts_pairs_of_votes():
    judge = Scripted(9, votes=3).judge
    votes = {("j", "a"): ["cat", "cat", "dog"], ("j", "b"): ["cat", None, "cat"], ("other", "b"): ["cat", "dog"]}
    assert measure_self_agreement(judge, votes) == 0.5


@pytest.mark.parametrize("question", ["relabel", "fits"])
def test_sensitivity_and_specificity_by_label_are_what_was_scripted(question):
    judge = Scripted(10, question=question)
    true = list_true_labels(judge.job, judge.judge)
    asked = dict(choose_calibration_rows(judge.job, judge.judge).select("row_id", "label").iter_rows())
    said = judge.ask(true)
    [found] = collect_judge_figures(judge.job, *judge.tabulate(), {})
    for label, other in (("cat", "dog"), ("dog", "cat")):
        of = {id: claim for id, claim in asked.items() if question == "relabel" or claim == label}
        right = [said[id] == label for id in of if true[id] == label]
        wrong = [said[id] != label for id in of if true[id] == other]
        assert (found.sensitivity[label].hits, found.sensitivity[label].rows) == (sum(right), 250)
        assert (found.specificity[label].hits, found.specificity[label].rows) == (sum(wrong), 250)
        interval = binomtest(sum(right), 250).proportion_ci(method="wilson")
        assert (found.sensitivity[label].low, found.sensitivity[label].high) == pytest.approx(interval, abs=6e-5)
    assert found.sensitivity["cat"].low < SENSITIVITY < found.sensitivity["cat"].high
    assert found.votes == {label: [*said.values()].count(label) for label in ("cat", "dog")}
    assert (found.no_verdict, found.self_agreement) == (0, None)


def test_a_judge_that_was_asked_about_no_row_of_people_has_unknown_errors():
    judge = Scripted(11, votes=2, calibrate=0)
    judge.ask({"r0": "cat", "r1": "dog"})
    [found] = collect_judge_figures(judge.job, *judge.tabulate(), {})
    assert (found.sensitivity, found.specificity) == ({}, {})
    assert sum(found.votes.values()) == 4 and found.self_agreement is not None
    assert collect_judge_figures(Scripted(11).job, *Scripted(11).tabulate(), {}) == []


@pytest.mark.parametrize("mend", ["reject", "relabel"])
def test_a_review_of_rows_drawn_at_random_corrects_the_judge(mend):
    """The share of the rows that nobody read is that of ``ppi_mean_ci`` of the package ppi-python 0.2.3."""
    unread, low, high = 0.69629849, 0.67096207, 0.72163491
    cells = [("accept", "cat", 600), ("accept", "dog", 60), (mend, "cat", 140), (mend, "dog", 200)]
    read = [(decision, said) for decision, said, count in cells for _ in range(count)]
    judge = Scripted(12, on_disagreement="keep")
    said = {f"s{place}": one for place, (_, one) in enumerate(read)}
    said |= {f"u{place}": "cat" if place < 6400 else "dog" for place in range(8000)}
    judge.ask(list_true_labels(judge.job, judge.judge))
    votes = list(said.items())
    judge.calls += [tuple(zip(*votes[first : first + 500], strict=True)) for first in range(0, len(votes), 500)]
    decisions = [
        decide(f"s{place}", decision, sheet="a" * 8, drawn=len(read), place=place + 1, label_rows=9000,
               **({"new_label": "dog"} if decision == "relabel" else {}))
        for place, (decision, _) in enumerate(read)
    ]  # fmt: skip
    last = {one.row_id: one for one in decisions}
    kept = [id for id in said if id not in last or last[id].decision != "reject"]
    lines = [
        {"row_id": id, "text": id, "label": last[id].new_label or "cat" if id in last else "cat", "completion_id": "c"}
        for id in kept
    ]
    rejects = [{"row_id": id, "label": "cat", "reason": "review"} for id in said if id not in kept]
    job = Job(judge.job.workspace, judge.job.recipe, judge.job.seeds, review=Review(decisions))
    rows, out = pl.DataFrame(lines, rows_schema(job.recipe)), pl.DataFrame(rejects, REJECTS)
    [evidence] = check_by_judges(job, rows, out, *judge.tabulate())
    decided = len(kept) - 8000
    for found, expected in zip((evidence.right.share, evidence.right.low, evidence.right.high), (unread, low, high),
                               strict=True):  # fmt: skip
        assert found == pytest.approx((decided + 8000 * expected) / len(kept), abs=1e-3)
    assert "prediction-powered inference" in evidence.rests_on
