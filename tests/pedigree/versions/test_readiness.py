"""What stops a version from being published is said before money is spent."""

import os

import pytest

from pedigree.errors import PublishError
from pedigree.versions.readiness import check_ready, find_readiness
from tests.support.make_publishable import git, isolate, make_workspace


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    return make_workspace(tmp_path / "workspace", "pets")


def refuse(root, words, **options):
    with pytest.raises(PublishError, match=words) as error:
        check_ready(root, "pets", **options)
    assert error.value.hint


def test_all_is_well(root, tmp_path):
    git(root, "remote", "add", "origin", "elsewhere")
    check_ready(root, "pets", push_git=True, branch="main")
    assert [(finding.name, finding.ok, finding.detail) for finding in find_readiness(root, "pets", push_git=True)] == [
        ("git repository", True, str(root)),
        ("git identity", True, "Ann <ann@example.org>"),
        ("git branch", True, "main"),
        ("git at rest", True, "no merge, rebase or cherry-pick in progress"),
        ("DVC remote", True, str(tmp_path / "home" / ".local" / "share" / "pedigree" / "dvc")),
        ("files", True, "none in the way"),
        ("folders", True, "all can be written"),
        ("git remote", True, "origin"),
    ]
    assert git(root, "status", "--porcelain") == ""


def test_every_finding_is_listed_and_not_only_the_first(root):
    git(root, "switch", "--quiet", "--detach")
    (root / "data" / "pets").write_text("a file")
    failed = [finding for finding in find_readiness(root, "pets") if not finding.ok]
    assert [finding.name for finding in failed] == ["git branch", "folders"]
    assert failed[0].hint == "'git switch BRANCH'"


def test_no_repository(tmp_path, root):
    (tmp_path / "bare").mkdir()
    refuse(tmp_path / "bare", "is in no git repository")
    assert len(list(find_readiness(tmp_path / "bare", "pets"))) == 1


def test_no_commits(tmp_path, root):
    git(tmp_path, "init", "--quiet", "empty")
    refuse(tmp_path / "empty", "has no commits yet")


def test_no_git(root, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    refuse(root, "git is not installed")


def test_no_identity(root, tmp_path):
    (tmp_path / "gitconfig").write_text("[user]\n useConfigOnly = true\n")
    refuse(root, "git does not know who you are")


def test_detached_head(root):
    git(root, "switch", "--quiet", "--detach")
    refuse(root, "HEAD is detached")


def test_another_branch_than_the_one_that_versions_go_to(root):
    git(root, "switch", "--quiet", "-c", "trial")
    refuse(
        root,
        r"branch trial is checked out\n  expected: branch main.*\n  to do: fill in trial as branch .*'git switch main'",
        branch="main",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MERGE_HEAD", "a merge is in progress"),
        ("CHERRY_PICK_HEAD", "a cherry-pick is in progress"),
        ("rebase-merge", "a rebase is in progress"),
        ("index.lock", "another git command runs"),
    ],
)
def test_something_unfinished(root, name, words):
    (root / ".git" / name).write_text("")
    refuse(root, words)


def test_conflicts(root):
    (root / "README").write_text("mine")
    git(root, "stash", "--quiet")
    (root / "README").write_text("theirs")
    git(root, "commit", "--quiet", "-a", "-m", "theirs")
    with pytest.raises(AssertionError):
        git(root, "stash", "pop", "--quiet")
    refuse(root, "^README has conflicts")


def test_no_dvc(root):
    git(root, "rm", "-r", "--quiet", ".dvc")
    refuse(root, "is no DVC repository")


def test_no_dvc_remote(root):
    (root / ".dvc" / "config").write_text("")
    refuse(root, "no remote specified")


def test_a_dvc_remote_that_cannot_be_written(root):
    (root / ".dvc" / "config").write_text("[core]\n remote = r\n['remote \"r\"']\n url = /dev/null/remote\n")
    refuse(root, "/dev/null can't be written: Not a directory")


def test_no_git_remote_matters_only_where_git_is_pushed(root):
    refuse(root, "branch main has no upstream, and there are 0 git remotes", push_git=True)
    check_ready(root, "pets")


def test_a_file_that_git_ignores(root):
    (root / ".gitignore").write_text("data/\n")
    refuse(root, r"git ignores data/pets/manifest.json \(.gitignore:1:data/\)")


def test_data_that_git_tracks(root):
    (root / "data" / "pets").mkdir()
    (root / "data" / "pets" / "train.parquet").write_text("")
    git(root, "add", "-A")
    refuse(root, "git tracks data/pets/train.parquet")


def test_a_folder_in_the_way_of_a_file(root):
    (root / "data" / "pets" / "train.parquet").mkdir(parents=True)
    refuse(root, "data/pets/train.parquet is a folder")


def test_a_folder_that_cannot_be_written(root):
    (root / "data" / "pets").mkdir()
    (root / "data" / "pets").chmod(0o500)
    if os.access(root / "data" / "pets", os.W_OK):
        pytest.skip("needs a user whom file modes bind: this one, such as root, may write everywhere")
    refuse(root, "data/pets can't be written: Permission denied")
