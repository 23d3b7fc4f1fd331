"""A version verifies whatever git did to line ends: when it was published, and in the clone of whoever verifies it."""

import os
import shutil
import subprocess

import pytest

from pedigree.errors import LinkError, PublishError
from pedigree.provenance import integrity
from pedigree.provenance.line_ends import find_converted_files, find_restored_files, take_working_snapshot
from pedigree.provenance.result_check import read_manifest
from pedigree.versions.snapshots import take_snapshot
from pedigree.versions.stored_files import check_stored
from tasks import publish
from tests.support.make_publishable import REPOSITORY, git, isolate, make_workspace, run

SEEDS = "data/seeds/pets/seeds.jsonl"
EDITED = ("data/pets/metrics.json", "prompts/zero-shot.j2")
CRLF = b'{"text": "a cat", "label": "cat"}\r\n{"text": "a dog", "label": "dog"}\r\n'


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    return make_workspace(tmp_path / "workspace", "pets")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A workspace and a version of an earlier Pedigree in it."""
    folder = tmp_path_factory.mktemp("older")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, folder)
        root = make_workspace(folder / "workspace", "pets")
        (root / ".gitattributes").write_text("* text=auto\n")
        (root / SEEDS).write_bytes(CRLF)
        patch.setattr(publish, "check_stored", lambda *_: None)
        return root, publish.publish.fn(run(root, "pets")).version


@pytest.fixture
def older(root, published):
    """A version that an earlier Pedigree published: its manifest names CR LF, git stored LF."""
    shutil.rmtree(root)
    shutil.copytree(published[0], root)
    return published[1]


def check_inputs(snapshot):
    return integrity.check_inputs(snapshot.root, read_manifest(snapshot.dataset_folder("pets")))


@pytest.mark.full
def test_a_snapshot_of_an_older_version_has_the_line_ends_that_the_run_read(root, older, tmp_path):
    assert b"\r" not in subprocess.run(["git", "-C", root, "show", f"HEAD:{SEEDS}"], capture_output=True).stdout
    snapshot = take_snapshot(root, older.commit, "pets", tmp_path / "snapshot", tag=older.tag)
    assert (snapshot.root / SEEDS).read_bytes() == CRLF
    assert check_inputs(snapshot) == "3 files are as the manifest says"
    assert find_restored_files(root, older.commit, "pets", snapshot) == [SEEDS]


def test_the_folder_that_published_an_older_version_still_has_it(root, older, tmp_path):
    assert integrity.find_matching_version(root, "pets") == older
    assert find_converted_files(root, "pets", older) == [SEEDS]
    (root / "data/pets/train.parquet").chmod(0o644)
    (root / "data/pets/train.parquet").write_bytes(b"edited")
    snapshot = take_working_snapshot(root, "pets", older, tmp_path / "snapshot")
    assert (snapshot.root / "data/pets/train.parquet").read_bytes() == b"edited"
    with pytest.raises(LinkError, match=r"train\.parquet has the md5"):
        integrity.check_lock(snapshot.root, "pets")


@pytest.mark.parametrize("path", ["dvc.lock", *(pytest.param(name, marks=pytest.mark.full) for name in EDITED)])
def test_an_edit_is_no_conversion(root, older, path):
    file = root / path
    file.write_bytes(file.read_bytes().replace(b"md5: ", b"md5: 0") if path == "dvc.lock" else b"other\r\n")
    with pytest.raises(LinkError, match=f"version: {path} is not as pets@v1.0.0 has it"):
        find_converted_files(root, "pets", older)
    (root / SEEDS).write_bytes(CRLF + CRLF)
    assert find_converted_files(root, "pets", older) == []


def test_an_edit_that_git_overlooks_is_no_conversion(root):
    version = publish.publish.fn(run(root, "pets")).version
    git(root, "status")
    file = root / SEEDS
    facts = file.stat()
    file.write_bytes(file.read_bytes().replace(b"cat", b"cow"))
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    git(root, "update-index", "--assume-unchanged", SEEDS)
    assert git(root, "diff", "HEAD", "--", SEEDS) == ""
    assert find_converted_files(root, "pets", version) == []


def test_other_bytes_than_those_of_the_manifest_are_found(root, older, tmp_path):
    git(root, "config", "core.autocrlf", "false")
    (root / SEEDS).write_bytes(CRLF.replace(b"cat", b"cow"))
    git(root, "commit", "-qam", "edited")
    snapshot = take_snapshot(root, "HEAD", "pets", tmp_path / "snapshot")
    with pytest.raises(LinkError, match=r"inputs: data/seeds/pets/seeds\.jsonl has the sha256"):
        check_inputs(snapshot)


@pytest.mark.parametrize("attributes", [pytest.param(True, marks=pytest.mark.full), False])
def test_a_clone_where_git_writes_cr_lf(root, tmp_path, attributes):
    if attributes:
        shutil.copy(REPOSITORY / ".gitattributes", root)
        git(root, "add", ".gitattributes")
        git(root, "commit", "-qm", "attributes")
    version = publish.publish.fn(run(root, "pets")).version
    clone = tmp_path / "clone"
    git(root, "clone", "-q", "-c", "core.autocrlf=true", str(root), str(clone))
    for path in (f"data/pets/{name}" for name in ("train.parquet", "report.html")):
        shutil.copy(root / path, clone / path)
    assert ((clone / SEEDS).read_bytes() == (root / SEEDS).read_bytes()) is attributes
    assert integrity.find_matching_version(clone, "pets") == version
    converted = find_converted_files(clone, "pets", version)
    assert (converted == []) is attributes
    if converted:
        assert {SEEDS, "data/pets/manifest.json", "recipes/pets.yaml"} < {*converted}


@pytest.mark.full
@pytest.mark.parametrize("attributes", ["* text=auto\n", None], ids=["text=auto", "as shipped"])
def test_a_clone_whose_seeds_are_renormalized_keeps_its_version_and_publishes_the_next(root, tmp_path, attributes):
    (root / SEEDS).write_bytes(CRLF)
    git(root, "commit", "-qam", "seeds of a Windows machine")
    first = publish.publish.fn(run(root, "pets")).version
    at_work = tmp_path / "at-work"
    git(root, "clone", "-q", str(root), str(at_work))
    if attributes:
        (at_work / ".gitattributes").write_text(attributes)
    else:
        shutil.copy(REPOSITORY / ".gitattributes", at_work)
    git(at_work, "add", "--renormalize", ".")
    git(at_work, "add", ".gitattributes")
    git(at_work, "commit", "-qm", "line ends")
    stored = subprocess.run(["git", "-C", at_work, "show", f"HEAD:{SEEDS}"], capture_output=True).stdout
    assert (b"\r" in stored) is (attributes is None)
    snapshot = take_snapshot(at_work, first.commit, "pets", tmp_path / "first", tag=first.tag)
    assert check_inputs(snapshot) == "3 files are as the manifest says"  # the version itself still verifies
    if attributes:  # the file in the folder still has CR LF: that is found before anything is paid for
        with pytest.raises(PublishError, match="git would store other bytes than the file has"):
            check_stored(at_work, "pets", [SEEDS])
        (at_work / SEEDS).unlink()
        git(at_work, "checkout", "--", SEEDS)
    check_stored(at_work, "pets", [SEEDS])
    second = publish.publish.fn(run(at_work, "pets", rows="two")).version
    assert second.tag != first.tag
    snapshot = take_snapshot(at_work, second.commit, "pets", tmp_path / "second", tag=second.tag)
    assert check_inputs(snapshot) == "3 files are as the manifest says"
    assert find_converted_files(at_work, "pets", second) == []
