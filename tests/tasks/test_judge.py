"""Judging within the rounds: verdicts are paid for once, a rejected row is filled up, and the tables give the same."""

import json
import re
import subprocess
from itertools import cycle

import polars as pl
import pytest
from ruamel.yaml import YAML

from flows import stages
from pedigree.dataset.schemas import content_sha256, read_table
from pedigree.errors import BudgetError, LinkError
from pedigree.job import open_job
from pedigree.labels.evidence import check_labels
from pedigree.ledger.ledger import Ledger
from pedigree.provenance import prompt_check
from pedigree.provenance.origin import list_verdicts
from tasks.estimate import estimate
from tasks.forget import find_erasure
from tasks.judging.judge import rebuild_verdict_prompts
from tests.support.fake_endpoint import Endpoint, error, rows, said
from tests.support.workspaces import make_job

ANIMALS = ("cat", "dog")


def find_animal(text):
    return re.search("cat|dog", text)[0]


class Models(Endpoint):
    """A generator whose every fourth row is about the other animal, and a judge that sees what each is about."""

    def __init__(self, verdict=find_animal):
        super().__init__(self.answer_all)
        self.verdict = verdict
        self.made = self.judged = 0

    def answer_all(self, body):
        asked = body["messages"][-1]["content"]
        if body["model"] == "judge":
            self.judged += 1
            texts = re.findall(r"^Text \d+: (.*)$", asked, re.MULTILINE)
            given = [self.verdict(json.loads(text)["text"]) for text in texts]
            if any(isinstance(one, dict) for one in given):
                return given[0]
            return said(json.dumps({"verdicts": [{"row": n, "label": one} for n, one in enumerate(given, 1)]}))
        label = re.search("^Label: (.*)$", asked, re.MULTILINE)[1]
        texts = []
        for _ in range(4):
            self.made += 1
            about = ANIMALS[1 - ANIMALS.index(label)] if self.made % 4 == 0 else label
            texts.append(f"{chr(96 + self.made % 26) * 5} {self.made} {'xyzuvw'[self.made % 6] * self.made} {about}")
        return rows(*texts)


def make(root, endpoint, *, judges=None, **changes):
    asked = {"api_base": endpoint.url, "structured": "text", "retries": 0, "concurrency": 1}
    changes = {"rows": 24, "screens": {"label_named": False, "near_duplicate": None}, **changes}
    generators = [{"strategy": "zero-shot", "model": "openai/maker", "rows_per_call": 4, **asked}]
    judge = {"name": "second-look", "model": "openai/judge", "rows_per_call": 3, **asked}
    judges = [judge | one for one in ([{}] if judges is None else judges)]
    return make_job(root / "w", generators=generators, judges=judges, **changes)


def run(job):
    job = open_job(job.workspace, "pets")
    stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    return read(job)


def read(job):
    frames = {
        name: read_table(job.table(name)) for name in ("prompts", "completions", "train", "validation", "rejects")
    }
    return frames, {name: content_sha256(frame, name) for name, frame in frames.items()}


def test_rows_that_the_judge_labels_otherwise_are_rejected_and_filled_up(tmp_path):
    with Models() as endpoint:
        frames, hashes = run(job := make(tmp_path, endpoint))
        asked = len(endpoint.requests)
        assert run(job)[1] == hashes and len(endpoint.requests) == asked
    kept = [*frames["train"].iter_rows(named=True), *frames["validation"].iter_rows(named=True)]
    assert [sum(row["label"] == name for row in kept) for name in ANIMALS] == [12, 12]
    assert all(row["label"] in row["text"] and row["agreed"] for row in kept)
    otherwise = frames["rejects"].filter(reason="judged-otherwise")
    assert otherwise.height == endpoint.made // 4 and "second-look: " in otherwise["detail"][0]
    verdicts = frames["prompts"].filter(strategy="judge")
    assert verdicts.height == endpoint.judged and (verdicts["slot"] < 0).all() and set(verdicts["round"]) == {1, 2}


def test_a_judge_that_is_added_to_a_finished_dataset_pays_for_verdicts_alone(tmp_path):
    with Models() as endpoint:
        job = make(tmp_path, endpoint, judges=[])
        before = run(job)[0]
        made, judge = endpoint.made, {"name": "late", "model": "openai/judge", "api_base": endpoint.url}
        recipe = YAML(typ="safe").load(path := job.workspace.recipe_path("pets"))
        recipe["judges"] = [{**judge, "on_disagreement": "keep", "structured": "text"}]
        YAML(typ="safe").dump(recipe, path)
        after = run(job)[0]
        assert (endpoint.made, endpoint.judged) == (made, 24)
    assert after["train"].drop("agreed").equals(before["train"])
    assert after["train"]["agreed"].to_list() == [row["label"] in row["text"] for row in after["train"].to_dicts()]


def test_curating_needs_the_two_tables_alone(tmp_path):
    with Models() as endpoint:
        frames, hashes = run(job := make(tmp_path, endpoint))
    for name in ("train", "validation", "rejects"):
        job.table(name).unlink()
    stages.curate(job.workspace, "pets")
    assert read(job)[1] == hashes and frames["train"].height


FAULTS = {
    "nothing": lambda text: said(""),
    "garbage": lambda text: said("the first one seems fine to me"),
    "refused": lambda text: said("I'm sorry, but I can't help with that."),
    "cut": lambda text: said('{"verdicts": [{"row": 1, "label": "cat"}', "length"),
    "filtered": lambda text: error(400, "The response was filtered: content_filter"),
    "no label": lambda text: "fish",
    "several labels": lambda text: "cat or dog",
}


def test_no_row_passes_without_a_verdict_whatever_is_wrong_with_the_answer(tmp_path):
    faults, given = cycle(FAULTS), {}

    def judge(text):
        if not re.search("xx|yy", text):
            return find_animal(text)
        if text not in given:
            given[text] = next(faults)
        return FAULTS[given[text]](text)

    with Models(judge) as endpoint:
        frames, _ = run(make(tmp_path, endpoint, judges=[{"rows_per_call": 1}], budget={"rounds": 4}))
    kept = [*frames["train"]["text"], *frames["validation"]["text"]]
    assert {*given.values()} == {*FAULTS} and kept and not {*kept} & {*given}
    not_judged = frames["rejects"].filter(reason="not-judged")
    assert {json.loads(candidate)["text"] for candidate in not_judged["candidate"]} == {*given}


def test_a_row_that_is_kept_without_a_verdict_says_so(tmp_path):
    with Models(lambda text: "fish") as endpoint:
        frames, _ = run(make(tmp_path, endpoint, judges=[{"on_disagreement": "keep"}]))
    assert frames["train"]["agreed"].is_null().all() and frames["rejects"].height == 0


def test_rows_that_stay_in_spite_of_a_judge_are_counted(tmp_path, caplog):
    caplog.set_level("INFO", "pedigree")
    with Models(lambda text: "cat") as endpoint:
        frames, _ = run(make(tmp_path, endpoint, judges=[{"on_disagreement": "keep"}]))
    other = (~frames["train"]["agreed"]).sum() + (~frames["validation"]["agreed"]).sum()
    assert other and f"rows in (on {other} of these a judge with 'on_disagreement: keep' disagrees)" in caplog.text


def test_verdicts_count_against_the_budget(tmp_path):
    with Models() as endpoint:
        with pytest.raises(BudgetError, match="8 of 8 calls"):
            run(job := make(tmp_path, endpoint, budget={"calls": 8}))
        assert len(endpoint.requests) == 8 and endpoint.judged == 2
        assert len(Ledger(job.workspace.ledger)) == 8


def test_a_judge_of_doubted_rows_is_asked_about_those_alone(tmp_path):
    seeds = [{"text": f"a seed {place} of the {name}", "label": name} for name in ANIMALS for place in range(4)]
    with Models() as endpoint:
        frames, _ = run(
            make(tmp_path, endpoint, seeds=seeds, judges=[{"on": "doubted"}, {"name": "b", "on": 0.5, "calibrate": 0}])
        )
    asked = {name: part for (name,), part in frames["prompts"].filter(strategy="judge").group_by("generator")}
    texts = {name: "".join(part["messages"]) for name, part in asked.items()}
    assert texts["second-look"].count("Text ") == endpoint.made // 4
    assert endpoint.made * 0.2 < texts["b"].count("Text ") < endpoint.made * 0.8


def test_a_label_that_the_judges_empty_is_told(tmp_path, caplog):
    with Models(lambda text: "cat") as endpoint:
        frames, _ = run(make(tmp_path, endpoint, budget={"rounds": 2}))
    assert "the judges reject all 12 rows of label 'dog'" in caplog.text
    assert set(frames["train"]["label"]) == {"cat"}


@pytest.mark.parametrize("judge", [{"votes": 2}, {"on_disagreement": "relabel"}])
def test_verdict_prompts_can_be_built_again_and_the_plan_holds(tmp_path, judge):
    seeds = [{"text": f"a seed {place} of the {name}", "label": name} for name in ANIMALS for place in range(4)]
    with Models() as endpoint:
        frames, _ = run(job := make(tmp_path, endpoint, seeds=seeds, judges=[judge]))
    job = open_job(job.workspace, "pets")
    prompts, completions = frames["prompts"], frames["completions"]
    verdicts, labels = rebuild_verdict_prompts(job, prompts, completions)
    rebuilt = [*prompt_check.rebuild_prompts(job, prompts, completions, {"zero-shot": {}}), *verdicts]
    prompt_check.check_pairs(prompts, completions)
    prompt_check.check_prompts(prompts, rebuilt)
    prompt_check.check_completions(completions, rebuilt)
    surplus = frames["rejects"].filter(reason="surplus")
    kept = pl.concat([frames[name].select("row_id", "completion_id") for name in ("train", "validation")])
    kept = pl.concat([kept, surplus.select("row_id", "completion_id")])
    prompt_check.check_plan(job, prompts, kept, labels)
    people = [json.loads(one)["row_ids"] for one in prompts.filter(strategy="judge")["variables"]]
    assert sum("/" in id for ids in people for id in ids) == 8 * judge.get("votes", 1)
    dropped = prompts.filter(pl.col("completion_id") != verdicts[-1].completion_id)
    with pytest.raises(LinkError):
        prompt_check.check_prompts(dropped, rebuilt)


def test_the_labels_are_checked_by_the_judge(tmp_path):
    seeds = [{"text": f"a seed {place} of the {name}", "label": name} for name in ANIMALS for place in range(12)]
    with Models() as endpoint:
        frames, _ = run(job := make(tmp_path, endpoint, seeds=seeds, judges=[{"on_disagreement": "keep"}]))
    rows = pl.concat([frames["train"], frames["validation"]])
    checks = check_labels(open_job(job.workspace, "pets"), rows)
    evidence, readings = checks.evidence, checks.readings
    right = sum(row["label"] in row["text"] for row in rows.to_dicts()) / rows.height
    assert evidence[0].by == "judge" and evidence[0].rows == rows.height
    assert evidence[0].right.low <= right <= evidence[0].right.high
    [figures], [reading] = checks.judges, readings
    assert {label: (one.hits, one.rows) for label, one in figures.sensitivity.items()} == {
        "cat": (12, 12),
        "dog": (12, 12),
    }
    assert sum(figures.votes.values()) == rows.height + 24 and figures.no_verdict == 0
    assert (reading.by, reading.name) == ("judge", "second-look")
    assert sum(count for given in reading.counts.values() for count in given.values()) == rows.height
    assert [sum(given.get(name, 0) for given in reading.counts.values()) for name in ANIMALS] == [
        sum(name in text for text in rows["text"]) for name in ANIMALS
    ]
    assert sum(reading.counts[name].get(name, 0) for name in ANIMALS) == rows["agreed"].sum()


def test_an_estimate_counts_verdicts_and_what_is_held_of_them(tmp_path):
    seeds = [{"text": f"a seed {place} of the {name}", "label": name} for name in ANIMALS for place in range(4)]
    with Models() as endpoint:
        job = make(tmp_path, endpoint, seeds=seeds, budget={"calls": 500})
        before = estimate(open_job(job.workspace, "pets"), Ledger(job.workspace.ledger))
        frames, _ = run(job)
    after = estimate(open_job(job.workspace, "pets"), Ledger(job.workspace.ledger))
    judge = {bill.generator: bill for bill in before.generators}["second-look"]
    assert 10 <= judge.calls <= 14 and judge.tokens_in > 100 * judge.calls
    assert (after.total.calls, after.total.held) == (0, frames["completions"].height) and after.stop.startswith("every")


def test_what_was_asked_about_a_row_of_people_is_forgotten_with_it(tmp_path):
    seeds = [
        {"text": f"a long enough seed {place} of the {name}", "label": name} for name in ANIMALS for place in range(4)
    ]
    with Models() as endpoint:
        frames, _ = run(job := make(tmp_path, endpoint, seeds=seeds))
    job = open_job(job.workspace, "pets")
    subprocess.run(["git", "init", "-q"], cwd=job.workspace.root, check=True)
    found = find_erasure(job, text="seed 2 of the cat")
    holds = frames["prompts"].filter(pl.col("messages").str.contains("seed 2 of the cat", literal=True))
    assert holds.height == 1 and set(holds["completion_id"]) == found.completion_ids and found.in_ledger == 1
    for name in ("prompts", "completions"):  # the plan in the ledger is known without them
        job.table(name).unlink()
    assert find_erasure(job, text="seed 2 of the cat").completion_ids == found.completion_ids


def test_a_trace_shows_the_votes(tmp_path):
    with Models() as endpoint:
        frames, _ = run(job := make(tmp_path, endpoint, judges=[{"votes": 3}]))
    reject = frames["rejects"].filter(reason="judged-otherwise").row(0, named=True)
    votes = list_verdicts(open_job(job.workspace, "pets"), reject["row_id"])
    assert [one["vote"] for one in votes] == [find_animal(reject["candidate"])] * 3
    assert len({one["completion_id"] for one in votes}) == 3
