"""The data remote is asked before money is spent; what it can't do, or has lost, is said with what to do about it."""

import sys

import pytest

from pedigree.errors import PublishError
from pedigree.versions.data_remote import (
    EMPTY,
    check_data_remote_writable,
    find_credential,
    find_data_remote,
    find_missing,
    push_missing,
)
from pedigree.versions.readiness import check_ready
from pedigree.versions.snapshots import find_missing_data, list_data
from pedigree.versions.versions import list_versions
from tasks.publish import publish as step
from tests.support.fake_s3 import BUCKET, SECRET, Bucket
from tests.support.make_publishable import git, isolate, make_workspace, run

URL = f"s3://{BUCKET}/data"


def name_remote(root, url, endpoint=""):
    (root / ".dvc/config").write_text(
        f"[core]\nremote = home\nanalytics = false\n['remote \"home\"']\nurl = {url}\n"
        + (f"endpointurl = {endpoint}\n" if endpoint else "")
    )
    git(root, "commit", "-qam", "remote")


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    return make_workspace(tmp_path / "workspace", "pets")


@pytest.fixture
def bucket(root, monkeypatch):
    with Bucket(monkeypatch) as bucket:
        name_remote(root, URL, bucket.url)
        yield bucket


def refuse(act, *arguments):
    with pytest.raises(PublishError) as error:
        act(*arguments)
    assert error.value.hint and SECRET not in str(error.value)
    return str(error.value)


def test_a_bucket_is_tried_with_what_dvc_keeps_of_an_empty_file(root, bucket):
    assert find_data_remote(root).address == URL and not find_data_remote(root).is_folder
    check_ready(root, "pets")
    assert bucket.read() == {f"data/files/md5/{EMPTY[:2]}/{EMPTY[2:]}": b""}


def test_a_bucket_that_is_not_there(root, bucket):
    name_remote(root, "s3://no-such-bucket/data", bucket.url)
    said = refuse(check_ready, root, "pets")
    assert said.startswith("s3://no-such-bucket/data can't be written: ") and "bucket does not exist" in said
    assert "keys come from the environment or .dvc/config.local" in said


def test_keys_that_may_only_read(root, bucket, monkeypatch):
    bucket.forbid_writing(monkeypatch)
    said = refuse(check_ready, root, "pets")
    assert said.startswith(f"{URL} can't be written: ") and ("Access Denied" in said or "not authorized" in said)


def test_keys_that_are_absent(root, bucket, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "Unable to locate credentials" in refuse(check_data_remote_writable, root)


def test_a_kind_of_storage_that_needs_a_package(root, bucket, monkeypatch):
    monkeypatch.setitem(sys.modules, "dvc_s3", None)
    said = refuse(check_ready, root, "pets")
    assert "requires 'dvc-s3' to be installed" in said and "s3:// needs 'pip install dvc-s3'" in said


def test_no_remote_at_all(root):
    (root / ".dvc/config").write_text("")
    assert "to do: 'dvc remote add -d NAME URL' names one" in refuse(check_ready, root, "pets")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"secret_access_key = {SECRET}", "secret_access_key"),
        ("    password = abcdefgh", "password"),
        (f"url = https://me:{SECRET}@host/path", "url"),
        ("url = ssh://me@host/path", None),
        ("ask_password = true", None),
        ("keyfile = ~/.ssh/id", None),
    ],
)
def test_credentials_in_the_settings_that_git_keeps_are_refused(root, line, name):
    config = root / ".dvc/config"
    config.write_text(config.read_text() + f"{line}\n")
    assert find_credential(root) == name
    if name:
        said = refuse(check_ready, root, "pets")
        assert said.startswith(f".dvc/config holds {name}, ") and "dvc remote modify --local" in said


@pytest.mark.full
def test_what_is_lost_of_a_bucket_is_named_and_put_back_from_cache_or_workspace(root, bucket):
    version = step.fn(run(root, "pets")).version
    data = list_data(root, version.commit, "pets")
    assert find_missing_data(root, [version]) == {} and push_missing(root, version, data) == []
    keys = [f"data/files/md5/{md5[:2]}/{md5[2:]}" for md5 in data.values()]
    before = bucket.read()
    for key in keys[:2]:
        bucket.delete(key)
    assert push_missing(root, version, data) == sorted([*data][:2])
    assert bucket.read() == before
    bucket.delete(keys[0])
    path, lost = next(iter(data.items()))
    cached = root / ".dvc/cache/files/md5" / lost[:2] / lost[2:]
    cached.unlink()
    assert find_missing(root, data.values()) == {lost}
    assert find_missing_data(root, list_versions(root)) == {"pets@v1.0.0": [path]}
    assert push_missing(root, version, data) == [path]
    assert bucket.read() == before


@pytest.mark.full
def test_what_is_lost_everywhere_is_not_passed_over(root, tmp_path):
    job = run(root, "pets")
    version = step.fn(job).version
    md5 = list_data(root, version.commit, "pets")["data/pets/train.parquet"]
    for store in (root / ".dvc/cache", tmp_path / "home/.local/share/pedigree/dvc"):
        (store / "files/md5" / md5[:2] / md5[2:]).unlink()
    job.table("train").unlink()
    job.table("train").write_text("the same rows in other bytes")
    said = refuse(step.fn, job)
    assert said.startswith("pets@v1.0.0 can't be pulled: ") and "lacks data/pets/train.parquet" in said
    assert "git tag --delete pets@v1.0.0" in said
    git(root, "tag", "--delete", "pets@v1.0.0")
    assert step.fn(job).version.tag == "pets@v1.0.0"
    assert find_missing_data(root, list_versions(root)) == {}


@pytest.mark.full
def test_a_bucket_that_does_not_answer_stops_a_run_before_it_pays_and_makes_no_tag(root, bucket):
    step.fn(run(root, "pets"))
    bucket.close()
    said = refuse(step.fn, run(root, "pets", "more"))
    assert said.startswith(f"{URL} can't be written: Could not connect to the endpoint URL")
    assert len(list_versions(root)) == 1
