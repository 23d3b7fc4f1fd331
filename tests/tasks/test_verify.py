"""Verify says that every link holds, or which broke first and where; what it can't say, it does not say."""

import json
import subprocess
import zlib
from contextlib import chdir
from shutil import copytree

import polars as pl
import pytest
from rich.console import Console

from flows import stages
from pedigree.errors import CommandError, LinkError, WorkspaceError
from pedigree.provenance import integrity
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.cli_runner import Shell
from tests.support.make_published import NAME, share_small
from tests.support.repository import Household
from tests.support.tampering import Scene

LINKS = ["tag", "dvc.lock", "inputs", "tables", "prompts", "completions", "rows", "plan", "distribution", "gates",
         "manifest", "plots/labels", "plots/lengths", "croissant", "metrics", "report", "card"]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return share_small(tmp_path_factory)


@pytest.fixture
def house(published, tmp_path):
    """A copy of that workspace, to change."""
    return Household(copytree(published.root, tmp_path / "work"))


def check(house, rev=None, **options):
    return verify.fn(Workspace(house.root), NAME, rev, **options)


def test_every_link_of_the_working_folder_holds(published):
    before = published.git("status", "--porcelain", "--ignored")
    here = check(published)
    assert (here.version, here.rows, list(here.links), here.notes) == (
        f"{NAME}@v1.0.1",
        60,
        [*LINKS, "version", "ledger"],
        (),
    )
    assert published.git("status", "--porcelain", "--ignored") == before


def test_a_commit_that_is_no_version_has_no_link_to_a_tag(published):
    assert list(check(published, "HEAD").links) == LINKS[1:]


def test_a_version_is_verified_whatever_lies_in_the_working_folder(house):
    subprocess.run(["rm", "-r", str(house.root / "data" / NAME), str(house.root / "prompts")], check=True)
    (house.root / f"recipes/{NAME}.yaml").write_text("nonsense")
    before = house.git("status", "--porcelain", "--ignored")
    found = check(house, "v1.0.0")
    assert (found.version, found.rows, list(found.links)) == (f"{NAME}@v1.0.0", 60, LINKS)
    assert house.git("status", "--porcelain", "--ignored") == before


@pytest.mark.full
def test_a_working_folder_in_which_git_writes_other_line_ends(house):
    (house.root / ".git/info/attributes").write_text("* text eol=crlf\n")
    seeds = house.root / f"data/seeds/{NAME}/seeds.jsonl"
    for path in (seeds, house.root / f"data/{NAME}/manifest.json", house.root / "prompts/_chat.j2"):
        path.unlink()
        house.git("checkout", "--", str(path))
        assert b"\r\n" in path.read_bytes()
    found = check(house)
    assert (found.version, list(found.links)) == (f"{NAME}@v1.0.1", [*LINKS, "ledger"])
    [note] = found.notes
    assert note.startswith("git changed the line ends of ") and f"data/{NAME}/manifest.json" in note
    seeds.write_bytes(seeds.read_bytes().replace(b"the", b"teh", 1))
    with pytest.raises(LinkError, match=r"^version: data/seeds/.* is not as support-tickets@v1\.0\.1 has it"):
        check(house)


def test_data_that_are_not_here_are_no_broken_link(house):
    subprocess.run(["rm", "-rf", str(house.root / ".dvc/cache"), str(house.root.parent / "remote")], check=True)
    house.set_remote(house.root / "nowhere")
    with pytest.raises(
        WorkspaceError, match=r"^not all data of .*@v1\.0\.0 are in DVC's cache: .*nowhere is not there"
    ):
        check(house, "v1.0.0")
    (house.root / f"data/{NAME}/train.parquet").unlink()
    with pytest.raises(
        WorkspaceError, match=r"train\.parquet is not here\n  to do: 'pedigree run' makes it; 'dvc pull'"
    ):
        check(house)
    with pytest.raises(WorkspaceError, match="has no version"):
        check(house, "v9.9.9")


@pytest.mark.full
def test_rows_that_were_never_published_are_verified_by_their_own_manifest(house):
    set_keys(house.root / f"recipes/{NAME}.yaml", {"rows": 50})
    workspace = Workspace(house.root)
    with chdir(house.root):
        stages.generate(workspace, NAME)
        stages.curate(workspace, NAME)
        stages.validate(workspace, NAME, Console(quiet=True))
        stages.measure(workspace, NAME)
    found = check(house)
    assert (found.version, found.rows) == (None, 50)
    assert found.notes == ("these rows were made after what dvc.lock records, and never published",)


def test_a_broken_link_is_named_with_the_place_what_was_found_and_what_should_be(house, capsys):
    scene = Scene(house)
    train = scene.table("train")
    row = train.row(3, named=True)
    other = next(label for label in train["label"] if label != row["label"])
    labels = pl.when(pl.col("row_id") == row["row_id"]).then(pl.lit(other)).otherwise("label")
    scene.write_table("train", train.with_columns(label=labels), cunning=True)
    said = Shell(house.root, capsys)("verify", NAME, "--json")
    assert (said.status, json.loads(said.out)["broken"]["link"]) == (1, "rows")
    broken = f"row_id {row['row_id']}, label {other}: label is {other!r}, not {row['label']!r}"
    assert f"error: rows: train.parquet, {broken}" in " ".join(said.err.split())


@pytest.mark.full
def test_other_code_that_makes_the_same_is_no_matter(house, monkeypatch):
    monkeypatch.setattr(integrity, "hash_path", lambda path: "other")
    assert check(house, "v1.0.0").rows == 60


@pytest.mark.full
def test_what_other_code_makes_differently_is_no_broken_link_until_the_own_code_has_run(house, monkeypatch):
    monkeypatch.setattr("pedigree.curation.text_screens.TEXT_SCREENS", ())
    monkeypatch.setattr(integrity, "hash_path", lambda path: "other")
    with pytest.raises(WorkspaceError, match=r"(?s)cannot verify: rows: .*pedigree/curation.*--own-code"):
        check(house, "v1.0.0")
    own = check(house, "v1.0.0", own_code=True)
    assert (list(own.links), own.notes) == (LINKS, ("made again with the version's own code",))


def test_own_code_is_that_of_a_revision(house):
    with pytest.raises(CommandError, match="--own-code without --rev"):
        check(house, own_code=True)


def test_code_of_another_step_does_not_excuse_other_rows(house, monkeypatch):
    hash_path = integrity.hash_path
    later = lambda path: "other" if path.match("pedigree/report") else hash_path(path)  # noqa: E731
    monkeypatch.setattr("pedigree.curation.text_screens.TEXT_SCREENS", ())
    monkeypatch.setattr(integrity, "hash_path", later)
    with pytest.raises(LinkError, match=r"^rows: "):
        check(house, "v1.0.0")


def test_other_code_is_named_by_path_in_versions_of_either_layout(house, monkeypatch):
    scene, find = Scene(house), integrity.find_other_code
    assert find(house.root, NAME) == []
    monkeypatch.setattr(integrity, "hash_path", lambda path: None)
    assert {"pedigree/job.py", "pedigree/curation", "tasks/curate.py"} < {*find(house.root, NAME, ["curate"])}
    assert find(house.root, NAME, ["generate"]) == []

    def use_old_layout(stages):
        code = [{"path": path, "md5": "0.dir"} for path in ("pedigree", "tasks")]
        for stage in stages.values():
            stage["deps"] = code + [dep for dep in stage["deps"] if not dep["path"].startswith(("pedigree", "tasks"))]

    scene.write_lock(use_old_layout)
    assert find(house.root, NAME) == ["pedigree", "tasks"]


def test_files_and_folders_are_hashed_as_dvc_does(published):
    stages = integrity.read_stages((published.root / "dvc.lock").read_text(), NAME)
    recorded = {part["path"]: part["md5"] for part in stages[f"measure@{NAME}"]["deps"]}
    assert {"pedigree/report", "pedigree/job.py", "prompts", f"data/seeds/{NAME}"} < {*recorded}
    assert {path: integrity.hash_path(published.root / path) for path in recorded} == recorded


@pytest.mark.parametrize("forged", [b"blob 2\0{}", None])
def test_an_object_of_git_that_holds_other_bytes_is_found(house, forged):
    oid = house.git("rev-parse", f"{NAME}@v1.0.0:data/{NAME}/metrics.json")
    file = house.root / ".git/objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(forged) if forged else b"nothing")
    with pytest.raises(LinkError, match=r"^git: "):
        check(house, "v1.0.0")


@pytest.mark.full
def test_the_command_says_each_link(published):
    said = published.run("pedigree", "verify", NAME, "--rev", "v1.0.0").stdout.splitlines()
    assert [line.split()[0] for line in said[:-1]] == LINKS
    assert said[-1] == f"every link holds: {NAME}@v1.0.0, 60 rows"
