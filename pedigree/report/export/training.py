"""Exports the recommended training file of a dataset, with real rows, and a script that trains on it and tests it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pedigree.curation.pii import find_pii
from pedigree.dataset.label_evidence import list_label_sentences
from pedigree.dataset.results import GateResults, read_result, write_result
from pedigree.dataset.schemas import read_table
from pedigree.errors import CommandError
from pedigree.job import Job
from pedigree.recipe.label_sets.single import require_one_label
from pedigree.recipe.labels_and_fields import TypedField
from pedigree.report.export.rows import Exported, describe_files, making_folder
from pedigree.report.export.table_script import restore_columns, write_table_script
from pedigree.report.export.training_script import write_script
from pedigree.report.markdown import render_markdown
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.usefulness.pool import REAL, SYNTHETIC, Pool, Sample, TrainingMix
from pedigree.usefulness.recommendation_text import DEMONSTRATION, write_score, write_setup
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.tstr import make_pool, recommend

TRAINING, HELD_OUT, SCRIPT, BIASES = "training.jsonl", "held-out.jsonl", "train.py", "biases.json"


def export_training(job: Job, version: str, commit: str | None, to: Path) -> Exported:
    """Write the training file of the recommended set-up of TF-IDF, or of columns, into ``to``, and what tests it.

    The held-out file is left out if it holds personal data and the recipe screens for these. Raises CommandError if
    there are no real or no held-out rows, or ``to`` is not empty.
    """
    require_one_label(job.recipe, "an export with a training script")
    pool, labels = _make_pool(job, version), list(job.recipe.labels)
    recommended = _find_recommended(job, pool, labels, version)
    fields = job.recipe.fields
    training = tabulate_training(pool, recommended, labels, fields)
    held_out = _tabulate(pool.held_out, labels, fields)
    personal = {name: _count_personal(job, frame) for name, frame in ((TRAINING, training), (HELD_OUT, held_out))}
    with making_folder(to) as folder:
        training.write_ndjson(folder / TRAINING)
        if not personal[HELD_OUT]:
            held_out.write_ndjson(folder / HELD_OUT)
        if recommended["biases"]:
            write_result(recommended["biases"], folder / BIASES)
        script = (
            write_script(recommended["setup"], training["text"])
            if pool.table is None
            else write_table_script(recommended["setup"], pool.table, fields)
        )
        write_text(folder / SCRIPT, script)
        content = {
            "name": job.dataset,
            "version": version,
            "recommended": recommended,
            "personal": personal,
            "setup": write_setup(recommended),
            "score": write_score(recommended),
            "labels_known": _list_known(job),
            "rows": training.height,
            "fields": list(fields) if job.recipe.tabular else ["text"],
            "tabular": job.recipe.tabular,
            "demonstration": DEMONSTRATION if _is_offline(job) else "",
        }
        write_text(folder / "README.md", render_markdown("training.md.j2", content))
        files = describe_files(folder, {TRAINING: training.height, HELD_OUT: held_out.height})
    return Exported(job.dataset, version, commit, "training", str(to), files, tuple(_warn(personal)))


def _is_offline(job: Job) -> bool:
    """Return whether the offline model wrote rows, whose figures prove nothing."""
    table = job.table("completions")
    return table.is_file() and bool(read_table(table)["model"].str.starts_with("offline/").any())


def _list_known(job: Job) -> list[str]:
    """Return what is known of the labels: the share that is right, its interval, and by whom."""
    path = job.folder / "gates.json"
    return list_label_sentences(read_result(GateResults, path)) if path.is_file() else ["Nothing is known of them"]


def tabulate_training(
    pool: Pool, recommended: Mapping[str, Any], labels: list[str], fields: Mapping[str, TypedField] | None = None
) -> pl.DataFrame:
    """Return the rows that a set-up trains on: text, label, weight, source (synthetic or real).

    Rows of a table have their ``fields`` in place of the text.
    """
    mix = TrainingMix(recommended["train_synthetic"], recommended["train_real"], recommended["real_weight"])
    training_set = pool.draw(mix)
    source = np.where(training_set.rows < len(pool.synthetic), SYNTHETIC, REAL)
    cells = {"text": [pool.texts[row] for row in training_set.rows]}
    if pool.table is not None and fields:
        cells = restore_columns(pool.table.take(training_set.rows), fields)
    return pl.DataFrame(
        {
            **cells,
            "label": [labels[place] for place in training_set.label_ids],
            "weight": training_set.weights,
            "source": source.tolist(),
        }
    )


def _make_pool(job: Job, version: str) -> Pool:
    if job.recipe.tabular and "source" in job.recipe.fields:
        raise CommandError(
            f"{job.dataset} {version} has a field 'source', a column that the training file needs itself",
            expected="another name of the field",
            hint=f"'pedigree export {job.dataset} --format csv' writes the columns, for any program that learns them",
        )
    if not job.held_out:
        raise CommandError(
            f"{job.dataset} {version} has no held-out rows",
            expected="rows that people wrote and no model was shown: the set-up is tested on them",
            hint="name their file as 'held_out' in the recipe, 'pedigree run' a version, and export that",
        )
    samples = sample_job(job, read_table(job.table("train")))
    if not len(samples[1]):
        raise CommandError(
            f"{job.dataset} {version} has no real rows",
            expected="rows that people wrote: the recipe's 'seeds' or 'real'",
            hint="name their file in the recipe, or export without --with-real",
        )
    return make_pool(*samples, len(job.recipe.labels), job.recipe.seed)


def _find_recommended(job: Job, pool: Pool, labels: list[str], version: str) -> dict[str, Any]:
    """Return the recommendation that the version was published with; one without any gets it now."""
    path = job.folder / "metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    found = (metrics.get("usefulness") or {}).get("recommended") or recommend(make_student(pool), pool, labels)[0]
    if found is None:
        raise CommandError(
            f"{job.dataset} {version}: all rows to train on have one label", expected="rows of at least two labels"
        )
    return found


def _tabulate(sample: Sample, labels: list[str], fields: Mapping[str, TypedField]) -> pl.DataFrame:
    cells = {"text": list(sample.texts)} if sample.table is None else restore_columns(sample.table, fields)
    return pl.DataFrame({**cells, "label": [labels[place] for place in sample.label_ids]})


def _count_personal(job: Job, frame: pl.DataFrame) -> int:
    """Return in how many texts personal data are found, if the recipe screens for these; values are not searched."""
    return (
        0
        if job.recipe.screens.pii == "off" or job.recipe.tabular
        else sum(find_pii(text) is not None for text in frame["text"])
    )


def _warn(personal: Mapping[str, int]) -> list[str]:
    said = []
    if rows := personal[TRAINING]:
        said.append(f"{TRAINING}: personal data in {rows:,} rows, real ones among them: do not hand it on as it is")
    if rows := personal[HELD_OUT]:
        said.append(
            f"{HELD_OUT} is left out: personal data in {rows:,} of its rows, which the recipe lets in no dataset; "
            f"'python {SCRIPT} FILE' takes your own"
        )
    return said
