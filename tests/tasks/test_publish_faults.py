"""A data remote that is full, blocked or half-pushed: no tag without its data, no loss, the next call continues."""

import resource
import shutil

import pytest

from pedigree.errors import PublishError
from pedigree.system import dvc
from pedigree.versions import versions
from pedigree.versions.snapshots import list_data
from tasks.publish import publish as step
from tests.support.make_publishable import clone, git, isolate, make_workspace, read_bytes, run

publish = step.fn


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    return make_workspace(tmp_path / "workspace", "pets")


@pytest.fixture
def remote(tmp_path):
    return tmp_path / "home/.local/share/pedigree/dvc"


@pytest.fixture
def full(monkeypatch):
    """Let no file of the remote grow beyond a megabyte, for one push."""
    push, before = dvc.push_data, resource.getrlimit(resource.RLIMIT_FSIZE)

    def push_onto_full_disk(*arguments):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
        try:
            push(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    with monkeypatch.context() as patch:
        patch.setattr(dvc, "push_data", push_onto_full_disk)
        yield patch


def assert_is_published(root, tmp_path, job):
    assert [version.tag for version in versions.list_versions(root)] == ["pets@v1.0.0"]
    assert git(root, "status", "--porcelain") == ""
    shutil.rmtree(root / ".dvc/cache")
    assert read_bytes(clone(root, tmp_path / "clone") / "data/pets") == read_bytes(job.folder)


def test_a_full_remote_makes_no_version_and_the_next_call_does(root, full, tmp_path):
    job = run(root, "pets")
    job.table("train").write_text("x" * 2_000_000)
    rows = read_bytes(job.folder)
    with pytest.raises(PublishError, match=r"(?s)File too large.*then run again; nothing is paid twice"):
        publish(job)
    assert versions.list_versions(root) == [] and git(root, "log", "--format=%s") == "start"
    assert {name: content for name, content in read_bytes(job.folder).items() if name in rows} == rows
    full.undo()
    assert publish(job).version.tag == "pets@v1.0.0"
    assert_is_published(root, tmp_path, job)


@pytest.mark.full
def test_a_file_where_the_remote_should_be_is_found_before_anything_is_done(root, remote, tmp_path):
    remote.parent.mkdir(parents=True)
    remote.write_text("")
    job = run(root, "pets")
    with pytest.raises(PublishError, match=f"{remote} can't be written: Not a directory"):
        publish(job)
    assert not (root / "dvc.lock").exists() and versions.list_versions(root) == []
    remote.unlink()
    publish(job)
    assert_is_published(root, tmp_path, job)


def test_a_remote_that_has_lost_objects_gets_them_back_from_the_next_call(root, remote, tmp_path, caplog):
    job = run(root, "pets")
    publish(job)
    data = list_data(root, "HEAD", "pets")
    for path in ("data/pets/train.parquet", "data/pets/prompts.parquet"):
        (remote / "files/md5" / data[path][:2] / data[path][2:]).unlink()
    assert publish(job) is None
    lacked = "data/pets/prompts.parquet, data/pets/train.parquet"
    assert f"pets@v1.0.0: the data remote lacked {lacked}; pushed again" in caplog.messages
    assert_is_published(root, tmp_path, job)


@pytest.mark.full
def test_an_older_version_that_was_retired_stays_so(root, remote):
    publish(run(root, "pets"))
    publish(job := run(root, "pets", "two"))
    data = list_data(root, "pets@v1.0.0", "pets")
    md5 = data["data/pets/train.parquet"]
    for store in (root / ".dvc/cache", remote):
        (store / "files/md5" / md5[:2] / md5[2:]).unlink()
    assert publish(job) is None
    assert not (remote / "files/md5" / md5[:2] / md5[2:]).exists()
