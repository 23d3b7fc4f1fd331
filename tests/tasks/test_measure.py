"""Measure: metrics, manifest, plots, report and card are functions of files."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import WorkspaceError
from pedigree.job import Job, open_job
from pedigree.job_outputs import read_job_outputs, read_rows
from pedigree.usefulness.dataset_trial import NO_EVIDENCE, sample_job
from tasks.measure import collect_metrics
from tasks.measure import measure as step
from tests.support.make_finished_job import write_finished_job
from tests.support.make_measured_job import copy_measured_job

measure = step.fn
OUTPUTS = ("metrics.json", "manifest.json", "report.html", "plots/labels.json", "plots/lengths.json", "README.md",
           "croissant.json")  # fmt: skip


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return copy_measured_job(tmp_path_factory, tmp_path_factory.mktemp("measured") / "w")[0]


@pytest.fixture(scope="module")
def metrics(job):
    return json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))


def test_counts_add_up(metrics):
    counts = metrics["counts"]
    assert counts["rows"] == counts["train"] + counts["validation"] == 120
    assert counts["made"] == counts["rows"] + sum(counts["rejects"].values()) - counts["rejects"]["unreadable"]
    assert counts["yield"] == round(counts["rows"] / counts["made"], 6)
    assert metrics["duplicates"]["near_share"] == round(counts["rejects"]["near-duplicate"] / counts["made"], 6)


def test_usefulness_of_the_offline_model_is_marked_as_no_evidence(metrics):
    useful = metrics["usefulness"]
    assert useful["evidence"] is False
    assert useful["note"] == NO_EVIDENCE
    assert useful["test_rows"] == 256
    assert len(useful["synthetic"]["macro_f1_repeats"]) == 5
    low, high = useful["synthetic"]["macro_f1_interval"]
    assert low < useful["synthetic"]["macro_f1"] < high


def test_rows_are_compared_with_the_held_out_rows_and_so_are_the_seeds(metrics):
    found = metrics["fidelity"]
    assert (found["against"], found["rows"], found["seeds"]["rows"]) == ("held-out", 120, 128)
    assert [found["variety"][side]["rows"] for side in ("synthetic", "real")] == [120, 120]
    shared = {"coverage_tfidf", "precision_tfidf", "top_5_similarity_tfidf", "two_sample_auc", "length_divergence"}
    assert all(0 <= found[key] <= 1 and 0 <= found["seeds"][key] <= 1 for key in shared)
    assert found["two_sample_auc"] > 0.9 and abs(found["seeds"]["two_sample_auc"] - 0.5) < 0.2


def test_labels_are_followed_from_screen_to_screen(metrics):
    stages = metrics["screening"]
    assert [stage["reason"] for stage in stages] == [
        "refusal", "label-named", "pii", "exact-duplicate", "near-duplicate", "held-out-overlap", "surplus",
    ]  # fmt: skip
    assert sum(stages[0]["before"].values()) == metrics["counts"]["made"]
    assert sum(stages[-1]["after"].values()) == metrics["counts"]["rows"]
    for stage in stages:
        taken = sum(stage["before"].values()) - sum(stage["after"].values())
        assert taken == metrics["counts"]["rejects"][stage["reason"]]


def test_no_word_of_held_out_rows_reaches_metrics_or_card(tmp_path):
    job = write_finished_job(tmp_path, rows=120)
    marked = [replace(row, fields={"text": f"Winterbottom {row.fields['text']} Winterbottom"}) for row in job.held_out]
    metrics = measure(Job(job.workspace, job.recipe, job.seeds, marked))
    assert metrics["fidelity"]["two_sample_auc"] == 1
    for name in ("metrics.json", "manifest.json", "README.md", "plots/lengths.json"):
        assert "winterbottom" not in (job.folder / name).read_text(encoding="utf-8").lower()
    texts = " ".join(read_rows(job)["text"].str.to_lowercase())
    assert all(line["ngram"].split()[0] in texts for line in metrics["fidelity"]["telltales"])


@pytest.mark.parametrize("rows", [pytest.param(0, marks=pytest.mark.full), 1])
def test_so_few_rows_have_unknown_figures(tmp_path, rows):
    job = write_finished_job(tmp_path, rows=30)
    for name, left in (("train", rows), ("validation", 0)):
        write_table(read_table(job.table(name)).head(left), job.table(name))
    metrics = measure(job)
    figures = {**metrics["diversity"], **metrics["fidelity"], **metrics["fidelity"]["variety"]["real"]}
    unknown = {key for key, value in figures.items() if value is None}
    assert unknown >= {
        "remote_clique_tfidf", "chamfer_tfidf", "aps_within_tfidf", "aps_between_tfidf", "vendi_tfidf", "self_bleu",
        "top_5_similarity_tfidf", "coverage_tfidf", "precision_tfidf", "two_sample_auc",
    }  # fmt: skip


def test_numbers_have_at_most_six_digits_after_the_point(job):
    text = (job.folder / "metrics.json").read_text(encoding="utf-8")
    assert not re.search(r"\d\.\d{7}", text)
    assert list(json.loads(text)) == sorted(json.loads(text))


@pytest.mark.full
def test_another_process_with_another_hash_seed_and_one_thread_writes_the_same_bytes(job):
    before = {name: (job.folder / name).read_bytes() for name in OUTPUTS}
    code = (
        "import sys, pathlib\nfrom pedigree.workspace import Workspace\nfrom pedigree.job import open_job\n"
        "from tasks.measure import measure\nmeasure.fn(open_job(Workspace(pathlib.Path(sys.argv[1])), "
        "'support-tickets'))"
    )
    environment = {"PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    repository = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(job.workspace.root)], cwd=repository, env=environment, check=True)
    assert before == {name: (job.folder / name).read_bytes() for name in OUTPUTS}


def test_many_rows_have_the_same_figures_from_two_processes(job, metrics, monkeypatch):
    found = []
    monkeypatch.setattr("tasks.measure.MANY_ROWS", 120)
    monkeypatch.setattr("tasks.measure.start_helper", found.append)
    again = collect_metrics(job, read_job_outputs(job))
    assert found == ["pedigree.usefulness.tstr"]
    assert again["usefulness"] == metrics["usefulness"] and again["difficulty"] == metrics["difficulty"]
    assert len(again["usefulness"]["synthetic"]["macro_f1_repeats"]) == 5


def test_without_held_out_rows_usefulness_is_unknown(tmp_path):
    job = write_finished_job(tmp_path, rows=30, model="openai/some-model")
    recipe = job.workspace.recipe_path(job.dataset)
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(re.sub(r"held_out: data\S+", "held_out: null", text), encoding="utf-8")
    assert measure(open_job(job.workspace, job.dataset))["usefulness"] is None
    assert "the recipe has no held-out rows" in (job.folder / "report.html").read_text(encoding="utf-8")


def test_real_rows_of_the_train_split_teach_and_seeds_do_where_there_are_none(job):
    contents = read_job_outputs(job)
    synthetic, real, _ = sample_job(job, contents.tables["train"])
    assert len(synthetic) == contents.tables["train"].height
    assert real.texts == [seed.fields["text"] for seed in job.seeds]
    train = contents.tables["train"].with_columns(
        completion_id=pl.when(pl.int_range(pl.len()) >= 10).then("completion_id")
    )
    entered = Job(job.workspace, job.recipe, job.seeds, job.held_out, real=job.seeds[:12])
    synthetic, real, _ = sample_job(entered, train)
    assert real.texts == train["text"].head(10).to_list() and synthetic.texts == train["text"].slice(10).to_list()
    assert [list(job.recipe.labels)[place] for place in real.label_ids] == train["label"].head(10).to_list()


@pytest.mark.full
def test_real_rows_that_stand_twice_are_no_duplicates_of_the_model(tmp_path):
    job = write_finished_job(tmp_path, rows=30)
    before = measure(job)["duplicates"]
    rejects = read_table(job.table("rejects"))
    real = rejects.head(1).with_columns(
        completion_id=pl.lit(None, pl.String), generator=pl.lit("real"), reason=pl.lit("exact-duplicate")
    )
    write_table(pl.concat([rejects, *[real] * 50]), job.table("rejects"))
    assert measure(job)["duplicates"] == before


def test_an_absent_step_is_named(tmp_path):
    job = write_finished_job(tmp_path, rows=30)
    (job.folder / "gates.json").unlink()
    with pytest.raises(WorkspaceError, match=r"gates\.json is not here"):
        measure(job)
