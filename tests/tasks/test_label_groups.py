"""A judge that is shown some of many labels, from the estimate to the trace, over an endpoint on loopback."""

import json
import re
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.job import open_job
from pedigree.labels.confused_pairs import find_confused
from pedigree.labels.evidence import check_labels
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.origin import list_verdicts
from pedigree.provenance.prompt_check import check_prompts
from tasks.estimate import estimate
from tasks.judging.judge import rebuild_verdict_prompts
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.workspaces import make_job

WORD = re.compile(r"\bkind(\d+)\b")


class Models(Endpoint):
    """A generator whose every sixth row is about the next label or one far away, and a judge that reads a row's word.

    The judge gives the label that the word names if it is shown it, and else none.
    """

    def __init__(self, labels):
        super().__init__(self.answer_all)
        self.labels, self.made = labels, 0
        self.shown = Counter()

    def answer_all(self, body):
        asked = body["messages"][-1]["content"]
        if body["model"] == "judge":
            classes = re.findall(r"^Class: (\S+) \(", asked, re.MULTILINE)
            self.shown[len(classes)] += 1
            texts = [json.loads(one)["text"] for one in re.findall(r"^Text \d+: (.*)$", asked, re.MULTILINE)]
            named = [f"label-{WORD.search(text)[1]}" for text in texts]
            verdicts = [
                {"row": place, "label": label if label in classes else "none of these"}
                for place, label in enumerate(named, start=1)
            ]
            return said(json.dumps({"verdicts": verdicts}))
        number, texts = int(re.search(r"^Label: label-(\d+)$", asked, re.MULTILINE)[1]), []
        for _ in range(4):
            self.made += 1
            off = 0 if self.made % 6 else 1 if self.made % 12 else self.labels // 2
            texts.append(f"{'xyzuvw'[self.made % 6] * (self.made % 40)} {self.made} kind{(number + off) % self.labels}")
        return rows(*texts)


def make(root, endpoint, labels, shown, each):
    asked = {"api_base": endpoint.url, "structured": "text", "retries": 0, "concurrency": 1}
    asked["prices"] = {"input": 1.0, "output": 1.0}
    plan = {
        f"label-{n}": {"share": 1 / labels, "means": f"about kind{n}", "unlike": [f"label-{(n + 1) % labels}"]}
        for n in range(labels)
    }
    people = [{"text": f"kind{n} of {m}", "label": f"label-{n}"} for n in range(labels) for m in range(each)]
    judge = {"name": "second-look", "model": "openai/judge", "calibrate": each * labels, "labels_shown": shown, **asked}
    return make_job(
        root / "w",
        labels=plan,
        seeds=people,
        rows=each * labels,
        generators=[{"strategy": "zero-shot", "model": "openai/maker", "rows_per_call": 4, **asked}],
        judges=[judge],
        screens={"label_named": False, "near_duplicate": None},
        gates={"class_floor": 1, "label_precision": 0.8},
    )


@pytest.mark.parametrize(("labels", "shown", "each"), [(12, 4, 2), pytest.param(150, 10, 2, marks=pytest.mark.full)])
def test_from_the_estimate_to_the_trace(tmp_path, labels, shown, each):
    with Models(labels) as endpoint:
        job = make(tmp_path, endpoint, labels, shown, each)
        with Ledger(job.workspace.ledger) as ledger:
            before = estimate(job, ledger).generators[-1]
        stages.generate(job.workspace, "pets")
        stages.curate(job.workspace, "pets")
        asked = len(endpoint.requests)
        stages.generate(job.workspace, "pets")
        assert len(endpoint.requests) == asked  # nothing is paid for twice
    job = open_job(job.workspace, "pets")
    prompts, completions, train, rest, rejects = (
        read_table(job.table(name)) for name in ("prompts", "completions", "train", "validation", "rejects")
    )
    kept = pl.concat([train, rest])
    assert set(endpoint.shown) == {shown} and kept.height == each * labels
    assert all(f"label-{WORD.search(row['text'])[1]}" == row["label"] for row in kept.to_dicts())
    judged = prompts.filter(strategy="judge")
    people = judged.filter(pl.col("parents").list.len() == 0)
    assert people.height == 2 * each * labels  # with their label, and with another
    assert before.calls >= 2 * each * labels and abs(before.calls - judged.height) < 0.35 * judged.height
    lengths = [sum(len(part["content"]) for part in json.loads(one)) / 4 for one in judged["messages"]]
    assert before.tokens_in / before.calls == pytest.approx(sum(lengths) / len(lengths), rel=0.25)

    otherwise = rejects.filter(reason="judged-otherwise")
    assert otherwise.height == endpoint.made // 6
    given = {f"second-look: label-{n}" for n in range(labels)} | {"second-look: another label"}
    assert set(otherwise["detail"]) <= given and "second-look: another label" in set(otherwise["detail"])

    found = check_labels(job, kept)
    [evidence] = [one for one in found.evidence if one.by == "judge"]
    assert evidence.right.low > 0.8 and f"shown {shown} of {labels} labels" in evidence.rests_on
    assert found.judges[0].labels_shown == shown and found.judges[0].votes[""] > 0
    pairs = find_confused(job.recipe, found.readings, None)
    assert f"of the {shown} of {labels} that it was shown" in pairs["sources"][0]["rests_on"]

    rebuilt, _ = rebuild_verdict_prompts(job, prompts, completions)
    check_prompts(judged, rebuilt)
    none = otherwise.filter(detail="second-look: another label").row(0, named=True)
    [verdict] = list_verdicts(job, none["row_id"])
    assert verdict["vote"] == "" and len(verdict["shown"]) == shown and none["label"] in verdict["shown"]
