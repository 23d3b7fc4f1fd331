"""A recipe's embedder: a second student and further figures where it is there, and a note where it is not."""

import json
import logging
import shutil
import sys
from importlib.metadata import version

import numpy as np
import pytest
from markupsafe import escape

from pedigree.errors import ProviderError
from pedigree.job import Job, open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.metrics.embedder import Embedder
from pedigree.metrics.embedder_choice import EmbedderChoice
from pedigree.recipe.yaml_file import set_keys
from tasks.check import check_job
from tasks.doctor import run_checks
from tasks.measure import collect_metrics
from tasks.measure import measure as step
from tests.support.make_measured_job import copy_measured_job
from tests.support.static_model import learn_model
from tests.support.workspaces import make_job

measure = step.fn
NAME = "model2vec/models/own"
GONE = (
    f"{NAME} is not on this machine (copy the folder there, or run 'hf download models/own'; Pedigree downloads "
    "no models). "
    "Embedding metrics are omitted."
)


def name_embedder(job, name) -> Job:
    set_keys(job.workspace.recipe_path(job.dataset), {"evaluate.embedder": name})
    return open_job(job.workspace, job.dataset)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A finished job whose recipe names no embedder, and what was measured of it."""
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path_factory.mktemp("plain") / "w")
    return name_embedder(job, None), metrics


@pytest.fixture(scope="module")
def whole(plain, tmp_path_factory):
    """The same job with an embedder that learned from the seeds."""
    root = tmp_path_factory.mktemp("whole") / "w"
    shutil.copytree(plain[0].workspace.root, root)
    job = open_job(type(plain[0].workspace)(root), plain[0].dataset)
    learn_model(root / "models/own", [seed.fields["text"] for seed in job.seeds], 16)
    job = name_embedder(job, NAME)
    return job, measure(job)


@pytest.fixture
def bare(plain, tmp_path, monkeypatch):
    """A copy of the job, without the model and with an empty cache of the hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    shutil.copytree(plain[0].workspace.root, tmp_path / "w")
    return open_job(type(plain[0].workspace)(tmp_path / "w"), plain[0].dataset)


@pytest.mark.full
def test_a_second_student_is_taught_by_the_same_teachers(whole):
    useful = whole[1]["usefulness"]
    second = useful["embeddings"]
    teachers = ("synthetic", "real", "both", "both_real_upweighted")
    assert [second[who]["train_rows"] for who in teachers] == [useful[who]["train_rows"] for who in teachers]
    assert second["test_rows"] == useful["test_rows"]
    assert 0.2 < second["real"]["macro_f1"] < 1 and second["real"]["macro_f1"] != useful["real"]["macro_f1"]
    assert len(second["synthetic"]["macro_f1_repeats"]) == 5


def test_variety_and_likeness_are_told_by_both_kinds_of_vectors(whole):
    metrics = whole[1]
    for part in (metrics["diversity"], metrics["fidelity"], metrics["fidelity"]["seeds"]):
        beside = {name.removesuffix("_tfidf") for name in part if name.endswith("_tfidf")}
        assert {name.removesuffix("_embeddings") for name in part if name.endswith("_embeddings")} == beside
        assert all(part[f"{name}_embeddings"] != part[f"{name}_tfidf"] for name in beside - {"coverage", "precision"})


def test_the_figures_name_the_model_by_hash(whole):
    told = whole[1]["embedder"]
    assert {**told, "sha256": len(told["sha256"])} == {
        "name": NAME, "sha256": 64, "library": f"model2vec {version('model2vec')}", "dimensions": 16, "cut_texts": 0,
            "note": None,
    }  # fmt: skip


@pytest.mark.full
def test_every_other_figure_is_the_one_without_an_embedder(plain, whole):
    def strip(value):
        if not isinstance(value, dict):
            return value
        own = {"embedder", "embeddings"}
        return {key: strip(part) for key, part in value.items() if key not in own and not key.endswith("_embeddings")}

    assert strip(whole[1]) == strip(plain[1])
    assert plain[1]["embedder"] is None and plain[1]["usefulness"]["embeddings"] is None


@pytest.mark.full
def test_equal_files_give_equal_bytes(whole):
    job, paths = whole[0], ("metrics.json", "report.html", "README.md")
    before = [(job.folder / path).read_bytes() for path in paths]
    measure(job)
    assert [(job.folder / path).read_bytes() for path in paths] == before


def test_the_report_shows_the_second_student_and_its_vectors_figures(plain, whole):
    page, bare_page = ((job.folder / "report.html").read_text(encoding="utf-8") for job in (whole[0], plain[0]))
    assert "<h3>A second classifier, on embeddings</h3>" in page and "<h3>Embeddings</h3>" in page
    assert f"<bdi>{NAME}</bdi>" in page and whole[1]["embedder"]["sha256"][:16] in page
    assert f"{whole[1]['usefulness']['embeddings']['both']['macro_f1']:.3f}" in page
    assert "mbeddings</h3>" not in bare_page


def expect_note(plain, job, caplog, note):
    with caplog.at_level(logging.WARNING, "pedigree"):
        metrics = measure(job)
    assert metrics["embedder"] == {
        "name": job.recipe.evaluate.embedder, "sha256": None, "library": None, "dimensions": None, "cut_texts": 0,
            "note": note,
    }  # fmt: skip
    assert note in caplog.messages
    assert {**metrics, "embedder": None} == plain[1]
    assert escape(note) in (job.folder / "report.html").read_text(encoding="utf-8")
    assert json.loads((job.folder / "metrics.json").read_text(encoding="utf-8")) == metrics
    return metrics


@pytest.mark.full  # vectors that are none, below, give a note and every other figure as well
def test_without_the_model_there_is_a_note_and_every_other_figure(plain, bare, caplog):
    expect_note(plain, name_embedder(bare, NAME), caplog, GONE)


@pytest.mark.full
def test_without_the_library_there_is_a_note_and_every_other_figure(plain, bare, caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    note = f"{NAME}: model2vec is not installed (pip install 'model2vec>=0.10,<0.11'). Embedding metrics are omitted."
    expect_note(plain, name_embedder(bare, NAME), caplog, note)


@pytest.mark.full
def test_a_damaged_model_is_a_note(bare):
    (bare.workspace.root / "models/own").mkdir(parents=True)
    note = measure(name_embedder(bare, NAME))["embedder"]["note"]
    assert note.startswith(f"{NAME} can't be read: ") and str(bare.workspace.root) not in note


@pytest.mark.full
def test_measuring_never_asks_a_provider(plain, bare, caplog):
    name = "litellm/openai/text-embedding-3-small"
    note = (
        f"{name} is a paid model, which only 'pedigree evaluate support-tickets --embedder {name}' calls. "
        "Embedding metrics are omitted."
    )
    expect_note(plain, name_embedder(bare, name), caplog, note)


def test_vectors_that_are_none_are_a_note_of_a_local_model_and_an_error_of_a_paid_one(plain):
    job, contents = plain[0], read_job_outputs(plain[0])

    def choose(sha256):
        broken = Embedder("x", lambda texts: np.full((len(texts), 2), np.nan), sha256)
        return EmbedderChoice("x", broken)

    found = collect_metrics(job, contents, choose("0" * 64))
    note = "x returned vectors with NaN or infinite values. Embedding metrics are omitted."
    assert found == {**plain[1], "embedder": found["embedder"]} and found["embedder"]["note"] == note
    with pytest.raises(ProviderError, match="NaN"):
        collect_metrics(job, contents, choose(None))


def test_a_run_is_warned_before_anything_is_spent(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with caplog.at_level(logging.WARNING, "pedigree"):
        check_job(make_job(tmp_path / "w", evaluate={"embedder": NAME}))
    assert caplog.messages == [GONE.replace("Embedding metrics are omitted.", "Embedding metrics will be omitted")]


def test_doctor_says_whether_the_embedder_is_there(whole, bare):
    def find(job):
        return next(one for one in run_checks(job.workspace) if one.name == "embedder of support-tickets")

    assert (find(whole[0]).ok, find(whole[0]).warning, find(whole[0]).detail) == (True, False, NAME)
    gone = find(name_embedder(bare, NAME))
    assert (gone.ok, gone.warning) == (True, True) and gone.detail.startswith(f"{NAME} is not on this machine")
    assert not [one for one in run_checks(name_embedder(bare, None).workspace) if one.name.startswith("embedder")]
