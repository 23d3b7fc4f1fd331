"""The recommended training file: what it holds, and that its script prints the figure of the report."""

import json
import os
import re
import runpy
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.label_evidence import list_label_sentences
from pedigree.dataset.results import GateResults, read_result
from pedigree.errors import CommandError
from pedigree.job import Job
from pedigree.report.export.training import BIASES, HELD_OUT, SCRIPT, TRAINING, export_training, tabulate_training
from pedigree.report.export.training_script import write_script
from pedigree.report.markdown import escape_markdown
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.setup_trials import try_setups
from pedigree.usefulness.setups import PAIR, RECALIBRATED, find_recalibrated_mix
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.trials import plan_mixes
from pedigree.usefulness.tstr import make_pool, run_trials
from tests.support.make_finished_job import write_finished_job

LABELS = ["cat", "dog", 'odd "one"\n\'']
WORDS = ["purrs meows whiskers claws", "barks fetches wags bones", "isn't rock’n’roll Größe क्षमा"]
DENSE = ["猫が好きです", "犬が走ります", "魚を食べた"]
MIXED = (0, 1, 0, 1, 2)  # some labels are rare


def sample(rows, seed, dense=False):
    chance = np.random.default_rng(seed)
    ids = np.array([MIXED[row % 5] for row in range(rows)])
    own = [DENSE if dense else WORDS] * rows
    others = [f"word{number}" for number in range(30)]
    texts = []
    for row, label in enumerate(ids):
        shown = label if chance.random() < 0.75 else chance.integers(3)
        words = chance.choice(own[row][shown].split(), 2)
        texts.append(" ".join([*words, *chance.choice(others, 5)]) if row % 17 else f"😀! {'?' * label}")
    return Sample(texts, ids)


def run(folder, *arguments, python=sys.executable):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, folder / SCRIPT, *arguments], capture_output=True, text=True, env=environment, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return read_figure(done.stdout)


def read_figure(said):
    return float(re.fullmatch(r"macro-F1 ([\d.]+) on [\d,]+ held-out rows\n", said)[1])


@cache
def try_all(dense):
    pool = make_pool(sample(180, 1, dense), sample(110, 2, dense), sample(150, 3, dense), 3, 0)
    classifier, mixes = TfidfClassifier(pool.texts), plan_mixes(180, 110)
    return pool, mixes, try_setups(classifier, pool, mixes, run_trials(classifier, pool, mixes))


def write_setup_of(setup, folder, *, dense=False):
    """Write the training file of one set-up of made-up rows, as the export does; return its macro-F1 in percent."""
    pool, mixes, tried = try_all(dense)
    mix = mixes.get(setup.removesuffix(RECALIBRATED), mixes["both"])
    recommended = {"train_synthetic": mix.synthetic, "train_real": mix.real, "real_weight": mix.real_weight}
    tabulate_training(pool, recommended, LABELS).write_ndjson(folder / TRAINING)
    tests = {"text": list(pool.held_out.texts), "label": [LABELS[place] for place in pool.held_out.label_ids]}
    pl.DataFrame(tests).write_ndjson(folder / HELD_OUT)
    (folder / SCRIPT).write_text(write_script(setup, pool.texts), encoding="utf-8")
    if moved := find_recalibrated_mix(setup):
        biases = dict(zip(LABELS, tried.recalibrations[moved].biases.tolist(), strict=True))
        (folder / BIASES).write_text(json.dumps(biases), encoding="utf-8")
    return 100 * tried.every[setup].macro_f1


@pytest.mark.parametrize(
    ("setup", "dense"), [("both_real_upweighted", False), ("both_recalibrated", False), (PAIR, False), ("real", True)]
)
def test_the_script_prints_the_figure_of_the_report(setup, dense, tmp_path, monkeypatch, capsys):
    f1 = write_setup_of(setup, tmp_path, dense=dense)
    assert 40 < f1 < 99
    monkeypatch.setattr("sys.argv", [str(tmp_path / SCRIPT)])
    runpy.run_path(str(tmp_path / SCRIPT), run_name="__main__")
    assert read_figure(capsys.readouterr().out) == pytest.approx(f1, abs=0.1)


@pytest.mark.parametrize("content", [None, ""])
def test_the_script_says_in_one_sentence_that_there_is_nothing_to_train_on(content, tmp_path, monkeypatch):
    (tmp_path / SCRIPT).write_text(write_script("both", ["one text"]), encoding="utf-8")
    if content is not None:
        (tmp_path / TRAINING).write_text(content, encoding="utf-8")
    monkeypatch.setattr("sys.argv", [str(tmp_path / SCRIPT)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(tmp_path / SCRIPT), run_name="__main__")
    expected = "no rows could be read; expected is a file of JSON lines with text, label, weight, source"
    assert ended.value.code == f"{tmp_path / TRAINING}: {expected}"  # which Python prints, and exits with status 1


SAID = {"cat": "purrs word", "dog": "barks word"}
GOOD = [
    {"text": text, "label": label, "weight": 1.0, "source": source}
    for label, text in SAID.items()
    for source in ("real", "synthetic", "synthetic")
    for _ in range(2)
]


def encode(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def change(**changed):
    return encode([GOOD[0] | changed, *GOOD[1:]])


BAD = {
    "no biases": (BIASES, None, "biases could not be read"),
    "empty biases": (BIASES, b"", "biases could not be read"),
    "biases cut off": (BIASES, b'{"cat": 0.1, ', "biases could not be read"),
    "biases that are a list": (BIASES, b"[1, 2]", "biases could not be read"),
    "biases of other labels": (BIASES, b'{"cat": 1, "bird": 0}', "a number for each of cat, dog"),
    "biases in words": (BIASES, b'{"cat": "much", "dog": 0}', "biases could not be read"),
    "biases that are no number": (BIASES, b'{"cat": NaN, "dog": 0}', "biases could not be read"),
    "biases in UTF-16": (BIASES, '{"cat": 1, "dog": 0}'.encode("utf-16"), "biases could not be read"),
    "rows in UTF-16": (TRAINING, encode(GOOD).decode().encode("utf-16"), "no rows could be read"),
    "rows in Latin-1": (TRAINING, change(text="Größe").decode().encode("latin-1"), "no rows could be read"),
    "rows without a weight": (TRAINING, encode([{"text": "a", "label": "cat"}]), "text, label, weight, source"),
    "a weight in words": (TRAINING, change(weight="much"), "weight is missing or of another type"),
    "a row without a label": (TRAINING, change(label=None), "label is missing or of another type"),
    "rows of one label": (TRAINING, encode(GOOD[:6]), "fewer than two labels"),
    "no held-out rows": (HELD_OUT, None, "no rows could be read; expected is a file of JSON lines with text, label"),
    "held-out rows of other labels": (HELD_OUT, encode([{"text": "a", "label": "bird"}]), "expected are cat, dog"),
}


def write_small(folder):
    (folder / SCRIPT).write_text(write_script("both_recalibrated", ["one text"]), encoding="utf-8")
    for name, content in ((TRAINING, encode(GOOD)), (HELD_OUT, encode(GOOD[:9])), (BIASES, b'{"cat": 0.1, "dog": 0}')):
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("kind", BAD)
def test_the_script_says_in_a_sentence_what_is_wrong_with_a_file(kind, tmp_path, monkeypatch):
    write_small(tmp_path)
    name, content, said = BAD[kind]
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    monkeypatch.setattr("sys.argv", [str(tmp_path / SCRIPT)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(tmp_path / SCRIPT), run_name="__main__")
    assert said in ended.value.code and "\n" not in ended.value.code  # Python prints it, and exits with status 1


def test_from_another_folder_a_broken_file_gives_status_1_and_no_traceback(tmp_path):
    write_small(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    command = [sys.executable, str(tmp_path / SCRIPT)]
    start = {"cwd": tmp_path / "elsewhere", "capture_output": True, "text": True, "check": False}
    done = subprocess.run(command, **start)
    assert done.returncode == 0 and read_figure(done.stdout) == 100
    (tmp_path / BIASES).unlink()
    done = subprocess.run(command, **start)
    assert done.returncode == 1 and not done.stdout and str(tmp_path / BIASES) in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1


def test_held_out_labels_without_rows_to_train_on_are_told_and_count_as_wrong(tmp_path, monkeypatch, capsys):
    write_small(tmp_path)
    (tmp_path / HELD_OUT).write_bytes(encode([*GOOD, {"text": "sings", "label": "bird"}]))
    monkeypatch.setattr("sys.argv", [str(tmp_path / SCRIPT)])
    runpy.run_path(str(tmp_path / SCRIPT), run_name="__main__")
    told = capsys.readouterr()
    assert "training.jsonl has no rows of bird" in told.err and read_figure(told.out) < 70


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return write_finished_job(tmp_path_factory.mktemp("trained"), rows=160, model="openai/some-model")


@pytest.fixture(scope="module")
def exported(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "training"
    return folder, export_training(job, "v1.0.0", "abc", folder)


def test_the_file_has_the_rows_of_the_report_their_weights_and_their_source(job, exported):
    folder, done = exported
    training = pl.read_ndjson(folder / TRAINING)
    train = pl.read_parquet(job.table("train"))
    assert training.columns == ["text", "label", "weight", "source"]
    synthetic, real = (training.filter(source=source) for source in ("synthetic", "real"))
    assert synthetic.select("text", "label").equals(train.select("text", "label"))
    assert real["text"].to_list() == [seed.fields["text"] for seed in job.seeds]
    assert {*synthetic["weight"]} == {1.0}
    assert real["weight"].sum() == pytest.approx(max(synthetic.height, real.height))
    held_out = pl.read_ndjson(folder / HELD_OUT)
    assert held_out.rows() == [(one.fields["text"], one.label) for one in job.held_out]
    assert done.files[TRAINING]["rows"] == training.height and done.files[SCRIPT]["rows"] is None
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "real rows weigh" in readme and f" on {len(job.held_out)} held-out rows, by TF-IDF" in readme
    known = list_label_sentences(read_result(GateResults, job.folder / "gates.json"))
    assert "91%" in known[0] and "84% to 96%" in known[0] and "People" in known[0]
    assert f"**The labels of the synthetic rows: {escape_markdown(known[0])}.**" in readme
    assert sorted(done.files) == sorted([TRAINING, HELD_OUT, SCRIPT, "README.md"])


@pytest.mark.full
def test_held_out_rows_with_personal_data_are_not_handed_on_and_the_script_takes_a_file(job, exported, tmp_path):
    first = job.held_out[0]
    known = type(first)(**{**vars(first), "fields": {"text": "write to ann.miller@example.org"}})
    found = export_training(
        Job(job.workspace, job.recipe, job.seeds, [known, *job.held_out[1:]]), "v1.0.0", None, tmp_path / "out"
    )
    assert (
        HELD_OUT not in found.files
        and "held-out.jsonl is left out: personal data in 1 of its rows" in found.warnings[0]
    )
    assert "HELD-OUT-FILE" in (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert run(tmp_path / "out", exported[0] / HELD_OUT) == run(exported[0])


def test_the_script_runs_by_itself(exported):
    assert 0 < run(exported[0]) < 100


def test_without_real_or_held_out_rows_there_is_a_clear_error(job, tmp_path):
    with pytest.raises(CommandError, match="has no held-out rows"):
        export_training(Job(job.workspace, job.recipe, job.seeds), "v1.0.0", None, tmp_path / "out")
    with pytest.raises(CommandError, match="has no real rows"):
        export_training(Job(job.workspace, job.recipe, (), job.held_out), "v1.0.0", None, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.full
def test_the_script_needs_scikit_learn_and_polars_only(exported, tmp_path):
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh/bin/python"
    install = [python, "-m", "pip", "install", "-q", "scikit-learn", "polars"]
    if subprocess.run(install, check=False, capture_output=True, timeout=500).returncode:
        pytest.skip("pip can't install scikit-learn and polars here: no network")
    assert run(Path(exported[0]), python=python) == run(exported[0])
