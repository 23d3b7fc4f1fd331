"""The demo recipe against an endpoint with realistic faults: the dataset is complete, and nothing is paid for twice."""

import json
import random
import shutil
import threading
from collections import Counter

import polars as pl
import pytest

from flows.stages import curate, generate
from pedigree.dataset.schemas import read_table
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.models.offline.model import answer
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tests.support.fake_endpoint import Endpoint, error, said
from tests.support.workspaces import REPOSITORY

NAME = "support-tickets"
OFTEN = {"busy": 5, "broken": 5, "cut": 5, "empty": 2, "prose": 2, "hanging": 1}  # of 100 requests
PROSE = "Think of a customer who is cross about a bill, and say it in her words."


class Provider:
    """Answers as the offline model does, but for faults, which a shuffled deck of 100 deals to the requests."""

    def __init__(self):
        self.dealt: Counter[str] = Counter()
        self.whole_texts: set[str] = set()  # of the rows that were sent to their end
        self.closed = threading.Event()
        self._asked: Counter[str] = Counter()
        self._lock, self._chance, self._deck = threading.Lock(), random.Random(0), []

    @property
    def answers(self) -> int:
        """Return how many answers were sent in time."""
        return sum(count for fault, count in self.dealt.items() if fault not in {"busy", "broken", "hanging"})

    def answer(self, body: dict) -> dict:
        with self._lock:
            fault = self._deal()
            self.dealt[fault] += 1
            if fault not in {"busy", "broken", "hanging"}:
                return self._write(body, fault)
        if fault == "hanging":
            self.closed.wait(30)
        return error(429, "slow down", retry_after=0.2) if fault == "busy" else error(500, "internal error")

    def _deal(self) -> str:
        if not self._deck:
            faults = [fault for fault, count in OFTEN.items() for _ in range(count)]
            self._deck = faults + ["fine"] * (100 - len(faults))
            self._chance.shuffle(self._deck)
        return self._deck.pop()

    def _write(self, body: dict, fault: str) -> dict:
        messages = json.dumps(body["messages"])
        text = answer(body["messages"], {}, self._asked[messages]).text
        self._asked[messages] += 1
        if fault in {"empty", "prose"}:
            return said("" if fault == "empty" else PROSE)
        sent = text[: len(text) * 2 // 3] if fault == "cut" else text
        texts = (row["text"] for row in json.loads(text)["rows"])
        self.whole_texts |= {one for one in texts if json.dumps(one, ensure_ascii=False) in sent}
        return said(sent, self._chance.choice(["length", "stop"]) if fault == "cut" else "stop")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workspace after generate and curate, and the provider that answered."""
    root, provider = tmp_path_factory.mktemp("faulty"), Provider()
    for part in ("recipes", "prompts", "expectations", "data/seeds"):
        shutil.copytree(REPOSITORY / part, root / part)
    workspace = Workspace(root)
    with Endpoint(provider.answer) as endpoint:
        own = {"model": "openai/fake", "api_base": endpoint.url, "timeout": 1, "prices": {"input": 0.15, "output": 0.6},
               "parameters": {"temperature": 1.0, "max_tokens": 1500}}  # fmt: skip
        set_keys(
            workspace.recipe_path(NAME), {f"generators.{place}.{key}": own[key] for place in range(3) for key in own}
        )
        generate(workspace, NAME)
        dealt = provider.dealt.copy()
        generate(workspace, NAME)
        assert provider.dealt == dealt  # what is held is not asked for again
        provider.closed.set()
    curate(workspace, NAME)
    return workspace, provider


def read(workspace: Workspace, *names: str) -> pl.DataFrame:
    return pl.concat([read_table(workspace.table(NAME, name)) for name in names])


def test_every_fault_was_met(finished):
    _, provider = finished
    assert set(provider.dealt) == {*OFTEN, "fine"}


def test_every_label_has_exactly_its_rows(finished):
    workspace, _ = finished
    counts = dict(read(workspace, "train", "validation")["label"].value_counts().iter_rows())
    assert counts == open_job(workspace, NAME).recipe.targets and sum(counts.values()) == 1000


def test_every_answer_is_in_the_ledger_once(finished):
    workspace, provider = finished
    completions = read(workspace, "completions")
    assert completions["failure"].null_count() == len(completions) == provider.answers
    with Ledger(workspace.ledger) as ledger:
        assert len(ledger) == provider.answers
        assert all(ledger.holds(id, answered=True) for id in completions["completion_id"])


def test_no_row_of_an_answer_that_was_cut_is_a_piece_of_one(finished):
    workspace, provider = finished
    assert set(read(workspace, "train", "validation")["text"]) <= provider.whole_texts


def test_every_fault_is_a_reject_with_its_reason(finished):
    workspace, provider = finished
    whole = read(workspace, "rejects").filter(pl.col("position").is_null())
    reasons = dict(whole["reason"].value_counts().iter_rows())
    assert (reasons["empty"], reasons["malformed"]) == (provider.dealt["empty"], provider.dealt["prose"])
    cut = read(workspace, "rejects").filter(pl.col("reason") == "cut")
    assert cut["completion_id"].n_unique() == provider.dealt["cut"]
