"""The training file of a table has typed values, and its script prints the figure of the report."""

import json
import re
import runpy

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.schemas import read_table
from pedigree.errors import CommandError
from pedigree.job import Job
from pedigree.report.export.table_script import write_table_script
from pedigree.report.export.training import HELD_OUT, SCRIPT, TRAINING, export_training, tabulate_training
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.usefulness.setup_trials import try_setups
from pedigree.usefulness.setups import PAIR
from pedigree.usefulness.tables.classifier import TableClassifier
from pedigree.usefulness.trials import plan_mixes
from pedigree.usefulness.tstr import make_pool, run_trials
from tests.support.make_table_job import make_measured_table

FIELDS = ["height", "leaves", "soil", "wild", "seen"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    job, metrics = make_measured_table(tmp_path_factory)
    folder = tmp_path_factory.mktemp("out") / "training"
    return job, metrics, folder, export_training(job, "v1.0.0", None, folder)


def run(folder, monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", [str(folder / SCRIPT), *arguments])
    runpy.run_path(str(folder / SCRIPT), run_name="__main__")


def read_figure(said):
    return float(re.fullmatch(r"macro-F1 ([\d.]+) on [\d,]+ held-out rows\n", said)[1])


def test_the_script_prints_the_figure_of_the_report(exported, monkeypatch, capsys):
    _, metrics, folder, done = exported
    run(folder, monkeypatch)
    recommended = metrics["usefulness"]["recommended"]
    assert read_figure(capsys.readouterr().out) == pytest.approx(100 * recommended["macro_f1"], abs=0.1)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "by a logistic regression on the columns" in readme and "`seen`, `label`, `weight`" in readme
    assert {TRAINING, HELD_OUT, SCRIPT, "README.md"} <= {*done.files} and not done.warnings


def test_values_are_those_of_the_tables_with_missing_ones_and_dates(exported):
    job, _, folder, _ = exported
    rows = pl.read_ndjson(folder / TRAINING, schema_overrides={"seen": pl.Date})
    assert rows.columns == [*FIELDS, "label", "weight", "source"]
    synthetic, real = (rows.filter(source=source) for source in ("synthetic", "real"))
    train = read_table(job.table("train"))
    if synthetic.height:
        assert synthetic.select(*FIELDS, "label").equals(train.select(*FIELDS, "label"))
        assert synthetic["wild"].has_nulls()
    assert real.select(FIELDS).to_dicts() == [one.fields for one in job.seeds][: real.height]
    held_out = pl.read_ndjson(folder / HELD_OUT, schema_overrides={"seen": pl.Date})
    assert held_out.to_dicts() == [{**one.fields, "label": one.label} for one in job.held_out]


def test_the_averaged_pair_is_that_of_the_report(exported, tmp_path, monkeypatch, capsys):
    job, _, folder, _ = exported
    labels = list(job.recipe.labels)
    pool = make_pool(*sample_job(job, read_table(job.table("train"))), len(labels), 0)
    classifier, mixes = TableClassifier(pool.table), plan_mixes(len(pool.synthetic), len(pool.real))
    tried = try_setups(classifier, pool, mixes, run_trials(classifier, pool, mixes))
    both = {"train_synthetic": len(pool.synthetic), "train_real": len(pool.real), "real_weight": 1.0}
    tabulate_training(pool, both, labels, job.recipe.fields).write_ndjson(tmp_path / TRAINING)
    (tmp_path / HELD_OUT).write_bytes((folder / HELD_OUT).read_bytes())
    (tmp_path / SCRIPT).write_text(write_table_script(PAIR, pool.table, job.recipe.fields), encoding="utf-8")
    biases = tried.recalibrations["synthetic"].biases
    (tmp_path / "biases.json").write_text(json.dumps(dict(zip(labels, np.asarray(biases).tolist(), strict=True))))
    run(tmp_path, monkeypatch)
    assert read_figure(capsys.readouterr().out) == pytest.approx(100 * tried.every[PAIR].macro_f1, abs=0.1)


GOOD = {"height": 1.5, "leaves": 3, "soil": "clay", "wild": None, "seen": "2024-03-01", "label": "fern"}
BAD = {
    "no file": (None, "no rows could be read"),
    "an empty file": ("", "no rows could be read"),
    "no JSON": ("height,label\n1,fern\n", "no rows could be read"),
    "a field is not there": (json.dumps({"height": 1, "label": "fern"}), "height, leaves, soil, wild, seen, label"),
    "a number in words": (json.dumps(GOOD | {"height": "tall"}), "height is 'tall' in a row; expected is a number"),
    "no date": (json.dumps(GOOD | {"seen": "1.3.2024"}), "seen is '1.3.2024' in a row; expected is a date"),
    "no label": (json.dumps(GOOD | {"label": None}), "label is missing or of another type"),
    "another label": (json.dumps(GOOD | {"label": "moss"}), "expected are fern, rose"),
}


@pytest.mark.parametrize("kind", BAD)
def test_the_script_says_in_a_sentence_what_is_wrong_with_a_file(kind, exported, tmp_path, monkeypatch):
    text, said = BAD[kind]
    if text is not None:
        (tmp_path / "tests.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        run(exported[2], monkeypatch, str(tmp_path / "tests.jsonl"))
    assert said in ended.value.code and "\n" not in ended.value.code


def test_a_field_with_the_name_of_a_column_of_the_file_is_refused(exported, tmp_path):
    job = exported[0]
    fields = {"source": job.recipe.fields["height"], **job.recipe.fields}
    other = Job(job.workspace, job.recipe.model_copy(update={"fields": fields}))
    with pytest.raises(CommandError, match="a column that the training file needs itself"):
        export_training(other, "v1.0.0", None, tmp_path / "out")
