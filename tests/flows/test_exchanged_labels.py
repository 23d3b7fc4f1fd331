"""Support tickets whose labels are exchanged: failed by the classifier, and by a judge that is added and paid alone."""

import json
import random
import re
from contextlib import chdir

import polars as pl
import pytest
from rich.console import Console

from flows import stages
from pedigree.dataset.results import GateResults, read_result
from pedigree.dataset.schemas import read_table
from pedigree.errors import GateError
from pedigree.job import open_job
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tests.support.fake_endpoint import Endpoint, said
from tests.support.repository import settle

NAME, FILE = "support-tickets", "data/seeds/support-tickets/replayed.jsonl"
SENSITIVITY = 0.9  # of the scripted judge; it calls the others any other label by chance


@pytest.fixture(scope="module")
def tickets(tmp_path_factory):
    """A workspace that replays 256 tickets of people, each with the label of another kind; nothing is judged yet."""
    root = settle(tmp_path_factory.mktemp("exchanged") / "work").root
    workspace = Workspace(root)
    recipe = workspace.recipe_path(NAME)
    names = list(open_job(workspace, NAME).recipe.labels)
    lines = (root / f"data/seeds/{NAME}/held-out.jsonl").read_text(encoding="utf-8").splitlines()
    true = {row["text"]: row["label"] for row in map(json.loads, lines)}
    exchanged = [{"text": text, "label": names[names.index(label) - 1]} for text, label in true.items()]
    (root / FILE).write_text("".join(json.dumps(row) + "\n" for row in exchanged), encoding="utf-8")
    replay = {"strategy": "replay", "model": f"replay/{FILE}", "replay": {"fields": {"text": "text"}, "label": "label"}}
    shares = {("labels", name, "share"): 1 / len(names) for name in names}
    set_keys(recipe, {**shares, "generators": [replay], "rows": 200, "held_out": None, "gates.class_floor": 1})
    return workspace, true


def run(workspace):
    """Make and validate the rows; return the gates and the tables."""
    with chdir(workspace.root):
        stages.generate(workspace, NAME)
        stages.curate(workspace, NAME)
        with pytest.raises(GateError, match="label precision"):
            stages.validate(workspace, NAME, Console(quiet=True))
    folder = workspace.dataset_folder(NAME)
    frames = {
        name: read_table(folder / f"{name}.parquet") for name in ("train", "validation", "prompts", "completions")
    }
    return read_result(GateResults, folder / "gates.json"), frames


def answer(true, labels):
    """Return what the scripted judge answers: by the text alone."""

    def judge(body):
        texts = re.findall(r"^Text \d+: (.*)$", body["messages"][-1]["content"], re.MULTILINE)
        verdicts = []
        for number, shown in enumerate(texts, start=1):
            text = json.loads(shown)["text"]
            chance, label = random.Random(text), true[text]
            wrong = chance.choice([one for one in labels if one != label])
            verdicts.append({"row": number, "label": label if chance.random() < SENSITIVITY else wrong})
        return said(json.dumps({"verdicts": verdicts}))

    return judge


@pytest.mark.full  # test_classifier_check.py finds exchanged labels, test_judge.py adds a judge that is paid alone
def test_exchanged_labels_are_failed_without_a_judge_and_by_one_that_is_added_and_pays_for_verdicts_alone(tickets):
    workspace, true = tickets
    gates, before = run(workspace)
    [evidence] = gates.labels
    assert evidence.by == "classifier" and evidence.right.high < 0.2
    seeds = {one.text: one.label for one in open_job(workspace, NAME).seeds}
    labels = list(open_job(workspace, NAME).recipe.labels)
    with Endpoint(answer({**true, **seeds}, labels)) as endpoint:
        asked = {"api_base": endpoint.url, "structured": "text", "rows_per_call": 10, "on_disagreement": "keep"}
        prices = {"input": 0.1, "output": 0.4}
        judge = {"name": "second-look", "model": "openai/judge", "calibrate": 160, "prices": prices, **asked}
        set_keys(workspace.recipe_path(NAME), {"judges": [judge]})
        gates, after = run(workspace)
        paid = len(endpoint.requests)
        assert {body["model"] for body in endpoint.requests} == {"judge"}
        with chdir(workspace.root):
            stages.generate(workspace, NAME)
        assert len(endpoint.requests) == paid  # once
    by_judge, by_classifier = gates.labels
    assert (by_judge.by, by_classifier) == ("judge", evidence)
    assert by_judge.right.share < 0.1 and by_judge.right.high < 0.2 and by_judge.rows == 200
    precision = next(gate for gate in gates.gates if gate.name == "label precision")
    assert (precision.passed, precision.severity, precision.figure) == (False, "critical", by_judge.right.share)
    assert after["train"].drop("agreed").equals(before["train"])
    made = pl.col("strategy") != "judge"
    assert after["prompts"].filter(made).equals(before["prompts"])
    held = before["completions"]["completion_id"]
    assert after["completions"].filter(pl.col("completion_id").is_in(held.implode())).equals(before["completions"])
    assert paid == after["completions"].height - before["completions"].height
