"""A place that can't be used is named with its mend; nothing is lost, and the next run goes on from there."""

import os
import re
import resource
import shutil
import threading
from contextlib import ExitStack

import pytest
from ruamel.yaml import YAML

import flows.synthesize
from pedigree.ledger import ledger
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace
from tests.support.cli_runner import Shell
from tests.support.repository import settle
from tests.support.workspaces import RECIPE, make_workspace


@pytest.fixture
def pets(tmp_path, capsys):
    make_workspace(tmp_path)
    return Shell(tmp_path, capsys)


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    return settle(tmp_path_factory.mktemp("settled") / "work").root


@pytest.fixture
def house(settled, tmp_path, capsys, monkeypatch):
    """A workspace under git and DVC in which no flow may start."""
    monkeypatch.setattr(flows.synthesize, "synthesize", lambda *_, **__: pytest.fail("a flow was started"))
    return Shell(shutil.copytree(settled, tmp_path / "work"), capsys)


def write(shell, **changes):
    with (shell.root / "recipes/pets.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({**RECIPE, **changes}, file)


@pytest.fixture
def small_disk():
    """No file may grow beyond what it is given."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def forbid():
    """Change a place's mode until the test ends; skip where this user may do everything all the same."""
    changed = []

    def change(path, mode):
        changed.append((path, path.stat().st_mode))
        path.chmod(mode)
        if os.access(path, os.W_OK):
            pytest.skip("needs a user whom file modes bind: this one, such as root, may write everywhere")

    yield change
    for path, mode in changed:
        path.chmod(mode)


def test_a_full_disk_keeps_what_was_received_and_the_next_run_goes_on(pets, small_disk, monkeypatch):
    monkeypatch.setattr(ledger, "RESERVE", 10_000)
    write(pets, rows=400)
    small_disk(40_000)
    said = pets.refuse("generate", "pets")
    small_disk(resource.RLIM_INFINITY)
    assert "can't be written: File too large" in said and "to do: make room" in said
    kept = ledger.Ledger(pets.root / ".pedigree/ledger")
    held = len(kept)
    assert held > 5 and not kept.problems
    assert not (pets.root / "data/pets").exists()
    total, asked = map(
        int, re.findall(r"(\d+) completions, (\d+) of them asked for now", pets("generate", "pets").out)[0]
    )
    assert total - asked == held


def test_a_disk_that_is_full_when_tables_are_written_leaves_the_old_ones(pets, small_disk):
    pets("generate", "pets")
    before = {path.name: path.read_bytes() for path in (pets.root / "data/pets").iterdir()}
    write(pets, rows=16)
    small_disk(2_000)
    said = pets.refuse("generate", "pets")
    small_disk(resource.RLIM_INFINITY)
    assert "can't be written" in said and "to do: make room" in said
    assert {path.name: path.read_bytes() for path in (pets.root / "data/pets").iterdir()} == before


@pytest.mark.parametrize("place", ["data/pets", ".pedigree", ".pedigree/ledger", ".pedigree/locks"])
def test_a_file_where_a_folder_should_be(pets, place):
    (pets.root / place).parent.mkdir(exist_ok=True)
    (pets.root / place).write_text("")
    said = pets.refuse("generate", "pets")
    assert place in said and "to do: " in said


@pytest.mark.parametrize("place", ["data", "recipes", "data/seeds"])
def test_a_folder_that_cannot_be_written(pets, forbid, place):
    forbid(pets.root / place, 0o500)
    said = pets.refuse("new", "cats") if place != "data" else pets.refuse("generate", "pets")
    assert place in said and "Permission denied" in said and "to do: " in said
    assert not (pets.root / "recipes/cats.yaml").exists()


def test_a_recipe_that_cannot_be_read(pets, forbid):
    forbid(pets.root / "recipes/pets.yaml", 0)
    assert "recipes/pets.yaml: Permission denied" in pets.refuse("run", "pets")


def test_a_prefect_home_that_cannot_be_made(pets, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", "/dev/null/prefect")
    said = pets.refuse("run", "pets", "--no-publish")
    assert "/dev/null/prefect: Not a directory\n  to do: set PREFECT_HOME" in said


@pytest.mark.parametrize(
    ("damage", "found", "hint"),
    [
        (lambda root: shutil.rmtree(root / ".git"), "is in no git repository", "'git init'"),
        (lambda root: shutil.rmtree(root / ".dvc"), "is no DVC repository", "'dvc init'"),
        (lambda root: (root / ".dvc/config").write_text(""), "no remote specified", "dvc remote"),
        (lambda root: (root / ".git/index.lock").touch(), "another git command runs", "remove the file if none runs"),
    ],
    ids=["no git repository", "no DVC", "no DVC remote", "git is busy"],
)
def test_a_workspace_that_cannot_publish(house, damage, found, hint):
    damage(house.root)
    said = house.refuse("run", "support-tickets")
    assert found in said and "to do: " in said and hint in said
    assert not (house.root / "data/support-tickets").exists()


def damage_ledger(root, change):
    (segment,) = (root / ".pedigree/ledger").glob("*.ledger")
    segment.write_bytes(change(segment.read_bytes()))


def test_a_damaged_record_is_named_and_only_its_answer_is_asked_for_again(pets):
    pets("generate", "pets")
    shutil.rmtree(pets.root / "data/pets")
    damage_ledger(pets.root, lambda raw: raw[:300] + b"?" + raw[301:])
    said = pets("generate", "pets")
    assert said.status == 0 and "line 2: damaged" in said.err and "1 of them asked for now" in said.out


@pytest.mark.parametrize(
    ("first", "found", "hint"),
    [
        (b"pedigree-ledger 9\n", ": unread: ", "format 9"),
        (b"PK\x03\x04 a picture\n", ": unread: ", "segments that can be read"),
    ],
)
def test_a_segment_that_is_none_of_ours(pets, first, found, hint):
    pets("generate", "pets")
    shutil.rmtree(pets.root / "data/pets")
    damage_ledger(pets.root, lambda raw: first + raw.split(b"\n", 1)[1])
    said = pets.refuse("generate", "pets")
    assert found in said and hint in said


def test_a_second_run_waits_for_the_first_and_says_so(pets):
    first = ExitStack()
    first.enter_context(hold_dataset(Workspace(pets.root), "pets"))
    threading.Timer(0.5, first.close).start()
    said = pets("generate", "pets")
    assert said.status == 0
    assert f"waiting: another run (process {os.getpid()}, since " in said.err and ") works on pets" in said.err
