"""Evaluate with an embedder that is asked for: what is sent, what is paid, and what is told of it."""

import json
import shutil
from contextlib import chdir

import pytest

from flows.evaluate import evaluate
from pedigree.errors import CommandError, ProviderError, WorkspaceError
from pedigree.models.pacing import request_queue
from pedigree.report.evaluation_page import write_evaluation
from tests.support.fake_endpoint import Endpoint, count_letters, error
from tests.support.make_published import NAME, share_small
from tests.support.static_model import learn_model

pytestmark = pytest.mark.full

PAID = "litellm/openai/fake"
KEY = "sk-evaluation-secret"


@pytest.fixture(scope="module")
def house(prefect, tmp_path_factory):
    """The shared workspace, left without a model and paid vectors."""
    house = share_small(tmp_path_factory)
    yield house
    for folder in ("models", ".pedigree/vectors"):
        shutil.rmtree(house.root / folder, ignore_errors=True)


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setattr(request_queue, "MAX_WAIT_SECONDS", 0.05)
    with Endpoint() as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield endpoint


def measure(house, embedder, **options):
    with chdir(house.root):
        return evaluate.fn(NAME, embedder=embedder, **options)


def read_held_out(house) -> set[str]:
    lines = (house.root / f"data/seeds/{NAME}/held-out.jsonl").read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["text"] for line in lines if line}


def name_figures(found) -> dict[str, float | None]:
    return {figure.name: figure.now for figure in found.figures if "(embeddings)" in figure.name}


def test_a_providers_vectors_are_paid_for_once_and_kept(house, endpoint):
    status = house.git("status", "--porcelain")
    found = measure(house, PAID)
    sent = [text for request in endpoint.requests for text in request["input"]]
    assert len(sent) == len(set(sent)) and read_held_out(house) <= set(sent)
    assert found.embedder == PAID
    assert found.notes[-1] == (
        f"{len(sent)} texts were sent to openai/fake, held-out rows among them, at an unknown cost."
    )
    assert found.path == f".pedigree/evaluations/{NAME}@v1.0.1.litellm-openai-fake.json"
    figures = name_figures(found)
    assert 0 < figures["macro-F1, trained on the synthetic rows (embeddings)"] < 1
    assert figures["Remote Clique (embeddings)"] is not None
    assert house.git("status", "--porcelain") == status

    again = measure(house, PAID)
    assert sum(len(request["input"]) for request in endpoint.requests) == len(sent)
    assert again.notes[-1] == "All vectors of openai/fake were stored already: nothing was sent or paid."
    assert again.figures == found.figures
    kept = json.loads((house.root / found.path).read_text(encoding="utf-8"))
    assert kept["metrics"]["embedder"]["name"] == PAID and kept["embedder"] == PAID
    assert not [path for path in (house.root / ".pedigree").rglob("*") if path.is_file() and KEY in _read(path)]


def _read(path) -> str:
    return path.read_bytes().decode(errors="replace")


def test_an_evaluation_without_one_stands_beside_it_and_tells_nothing_of_vectors(house, endpoint):
    found = measure(house, "")
    assert found.path == f".pedigree/evaluations/{NAME}@v1.0.1.json"
    assert found.embedder is None and not name_figures(found)
    assert not endpoint.requests


def test_a_model_of_the_workspace_costs_nothing(house, endpoint):
    learn_model(house.root / "models/own", sorted(read_held_out(house)), 8)
    found = measure(house, "model2vec/models/own")
    assert found.embedder == "model2vec/models/own"
    assert 0 < name_figures(found)["macro-F1, trained on the synthetic rows (embeddings)"] < 1
    assert "Vendi score (embeddings)" in write_evaluation(found).replace("\\", "")
    assert not endpoint.requests


def test_a_provider_that_stops_it_is_told_so_and_what_came_is_kept(house, endpoint):
    def stop_after_one(body):
        endpoint.script = [error(401)] * 50
        return count_letters(body)

    endpoint.script = [stop_after_one]
    with pytest.raises(ProviderError, match="openai/stopping") as caught:
        measure(house, "litellm/openai/stopping")
    assert caught.value.exit_status == 3 and KEY not in str(caught.value)
    kept = sum(path.read_bytes().count(b'"model":"openai/stopping"') for path in house.root.glob(".pedigree/vectors/*"))
    assert kept == 1


WRONG = {
    "no embedder": ("potion", CommandError, "'potion' names no embedder: write model2vec/NAME-or-folder"),
    "a path outside": ("model2vec/../own", CommandError, "names no model of model2vec"),
    "a model that is not there": ("model2vec/nobody/nothing", WorkspaceError, "nobody/nothing is not on this machine"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_embedder_is_refused(house, endpoint, tmp_path, monkeypatch, what):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    name, kind, says = WRONG[what]
    with pytest.raises(kind, match=says):
        measure(house, name)


def test_a_key_that_is_nowhere_is_told_before_anything_is_sent(house, endpoint, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(
        ProviderError, match=r"openai/other needs OPENAI_API_KEY\n  to do: export OPENAI_API_KEY=.*Secret block"
    ):
        measure(house, "litellm/openai/other")
    assert not endpoint.requests
