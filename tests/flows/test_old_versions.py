"""Versions that an earlier Pedigree published stay good: the code of today reads, verifies, compares and grows them.

``tests/fixtures/README.md`` says what they are. Nothing of this project is imported: its code runs as people run it.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from prefect.settings import PREFECT_API_URL
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
ARCHIVE = REPOSITORY / "tests/fixtures/two-versions.tar.xz"
NAME, ROWS = "pets", {"v1.0.0": 24, "v1.1.0": 32}
DATA = f"data/{NAME}"
TABLES = ("prompts", "completions", "train", "validation", "rejects")

# The code of this repository in a folder that holds code of its own, which "python -m cli" would take.
RUN_HERE = """
import os, sys
home, sys.argv[0] = sys.argv.pop(1), "pedigree"
sys.path[0] = home
from cli.main import main
try:
    main()
finally:
    files = {name: getattr(module, "__file__", None) or "" for name, module in [*sys.modules.items()]}
    strays = [file for file in files.values() if file.startswith(os.getcwd() + os.sep)]
    if strays or not files["cli.main"].startswith(home + os.sep):
        print("OTHER CODE RAN:", *strays, files["cli.main"], file=sys.stderr, flush=True)
        os._exit(99)
"""


class Clone:
    """A clone of the old repository, with a shell in it."""

    def __init__(self, root: Path):
        self.root = root

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess:
        """Run a command; ``pedigree`` on its PATH is the code that the clone holds."""
        bin = self.root.parent / "bin"
        path = os.pathsep.join([str(bin), str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {
            **os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "100",
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "site"), **environment,
        }  # fmt: skip
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)
        if check and done.returncode:
            raise AssertionError(f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        assert "Traceback" not in done.stderr, done.stderr  # a process beside the command may die unheard
        return done

    def run_new(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run ``pedigree WORDS`` with the code of this repository, not of the clone."""
        return self.run(sys.executable, "-c", RUN_HERE, str(REPOSITORY), *words, check=check)

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        return self.run("git", *arguments).stdout.strip()

    def read_tables(self) -> dict[str, bytes]:
        """Return the bytes of the tables in the working folder."""
        return {name: (self.root / f"{DATA}/{name}.parquet").read_bytes() for name in TABLES}

    def read_ledger(self) -> dict[str, bytes]:
        """Return the bytes of the ledger's segments, by name."""
        return {path.name: path.read_bytes() for path in (self.root / ".pedigree/ledger").iterdir()}


@dataclass(frozen=True)
class State:
    """What a workspace held at some moment, and what was printed then."""

    said: str
    tables: dict[str, bytes]
    ledger: dict[str, bytes]
    tags: list[str]

    @classmethod
    def of(cls, clone: Clone, said: str = "") -> "State":
        return cls(said, clone.read_tables(), clone.read_ledger(), clone.git("tag").split())

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(self.tables[name]))


def open_archive(folder: Path) -> Clone:
    """Unpack the archive and clone the repository beside its DVC remote, as it is, with no data."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 has none
        archive.extractall(folder)
    (folder / "bin").mkdir()
    (folder / "bin/pedigree").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
    (folder / "bin/pedigree").chmod(0o755)
    return clone_again(folder, "work")


def clone_again(folder: Path, name: str) -> Clone:
    """Clone the repository once more beside its DVC remote."""
    subprocess.run(["git", "clone", "-q", "-b", "main", folder / "repository.bundle", folder / name], check=True)
    clone = Clone(folder / name)
    for key, value in (("user.name", "Tester"), ("user.email", "tester@localhost"), ("commit.gpgsign", "false")):
        clone.git("config", key, value)
    return clone


def renew_code(clone: Clone) -> None:
    """Put the code of this repository in the place of the clone's and commit it; recipes, seeds and data stay."""
    # Folders of code, whatever they are called; no test, and nothing that has no code.
    folders = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {
        "tests",
        "benchmarks",
        "scripts",
        "docs",
    }
    assert {"pedigree", "cli"} <= folders
    for name in sorted(folders | {"tasks", "flows", "expectations", "prompts"}):
        shutil.rmtree(clone.root / name, ignore_errors=True)
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, clone.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(REPOSITORY / name, clone.root / name)
    clone.git("add", "-A")
    clone.git("commit", "-q", "--allow-empty", "-m", "newer code")


def read_published(clone: Clone, version: str) -> dict[str, str]:
    """Return path -> md5 of what DVC keeps of a version, as its dvc.lock says."""
    lock = YAML(typ="safe").load(clone.git("show", f"{NAME}@{version}:dvc.lock"))
    outputs = {out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage["outs"]}
    kept = clone.git("ls-tree", "-r", "--name-only", f"{NAME}@{version}").splitlines()
    return {path: md5 for path, md5 in outputs.items() if path not in kept}


def read_table(clone: Clone, version: str, name: str) -> pl.DataFrame:
    """Return a table of a version, out of the DVC remote."""
    md5 = read_published(clone, version)[f"{DATA}/{name}.parquet"]
    return pl.read_parquet(clone.root.parent / "remote/files/md5" / md5[:2] / md5[2:])


def list_rows(clone: Clone, version: str) -> dict[str, tuple[str, str]]:
    """Return row_id -> split and text of a version."""
    return splits_of({split: read_table(clone, version, split) for split in ("train", "validation")})


def splits_of(frames: dict[str, pl.DataFrame]) -> dict[str, tuple[str, str]]:
    return {row: (split, text) for split, frame in frames.items() for row, text in frame["row_id", "text"].iter_rows()}


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A clone with the old code in it and nothing pulled; ``run_new`` works on it."""
    return open_archive(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def renewed(tmp_path_factory):
    """A workspace with data and ledger of the old versions, and the code of today; tests work on copies of it."""
    clone = open_archive(tmp_path_factory.mktemp("renewed"))
    clone.run("dvc", "pull", "-q")
    shutil.copytree(clone.root.parent / "ledger", clone.root / ".pedigree/ledger")
    renew_code(clone)
    return clone


@pytest.fixture(scope="module")
def server(prefect):
    """What lets a command use this session's Prefect server; one of its own takes it long to start."""
    return {"PREFECT_API_URL": PREFECT_API_URL.value()}


@pytest.fixture(scope="module")
def reproduced(renewed):
    """The workspace before and after 'dvc repro'."""
    clone = Clone(shutil.copytree(renewed.root, renewed.root.with_name("reproduced")))
    return clone, State.of(clone), State.of(clone, clone.run("dvc", "repro").stdout)


@pytest.fixture(scope="module")
def grown(renewed, server):
    """The workspace before and after four rows more."""
    clone = Clone(shutil.copytree(renewed.root, renewed.root.with_name("grown")))
    before = State.of(clone)
    return clone, before, State.of(clone, clone.run("pedigree", "run", NAME, "--rows", "+4", "--json", **server).stdout)


@pytest.mark.parametrize("version", ["v1.0.0", pytest.param("v1.1.0", marks=pytest.mark.full)])
def test_an_old_version_verifies(old, version):
    said = old.run_new("verify", NAME, "--rev", version, check=False)
    if said.returncode == 2:  # other code may make other figures of the same rows: then it says so, and what to do
        assert "cannot verify: " in said.stderr and "--own-code" in said.stderr
    else:
        assert said.returncode == 0, said.stderr
        assert f"every link holds: {NAME}@{version}, {ROWS[version]} rows" in said.stdout


@pytest.mark.full
def test_an_old_version_verifies_with_its_own_code(old):
    said = json.loads(old.run_new("verify", NAME, "--rev", "v1.0.0", "--own-code", "--json").stdout)
    assert said["holds"] and (said["version"], said["rows"]) == (f"{NAME}@v1.0.0", ROWS["v1.0.0"])
    assert {"tag", "dvc.lock", "inputs", "tables", "prompts", "completions", "rows", "gates"} <= set(said["links"])
    assert "made again with the version's own code" in said["notes"]


@pytest.mark.parametrize("version", [pytest.param("v1.0.0", marks=pytest.mark.full), "v1.1.0"])
def test_a_row_of_an_old_version_leads_back_to_its_seeds(old, version):
    row = read_table(old, version, "train").row(0, named=True)
    chain = json.loads(old.run_new("trace", row["row_id"][:16], "--rev", f"{NAME}@{version}", "--json").stdout)
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
