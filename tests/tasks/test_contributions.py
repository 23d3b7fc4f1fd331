"""What each generator brought, and how evenly rows cover what they were asked to show: recomputed row by row."""

import json
import math
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.job_outputs import read_job_outputs
from pedigree.metrics.attribute_coverage import tabulate_coverage
from pedigree.metrics.generator_comparison import compare_generators
from pedigree.metrics.text_classifier import train_classifier
from tasks.distribution import check_labels
from tasks.measure import measure
from tasks.validate import validate
from tests.support.workspaces import make_job

TOPIC = {"strategy": "topic", "topics": 5, "model": "offline/template", "rows_per_call": 4}
ATTRIBUTES = {"strategy": "attributes", "attributes": {"tone": ["calm", "angry", "polite"]},
    "model": "offline/template",
              "rows_per_call": 4, "parameters": {"faults": {"meta": 0.3, "cut": 0.2}}}  # fmt: skip
SEEDS = [
    *({"text": f"my cat purrs on sofa number {n} all day long", "label": "cat"} for n in range(6)),
    *({"text": f"the dog barks at gate number {n} every night", "label": "dog"} for n in range(6)),
]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    job = make_job(tmp_path_factory.mktemp("made"), rows=80, seeds=SEEDS, generators=[TOPIC, ATTRIBUTES])
    stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    validate.fn(job, check_labels.fn(job))
    return job


@pytest.fixture(scope="module")
def contents(job):
    return read_job_outputs(job)


def show_what(contents):
    """Return of each kept row its generator, label, and what it was to show."""
    variables = {row["completion_id"]: json.loads(row["variables"]) for row in contents.tables["prompts"].to_dicts()}
    for row in contents.rows.to_dicts():
        said = variables[row["completion_id"]]
        shown = {"topic": said["topic"]} if "topic" in said else said["row_attributes"][row["position"]]
        yield from ((row["generator"], row["label"], name, value) for name, value in shown.items())


def test_coverage_counts_the_kept_rows_of_each_value(contents):
    counts = Counter(show_what(contents))
    lines = tabulate_coverage(contents.tables["prompts"], contents.rows)
    assert [(one["generator"], one["label"], one["attribute"]) for one in lines] == [
        ("attributes", "cat", "tone"), ("attributes", "dog", "tone"), ("topic", "cat", "topic"), ("topic", "dog",
            "topic")
    ]  # fmt: skip
    for line in lines:
        of_line = {
            key[3]: rows
            for key, rows in counts.items()
            if key[:3] == (line["generator"], line["label"], line["attribute"])
        }
        total = sum(of_line.values())
        entropy = -sum(rows / total * math.log(rows / total) for rows in of_line.values())
        assert line["rows"] == total and line["covered"] == len(of_line)
        assert line["values"] == (3 if line["attribute"] == "tone" else 5)
        assert line["evenness"] == pytest.approx(entropy / math.log(line["values"]), abs=1e-9)
        assert line["most"]["rows"] == max(of_line.values()) == of_line[line["most"]["value"]]
        assert line["least"]["rows"] == of_line.get(line["least"]["value"], 0)


def test_a_value_without_a_row_is_not_covered_and_one_value_has_no_evenness(contents):
    (label, value) = next((row[1], row[3]) for row in show_what(contents) if row[0] == "topic")
    held = [id for id, said in contents.tables["prompts"].select("completion_id", "variables").iter_rows()
            if json.loads(said).get("topic") == value]  # fmt: skip
    fewer = type(contents)(
        contents.tables,
        contents.rows.filter(~pl.col("completion_id").is_in(held)),
        contents.gates,
        contents.distribution,
    )
    line = next(
        one
        for one in tabulate_coverage(fewer.tables["prompts"], fewer.rows)
        if one["generator"] == "topic" and one["label"] == label
    )
    assert (line["values"], line["covered"], line["least"]) == (5, 4, {"value": value, "rows": 0}) and line[
        "evenness"
    ] < 1
    none = type(contents)(contents.tables, contents.rows.clear(), contents.gates, contents.distribution)
    assert {one["evenness"] for one in tabulate_coverage(none.tables["prompts"], none.rows)} == {None}


def test_generators_are_compared_on_samples_of_one_size(job, contents):
    compared = compare_generators(job, contents)
    assert list(compared) == ["topic", "attributes"]
    assert len({one["variety"]["rows"] for one in compared.values()}) == 1
    student = train_classifier([seed.fields["text"] for seed in job.seeds], [seed.label for seed in job.seeds], 0)
    for title, one in compared.items():
        kept = contents.rows.filter(generator=title)
        assert (
            one["kept"] == kept.height
            and one["made"]
            == kept.height
            + sum(rows for reason, rows in one["rejects"].items())
            - contents.rejects.filter(pl.col("row_id").is_null(), generator=title).height
        )
        assert one["yield"] == pytest.approx(one["kept"] / one["made"])
        read = student.predict(kept["text"].to_list())
        assert 0 < one["macro_f1"] <= 1 and 0 <= one["coverage_tfidf"] <= 1
        assert 1 < one["variety"]["vendi_tfidf"] <= one["variety"]["rows"]
        assert one["read_as_asked"] == pytest.approx(sum(read == kept["label"].to_numpy()) / kept.height)
    asked = contents.tables["prompts"].filter(generator="topic")
    assert (
        compared["topic"]["calls"] == asked.height > asked.filter(pl.col("slot") >= 0).height
    )  # lists are paid for, too
    assert set(compared["attributes"]["rejects"]) >= {"meta-text"} - set(compared["topic"]["rejects"])


def test_metrics_and_report_hold_both_tables_and_hostile_values_stay_text(job, tmp_path):
    metrics = measure.fn(job)
    assert len(metrics["coverage"]) == 4 and list(metrics["generators"]) == ["topic", "attributes"]
    page = (job.folder / "report.html").read_text(encoding="utf-8")
    assert "it tells easy rows, not useful ones" in page and '<th class="n">Vendi</th>' in page
    assert "<h2>Coverage</h2>" in page and "<h2>Generators compared</h2>" in page
    hostile = {**ATTRIBUTES, "attributes": {"<i>tone</i>": ["<script>alert(1)</script>", "calm"]}}
    other = make_job(tmp_path, rows=8, generators=[hostile])
    stages.generate(other.workspace, "pets")
    stages.curate(other.workspace, "pets")
    validate.fn(other, check_labels.fn(other))
    measure.fn(other)
    page = (other.folder / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page and "<script>alert(1)" not in page and "<i>tone" not in page
    assert "<h2>Generators compared</h2>" not in page
