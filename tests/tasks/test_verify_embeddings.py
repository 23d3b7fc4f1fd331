"""Verify where figures depend on an embedder, which no version carries."""

import shutil

import pytest

from pedigree.errors import LinkError
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.make_published import NAME, copy_small, publish_again
from tests.support.repository import Household
from tests.support.static_model import write_model
from tests.support.tampering import Scene

pytestmark = pytest.mark.full

MODEL = "model2vec/models/own"
WORDS = {"i": (1.0, 0.2), "my": (0.1, 1), "the": (-1, 0.4), "order": (0.3, -1), "please": (0.5, 0.5)}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp("embedded") / "w")
    write_model(house.root / "models/own", WORDS)
    publish_again(house, **{"evaluate.embedder": MODEL, "gates.read_distance": 0.9})
    return house


@pytest.fixture
def house(published, tmp_path):
    return Household(shutil.copytree(published.root, tmp_path / "w"))


def check(house):
    return verify.fn(Workspace(house.root), NAME)


def forge_metrics(house, change):
    """Change the metrics and let dvc.lock say so."""
    scene = Scene(house)
    metrics = scene.load("metrics")
    change(metrics)
    scene.write_json("metrics", metrics, cunning=True)


def test_figures_of_embeddings_come_out_again(published):
    found = check(published)
    assert found.links["metrics"] == "metrics.json is reproduced"
    assert found.links["report"] == "report.html is reproduced"


def test_a_changed_figure_of_embeddings_is_found(house):
    forge_metrics(house, lambda metrics: metrics["diversity"].update(chamfer_embeddings=0.5))
    with pytest.raises(LinkError, match=r"metrics: metrics.json: diversity.chamfer_embeddings is 0.5"):
        check(house)


@pytest.mark.parametrize("what", ["gone", "another"])
def test_without_the_embedder_every_other_figure_is_made_again_and_a_note_says_so(house, what):
    shutil.rmtree(house.root / "models")
    if what == "another":
        write_model(house.root / "models/own", {**WORDS, "please": (0.5, 0.6)})
    found = check(house)
    assert found.links["metrics"] == "metrics.json is reproduced, except for figures of embeddings"
    assert "report" not in found.links
    assert found.notes[-1].startswith(f"{MODEL} is not on this machine as it was")
    forge_metrics(house, lambda metrics: metrics["words"].update(vocabulary=5))
    with pytest.raises(LinkError, match=r"words.vocabulary is 5"):
        check(house)
