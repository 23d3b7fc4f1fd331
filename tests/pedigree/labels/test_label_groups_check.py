"""What a judge that is shown some of the labels says of all rows: without bias, and nothing where nothing is known."""

import random

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.schemas import COMPLETIONS, PROMPTS, REJECTS, rows_schema
from pedigree.ids import canonical_json
from pedigree.labels.calibration_rows import choose_calibration_rows, list_true_labels
from pedigree.labels.judge_check import check_by_judges
from pedigree.labels.judge_figures import collect_judge_figures
from pedigree.labels.precision_gate import make_precision_gate
from pedigree.recipe.label_groups.groups import NONE, choose_group, list_near
from tests.support.make_candidates import make_example, make_job

SHOWN, LABELS = 4, 12


class Grouped:
    """A judge of known confusions: it recognises a true label that it is shown, and else names any, or none of them."""

    def __init__(self, seed, *, labels=LABELS, people=20, sees=0.85, none=0.2, **judge):
        self.chance, self.sees, self.none = random.Random(seed), sees, none
        self.names = [f"l{number}" for number in range(labels)]
        plan = {
            name: {"share": 1 / labels, "means": f"about {name}", "unlike": [self.names[place - 1]]}
            for place, name in enumerate(self.names)
        }
        seeds = [make_example(name, text=f"{seed} {name} {n}") for name in self.names for n in range(people)]
        asked = {"name": "j", "model": "openai/judge", "calibrate": 10_000, "on_disagreement": "keep"}
        asked = {**asked, "labels_shown": SHOWN, **judge}
        self.job = make_job(seeds=tuple(seeds), labels=plan, judges=[asked], rows=labels * 4)
        self.judge = self.job.recipe.judges[0]
        self.near = list_near(self.job.recipe.single_labels)
        self.answers = []

    def ask(self, id, text, claim, true):
        """Keep and return what it says of a text with the label ``true`` that was made for ``claim``."""
        group = self.names
        if self.judge.labels_shown:
            group = choose_group(self.near, SHOWN, self.job.recipe.seed, claim, {"text": text})
        others = [label for label in group if label != true]
        close = [label for label in others if label in self.near[true]]
        if true in group:
            said = true if self.chance.random() < self.sees else self.chance.choice(close or others)
        else:
            said = NONE if self.chance.random() < self.none else self.chance.choice(others)
        self.answers.append((id, [*group, NONE], said))
        return said

    def ask_people(self):
        true = list_true_labels(self.job, self.judge)
        for line in choose_calibration_rows(self.job, self.judge).to_dicts():
            self.ask(line["row_id"], line["text"], line["label"], true[line["row_id"]])
        return self

    def check(self, share, rows, near=0.5):
        """Return the evidence on rows of which a ``share`` is right, and the share of right ones of those that stay."""
        kept, out, right = [], [], []
        for number in range(rows):
            claim, id = self.names[number % len(self.names)], f"r{number}"
            wrong = self.near[claim] if self.chance.random() < near else [one for one in self.names if one != claim]
            true = claim if self.chance.random() < share else self.chance.choice(wrong)
            said = self.ask(id, id, claim, true)
            if said == claim or self.judge.on_disagreement == "keep":
                kept.append({"row_id": id, "text": id, "label": claim, "completion_id": "c"})
                right.append(true == claim)
            else:
                out.append({"row_id": id, "label": claim, "reason": "judged-otherwise"})
        rows = pl.DataFrame(kept, rows_schema(self.job.recipe))
        [evidence] = check_by_judges(self.job, rows, pl.DataFrame(out, REJECTS), *self.tabulate())
        return evidence, sum(right) / len(right)

    def tabulate(self):
        prompts, completions = [], []
        for place, (id, options, said) in enumerate(self.answers):
            variables = {"texts": [{"options": options}], "row_ids": [id], "key": "label", "otherwise": NONE}
            usual = {"completion_id": f"j{place}", "generator": "j", "strategy": "judge", "slot": -1 - place}
            prompts.append({**dict.fromkeys(PROMPTS), **usual, "variables": canonical_json(variables)})
            answer = canonical_json({"verdicts": [{"row": 1, "label": said}]})
            usual = {"completion_id": f"j{place}", "text": answer, "finish_reason": "stop"}
            completions.append({**dict.fromkeys(COMPLETIONS), **usual})
        return pl.DataFrame(prompts, PROMPTS), pl.DataFrame(completions, COMPLETIONS)


def correct_naively(judge, evidence):
    """Return the share by the specificity as if it were shown all labels: any claim, on rows in their own group."""
    true = list_true_labels(judge.job, judge.judge)
    own = [(true[id], said) for id, _, said in judge.answers if true.get(id) and id.endswith(f"/{true[id]}")]
    s = np.mean([label == said for label, said in own])
    f = np.mean([said != label and said != NONE for label, said in own]) / (len(judge.names) - 1)
    return (1 - evidence.doubted_rows / evidence.rows - f) / (s - f)


def test_the_interval_holds_the_true_share_and_the_specificity_of_all_labels_does_not():
    judge = Grouped(3, people=20, none=0.0).ask_people()
    evidence, right = judge.check(0.5, 720)
    assert evidence.right.low <= right <= evidence.right.high < right + 0.12 and evidence.caution is None
    assert correct_naively(judge, evidence) > evidence.right.high
    assert "shown 4 of 12 labels" in evidence.rests_on


@pytest.mark.full
def test_the_estimate_has_no_bias():
    off, naive, covered = [], [], 0
    for seed in range(24):
        judge = Grouped(seed, people=40).ask_people()
        evidence, right = judge.check(0.6, 1200)
        off.append(evidence.right.share - right)
        naive.append(correct_naively(judge, evidence) - right)
        covered += evidence.right.low <= right <= evidence.right.high
        assert evidence.right.high - evidence.right.low < 0.2
    assert abs(np.mean(off)) < 0.015 and np.mean(naive) > 0.05 and covered >= 20


@pytest.mark.full
@pytest.mark.parametrize("near", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("on_disagreement", "share"), [("reject", 0.8), ("keep", 0.9)])
def test_whatever_the_wrong_rows_are_the_interval_holds_the_share(near, on_disagreement, share):
    covered = 0
    for seed in range(12):
        judge = Grouped(seed, people=15, none=random.Random(seed).random(), on_disagreement=on_disagreement)
        evidence, right = judge.ask_people().check(share, 720, near)
        covered += evidence.right.low <= right <= evidence.right.high
    assert covered >= 9


def test_of_labels_that_people_wrote_no_row_of_nothing_is_known_and_nothing_passes():
    judge = Grouped(1, people=1, calibrate=3, sees=1.0, none=1.0, on_disagreement="keep").ask_people()
    evidence, right = judge.check(1.0, 120)
    assert right == 1 and evidence.doubted_rows == 0
    assert evidence.right.low < 0.4 and make_precision_gate([evidence], judge.job.recipe.gates).passed is None
    assert "no row of people of 9 of 12 labels (" in evidence.rests_on
    unknown = [one for one in evidence.by_label.values() if one.high - one.low > 0.9]
    assert len(unknown) == 9


def test_people_s_rows_are_asked_about_with_their_label_and_with_a_near_or_a_far_one():
    judge = Grouped(2, people=10)
    true = list_true_labels(judge.job, judge.judge)
    asked = choose_calibration_rows(judge.job, judge.judge).select("row_id", "label").rows()
    claims = [(true[id], claim) for id, claim in asked]
    assert sum(label == claim for label, claim in claims) == 120 == len(claims) / 2
    wrong = [claim in judge.near[label] for label, claim in claims if label != claim]
    assert 40 <= sum(wrong) <= 80
    [figures] = collect_judge_figures(judge.job, *judge.ask_people().tabulate(), {})
    assert sum(one.rows for one in figures.specificity.values()) == 120 and figures.labels_shown == SHOWN
    assert sum(one.hits for one in figures.sensitivity.values()) > 80 and figures.votes[""] > 0


def test_many_labels_with_few_rows_of_people_have_no_bias_where_all_are_shown():
    judge = Grouped(4, labels=40, people=2, sees=0.7, labels_shown=None).ask_people()
    evidence, right = judge.check(0.95, 400)
    assert evidence.right.low <= right <= evidence.right.high < 1 and "labels together" in evidence.rests_on
