"""A row is walked back to all that made it; a reject as well, and to its rival."""

import json
from datetime import date
from shutil import copytree

import polars as pl
import pytest

from pedigree.dataset.schemas import write_table
from pedigree.errors import CommandError, WorkspaceError
from pedigree.job import open_job
from pedigree.provenance.trace import trace_row
from pedigree.provenance.trace_text import format_chain
from pedigree.workspace import Workspace
from tests.support.make_published import NAME, share_small
from tests.support.repository import Household

TAG = f"{NAME}@v1.0.0"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return share_small(tmp_path_factory)


def table(house, name):
    return pl.read_parquet(house.root / f"data/{NAME}/{name}.parquet")


def trace(house, prefix, *arguments):
    return trace_row(Workspace(house.root), prefix, *arguments)


def test_the_span_of_each_row_says_the_row(house):
    for row in pl.concat([table(house, "train"), table(house, "validation")]).head(12).iter_rows(named=True):
        chain = trace(house, row["row_id"])
        start, end = chain["completion"]["span"]
        assert json.loads(chain["completion"]["text"][start:end])["text"].strip() == row["text"]


def test_a_row_leads_to_completion_prompt_recipe_run_and_versions(house):
    row = table(house, "train").row(0, named=True)
    chain = trace(house, row["row_id"][:8].upper())
    assert (chain["row"], chain["table"], chain["revision"], chain["rival"]) == (row, "train", None, None)
    completion, prompt = chain["completion"], chain["prompt"]
    assert (completion["model"], completion["model_answered"]) == ("offline/template", "template")
    assert completion["parameters"]["temperature"] == 1.0
    assert completion["prompt_id"] == prompt["prompt_id"] and prompt["label"] == row["label"]
    assert chain["recipe"]["path"] == f"recipes/{NAME}.yaml" and chain["run"]["host"]
    assert [(one["tag"], one["table"]) for one in chain["versions"]] == [(f"{NAME}@v1.0.1", "train"), (TAG, "train")]
    json.dumps(chain)


def test_each_line_of_a_prompt_has_the_place_in_a_template_that_says_it(house):
    prompts = table(house, "prompts").filter(generator="zero-shot", turn=1)
    rows = pl.concat([table(house, name).select("row_id", "completion_id") for name in ("train", "rejects")])
    row = rows.drop_nulls().join(prompts, on="completion_id", how="semi")["row_id"][0]
    system, user, answer, more = trace(house, row)["prompt"]["messages"]
    assert system["origins"][0] == "prompts/_chat.j2:5"
    assert answer["role"] == "assistant" and answer["origins"][0].startswith("completion ")
    for message in (system, user, more):
        for origin, line in zip(message["origins"], message["content"].split("\n"), strict=True):
            file, number = origin.split(":")
            source = (house.root / file).read_text().splitlines()[int(number) - 1]
            assert source.split("{")[0][:12] == line[: len(source.split("{")[0][:12])] or not line


def test_the_seed_rows_that_were_shown_are_quoted_with_file_and_line(house):
    prompts = table(house, "prompts").filter(generator="few-shot")
    row = table(house, "train").join(prompts, on="completion_id", how="semi")["row_id"][0]
    shots = trace(house, row)["prompt"]["shots"]
    assert len(shots) == 4
    for shot in shots:
        file, line = shot["where"].split(":")
        assert json.loads((house.root / file).read_text().splitlines()[int(line) - 1])["text"] == shot["fields"]["text"]


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("seed row", f"data/seeds/{NAME}/seeds.jsonl:3"),
        ("held-out row", f"data/seeds/{NAME}/held-out.jsonl:3"),
        ("row", "train"),
    ],
)
def test_a_reject_says_why_and_shows_its_rival(house, tmp_path, kind, where):
    other = Household(copytree(house.root, tmp_path / "work"))
    job, row = open_job(Workspace(other.root), NAME), table(other, "train").row(0, named=True)
    example = {"seed row": job.seeds, "held-out row": job.held_out}.get(kind, [None] * 3)[2]
    id, text = (example.id, example.fields["text"]) if example else (row["row_id"], row["text"])
    rejects = table(other, "rejects").drop_nulls("row_id").with_columns(rival=pl.lit(id), detail=pl.lit("too near"))
    write_table(rejects, other.root / f"data/{NAME}/rejects.parquet")
    chain = trace(other, rejects["row_id"][0])
    assert (chain["table"], chain["row"]["detail"]) == ("rejects", "too near")
    assert (chain["rival"]["kind"], chain["rival"]["where"]) == (kind, where)
    said = format_chain(chain, styled=False).plain
    assert f"rejected: {rejects['reason'][0]}: too near" in said
    assert f"rival: {kind} {id} ({where})" in said and text in said


def test_a_revision_is_traced_without_a_working_folder(house, tmp_path):
    row = table(house, "train")["row_id"][0]
    clone = house.clone(tmp_path / "clone")
    here = trace(clone, row, TAG)
    assert (here["revision"]["tag"], here["row"]["row_id"]) == (TAG, row)
    assert [one["pulled"] for one in here["versions"]] == [False, False]
    assert trace(house, row, "HEAD", NAME)["revision"]["tag"] is None
    assert clone.git("status", "--porcelain") == "" and not (clone.root / f"data/{NAME}/train.parquet").exists()


def test_what_is_no_row_is_an_error_that_says_what_to_do(house):
    for prefix in ("abc", "xyzw"):
        with pytest.raises(CommandError, match="is no row id"):
            trace(house, prefix)
    with pytest.raises(CommandError, match=f"no row 00000000... in {NAME}"):
        trace(house, "00000000")
    with pytest.raises(WorkspaceError, match="'nope' is no revision that holds a dataset"):
        trace(house, "abcdef", "nope")


def test_a_row_of_an_older_version_is_pointed_at(house, tmp_path):
    other, row = Household(copytree(house.root, tmp_path / "work")), table(house, "train")["row_id"][0]
    train = table(other, "train")
    write_table(train.filter(pl.col("row_id") != row), other.root / f"data/{NAME}/train.parquet")
    with pytest.raises(CommandError, match=f"no row {row}... here\n  to do: {NAME}@v1.0.1 has one: add --rev"):
        trace(other, row)


def test_the_text_marks_the_row_in_the_answer_and_steers_no_terminal(house):
    row = table(house, "train").row(0, named=True)
    chain = trace(house, row["row_id"])
    start, end = chain["completion"]["span"]
    marked = chain["completion"]["text"][start:end]
    assert f">>>{marked}<<<" in format_chain(chain, styled=False).plain
    styled = format_chain(chain, styled=True)
    assert ">>>" not in styled.plain
    assert any("bold" in str(span.style) and styled.plain[span.start : span.end] == marked for span in styled.spans)
    chain["completion"]["text"] = "\x1b]0;owned\x07" + chain["completion"]["text"]
    assert "\x1b" not in format_chain(chain, styled=False).plain


def test_values_of_a_table_are_said_as_files_have_them_and_a_missing_one_is_named(house):
    chain = trace(house, table(house, "train")["row_id"][0])
    chain["row"] |= {"wild": True, "seen": date(2024, 3, 1), "soil": None, "agreed": None}
    chain["prompt"]["shots"] = [{"id": "0" * 64, "fields": {"wild": False, "soil": None}}]
    said = [line.strip() for line in format_chain(chain, styled=False).plain.splitlines()]
    assert {"wild: true", "seen: 2024-03-01", "soil: (missing)", "wild: false"} <= {*said}
    assert not [line for line in said if line.startswith("agreed")]


@pytest.mark.full
def test_the_command_prints_text_or_json(house):
    row = table(house, "train").row(0, named=True)
    said = house.run("pedigree", "trace", row["row_id"][:12]).stdout
    assert [line.split()[0] for line in said.splitlines() if line[0] != " "] == [
        "row", "completion", "prompt", "recipe", "run", "versions",
    ]  # fmt: skip
    assert json.loads(house.run("pedigree", "trace", row["row_id"][:12], "--rev", TAG, "--json").stdout)["row"] == row
