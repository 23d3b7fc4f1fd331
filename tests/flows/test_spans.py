"""A dataset with slots from an endpoint that marks well and badly: its rows have right spans, and verify agrees."""

import json
import re
from collections import Counter
from dataclasses import replace
from itertools import cycle

import mlcroissant
import polars as pl
import pytest
from rich.console import Console

from flows import stages
from pedigree.dataset.schemas import read_table, write_table
from pedigree.job_outputs import read_rows
from pedigree.metrics.attribute_coverage import tabulate_coverage
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from pedigree.versions.diff.rows import compare_rows
from pedigree.versions.version_reader import HERE, open_version
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.make_list_requests import hash_words, read_brief
from tests.support.marked_texts import MARKED, SLOTS
from tests.support.workspaces import make_job

# How a model writes a row that was asked for values, and what becomes of it (nothing: a row).
WAYS = {
    "from [{from_city}](from_city) to [{to_city}](to_city)": "",
    "👩\u200d💻 [{from_city}](from_city) – {to_city}, [明天](day)": "",
    "{from_city} to [{to_city}](to_city)": "",
    "from [{from_city}](from_city to {to_city}": "mark-malformed",
    "from [[{from_city}](from_city)](day) to {to_city}": "mark-malformed",
    "from [](from_city) to [{to_city}](to_city)": "mark-malformed",
    "from [{from_city}](town) to [{to_city}](to_city)": "unknown-slot",
    "from {from_city} to somewhere": "span-not-in-text",
    "from [Oslo](from_city) to [{to_city}](to_city)": "span-not-in-text",
    "from {from_city} to {to_city} to {to_city}": "span-ambiguous",
    "[from {from_city}](day) to [{to_city}](to_city)": "span-overlap",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The job after generate and curate, and what the endpoint wrote: text -> the reject's reason, or nothing."""
    ways, wrote = cycle(WAYS.items()), {}

    def answer(body):
        brief, number = read_brief(body), len(endpoint.requests)
        if "Label: dog" in brief:
            return rows(*(hash_words(number, place) for place in range(4)))
        texts = []
        for place, values in enumerate(re.findall(r"^Values \d: (.*)$", brief, re.MULTILINE)):
            way, reason = next(ways)
            texts.append(f"{way.format(**json.loads(values))} {hash_words(number, place)}")
            wrote[texts[-1]] = reason
        return rows(*texts)

    with Endpoint(answer) as endpoint:
        asks = {"model": "openai/fake", "api_base": endpoint.url, "retries": 1, "concurrency": 1, "rows_per_call": 4}
        generators = [{**asks, "strategy": "zero-shot"}]
        job = make_job(tmp_path_factory.mktemp("spans") / "w", rows=24, generators=generators, **MARKED)
        stages.generate(job.workspace, "pets")
        stages.curate(job.workspace, "pets")
    return job, wrote


def test_every_row_has_its_values_at_their_places_and_every_reject_its_reason(made):
    job, wrote = made
    kept, rejects = read_rows(job), read_table(job.table("rejects")).filter(pl.col("label") == "cat")
    for label, text, spans in kept.select("label", "text", "spans").iter_rows():
        assert all(text[one["start"] : one["end"]] == one["value"] for one in spans)
        slots = {one["slot"] for one in spans}
        assert ({"from_city", "to_city"} <= slots and "[" not in text) if label == "cat" else not slots
    found = {json.loads(one["candidate"])["text"]: one["reason"] for one in rejects.iter_rows(named=True)}
    assert {text: found[text] for text, reason in wrote.items() if reason} == {t: r for t, r in wrote.items() if r}
    assert Counter(kept["label"]) == {"cat": 12, "dog": 12} and len({*wrote.values()}) == 6


def test_rows_are_counted_for_the_values_that_they_were_asked_for(made):
    job, _ = made
    counted = {one["attribute"]: one for one in tabulate_coverage(read_table(job.table("prompts")), read_rows(job))}
    assert counted.keys() == {"slot from_city", "slot to_city"}
    assert counted["slot from_city"]["rows"] == 12
    assert counted["slot from_city"]["values"] == len(SLOTS["from_city"]["values"])


def test_prompts_are_built_again_with_the_same_values(made):
    job, _ = made
    prompts, completions = (read_table(job.table(name)) for name in ("prompts", "completions"))
    again = rebuild_prompts(job, prompts, completions, {"zero-shot": {}})
    assert check_prompts(prompts, again).endswith("prompts are what recipe, templates and seeds say")


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, to mlcroissant
def test_measures_and_pages_have_the_spans(made):
    job, _ = made
    stages.validate(job.workspace, "pets", Console(quiet=True), record=True)
    stages.measure(job.workspace, "pets")
    metrics = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["spans"]["rows_with_spans"] == 12 and metrics["spans"]["unmarked"] >= 0
    for name in ("report.html", "README.md"):
        page = (job.folder / name).read_text(encoding="utf-8")
        assert "from_city" in page and "usefulness" in page
    assert "](to_city)" in (job.folder / "report.html").read_text(encoding="utf-8")
    table = {row["row_id"]: row for row in read_table(job.table("train")).iter_rows(named=True)}
    for record in mlcroissant.Dataset(jsonld=job.folder / "croissant.json").records("train"):
        row, read = table[record["train/row_id"].decode()], record["train/spans"]
        assert [one["train/spans/value"].decode() for one in read] == [one["value"] for one in row["spans"]]
        assert [one["train/spans/end"] for one in read] == [one["end"] for one in row["spans"]]


@pytest.mark.full
def test_two_versions_are_compared_by_their_spans(made, tmp_path):
    job, _ = made
    here = open_version(job.workspace, "pets", HERE, tmp_path / "a", ("train", "validation", "rejects"))
    other = tmp_path / "train.parquet"
    rows = read_table(job.table("train"))
    write_table(rows.with_columns(spans=pl.col("spans").list.head(1)), other)
    changed = replace(here, tables={**here.tables, "train": other})
    found, _ = compare_rows(here, changed)
    assert found.reworded.count == rows.filter(pl.col("spans").list.len() > 1).height > 0
    before = found.reworded.sample[0].before
    assert {*before} == {"spans"} and "from_city = " in before["spans"]
