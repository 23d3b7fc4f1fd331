"""Versions that an earlier Pedigree published stay good: the code of today reads, verifies, compares and grows them.

``tests/fixtures/README.md`` says what they are. The long forms run commands as people do, in processes of their own;
the short ones call the same commands in this process, which spares the imports.
"""

import hashlib
import io
import json
import shutil
from contextlib import redirect_stdout

import polars as pl
import pytest
from dvc.repo import Repo
from prefect.settings import PREFECT_API_URL

from pedigree.recipe.yaml_file import state_tracked_keys
from tests.support.cli_runner import Shell, run_main
from tests.support.old_versions import (
    DATA,
    NAME,
    ROWS,
    TABLES,
    Clone,
    State,
    clone_again,
    list_rows,
    open_archive,
    read_published,
    read_table,
    renew_code,
    splits_of,
)


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A clone with the old code in it and nothing pulled; ``run_new`` works on it."""
    return open_archive(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def renewed(tmp_path_factory):
    """A workspace with data and ledger of the old versions, and the code of today; tests work on copies of it."""
    clone = open_archive(tmp_path_factory.mktemp("renewed"))
    with Repo(str(clone.root)) as repo:
        repo.pull()
    shutil.copytree(clone.root.parent / "ledger", clone.root / ".pedigree/ledger")
    renew_code(clone)
    return clone


@pytest.fixture(scope="module")
def server(prefect):
    """What lets a command use this session's Prefect server; one of its own takes it long to start."""
    return {"PREFECT_API_URL": PREFECT_API_URL.value()}


@pytest.fixture(scope="module")
def reproduced(renewed):
    """The workspace before and after 'dvc repro', with the keys in its recipe that a run writes for DVC."""
    clone = Clone(shutil.copytree(renewed.root, renewed.root.with_name("reproduced")))
    assert "judges" in state_tracked_keys(clone.root / f"recipes/{NAME}.yaml")
    return clone, State.of(clone), State.of(clone, clone.run("dvc", "repro").stdout)


GROW = ("run", NAME, "--rows", "+4", "--json")


@pytest.fixture(scope="module", params=["called", pytest.param("process", marks=pytest.mark.full)])
def grown(renewed, server, request):
    """The workspace before and after four rows more."""
    place = renewed.root.with_name(f"grown-{request.param}")
    clone = Clone(shutil.copytree(renewed.root, place))
    before = State.of(clone)
    if request.param == "process":
        return clone, before, State.of(clone, clone.run("pedigree", *GROW, **server).stdout)
    with redirect_stdout(io.StringIO()) as said:
        assert run_main(clone.root, *GROW) == 0
    return clone, before, State.of(clone, said.getvalue())


def check_verified(version, status, out, err):
    if status == 2:  # other code may make other figures of the same rows: then it says so, and what to do
        assert "cannot verify: " in err and "--own-code" in err
    else:
        assert status == 0, err
        assert f"every link holds: {NAME}@{version}, {ROWS[version]} rows" in out


def test_an_old_version_verifies(old, capsys):
    said = Shell(old.root, capsys)("verify", NAME, "--rev", "v1.0.0")
    check_verified("v1.0.0", said.status, said.out, said.err)


@pytest.mark.full
@pytest.mark.parametrize("version", ROWS)
def test_the_command_verifies_an_old_version(old, version):
    said = old.run_new("verify", NAME, "--rev", version, check=False)
    check_verified(version, said.returncode, said.stdout, said.stderr)


@pytest.mark.full
def test_an_old_version_verifies_with_its_own_code(old):
    said = json.loads(old.run_new("verify", NAME, "--rev", "v1.0.0", "--own-code", "--json").stdout)
    assert said["holds"] and (said["version"], said["rows"]) == (f"{NAME}@v1.0.0", ROWS["v1.0.0"])
    assert {"tag", "dvc.lock", "inputs", "tables", "prompts", "completions", "rows", "gates"} <= set(said["links"])
    assert "made again with the version's own code" in said["notes"]


@pytest.mark.parametrize("version", [pytest.param("v1.0.0", marks=pytest.mark.full), "v1.1.0"])
def test_a_row_of_an_old_version_leads_back_to_its_seeds(old, version, capsys):
    row = read_table(old, version, "train").row(0, named=True)
    shell = Shell(old.root, capsys)
    chain = json.loads(shell("trace", row["row_id"][:16], "--rev", f"{NAME}@{version}", "--json").out)
    commit = old.git("rev-parse", f"{NAME}@{version}^{{commit}}")
    assert chain["revision"] == {"tag": f"{NAME}@{version}", "commit": commit}
    assert {key: chain["row"][key] for key in row} == row
    answer = read_table(old, version, "completions").row(
        by_predicate=pl.col("completion_id") == row["completion_id"], named=True
    )
    prompt = read_table(old, version, "prompts").row(
        by_predicate=pl.col("completion_id") == row["completion_id"], named=True
    )
    assert (chain["completion"]["text"], chain["completion"]["model"]) == (answer["text"], "offline/template")
    assert row["text"] in chain["completion"]["text"][slice(*chain["completion"]["span"])]
    assert chain["prompt"]["template_sha256"] == prompt["template_sha256"]
    assert [shot["id"] for shot in chain["prompt"]["shots"]] == list(prompt["seed_row_ids"])
    seeds = (old.root / f"data/seeds/{NAME}/seeds.jsonl").read_text().splitlines()
    for shot in chain["prompt"]["shots"]:
        path, line = shot["where"].split(":")
        assert (
            path == f"data/seeds/{NAME}/seeds.jsonl"
            and json.loads(seeds[int(line) - 1])["text"] == shot["fields"]["text"]
        )


@pytest.mark.full
def test_a_reject_of_an_old_version_says_why(old):
    reject = read_table(old, "v1.0.0", "rejects").drop_nulls("row_id").row(0, named=True)
    chain = json.loads(old.run_new("trace", reject["row_id"], "--rev", f"{NAME}@v1.0.0", "--json").stdout)
    assert (chain["table"], chain["row"]["reason"]) == ("rejects", reject["reason"])


@pytest.mark.full
def test_two_old_versions_are_told_apart(old):
    found = json.loads(old.run_new("diff", NAME, "v1.0.0", "v1.1.0", "--json").stdout)
    before, after = (list_rows(old, version) for version in ROWS)
    assert (found["before"]["tag"], found["after"]["tag"], found["change"]) == (
        f"{NAME}@v1.0.0",
        f"{NAME}@v1.1.0",
        "minor",
    )
    rows = found["rows"]
    assert (rows["before"], rows["after"]) == (24, 32) == (len(before), len(after))
    assert rows["shared"] == len(before.keys() & after.keys()) and rows["added"]["count"] == len(
        after.keys() - before.keys()
    )
    assert all(rows[key]["count"] == 0 for key in ("removed", "moved", "relabelled", "reworded"))
    assert {value["key"]: (value["before"], value["after"]) for value in found["values"]}["rows"] == (24, 32)
    assert "minor: +8 rows" in old.run_new("versions", NAME).stdout


@pytest.mark.full
def test_a_clone_pulls_the_bytes_that_were_published(old):
    clone = clone_again(old.root.parent, "another")
    for version in ("v1.0.0", "v1.1.0"):
        clone.git("checkout", "-q", f"{NAME}@{version}")
        clone.run("dvc", "pull", "-q")
        published = read_published(clone, version)
        assert {*published} == {f"{DATA}/{name}.parquet" for name in TABLES} | {f"{DATA}/report.html"}
        assert {path: hashlib.md5((clone.root / path).read_bytes()).hexdigest() for path in published} == published
    assert clone.git("status", "--porcelain") == ""
    assert "Data and pipelines are up to date" in clone.run("dvc", "status").stdout


@pytest.mark.full
def test_newer_code_makes_the_old_tables_again_asks_no_model_and_is_no_new_version(reproduced, server):
    clone, before, after = reproduced
    assert [name for name in TABLES if before.tables[name] != after.tables[name]] == []
    assert after.ledger == before.ledger
    assert "Data and pipelines are up to date" in clone.run("dvc", "status").stdout

    outcome = json.loads(clone.run("pedigree", "run", NAME, "--json", **server).stdout)
    assert (outcome["version"], outcome["change"], outcome["asked_now"]) == (None, None, 0)
    last = State.of(clone)
    assert (last.tables, last.ledger, last.tags) == (before.tables, before.ledger, before.tags)


def test_growth_keeps_old_rows_and_pays_for_new_ones_alone(grown):
    clone, before, after = grown
    outcome = json.loads(after.said)
    assert (outcome["rows"], outcome["version"], outcome["change"]) == (36, f"{NAME}@v1.2.0", "minor")
    assert after.tags == [*before.tags, f"{NAME}@v1.2.0"]
    older, newer = (
        splits_of({split: state.table(split) for split in ("train", "validation")}) for state in (before, after)
    )
    assert older == list_rows(clone, "v1.1.0") and {row: newer.get(row) for row in older} == older
    asked, had = (set(state.table("completions")["completion_id"]) for state in (after, before))
    assert had < asked and outcome["asked_now"] == len(asked - had)
    assert 1 <= outcome["asked_now"] <= 6  # four rows at four a call, and up to one call more for each label
    added = {name: data for name, data in after.ledger.items() if before.ledger.get(name) != data}
    assert before.ledger.items() <= after.ledger.items()
    assert sum(len(data.splitlines()) - 1 for data in added.values()) == outcome["asked_now"]
    assert json.loads((clone.root / f"{DATA}/manifest.json").read_text())["base"] == f"{NAME}@v1.1.0"
    assert clone.git("status", "--porcelain") == ""


@pytest.mark.full
def test_what_grew_verifies(grown):
    clone, *_ = grown
    said = clone.run("pedigree", "verify", NAME, "--rev", "v1.2.0").stdout
    assert f"every link holds: {NAME}@v1.2.0, 36 rows" in said
