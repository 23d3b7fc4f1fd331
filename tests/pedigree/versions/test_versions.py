"""Numbers and manifests of versions."""

import pytest

from pedigree.errors import WorkspaceError
from pedigree.system.dvc import read_at
from pedigree.versions.versions import compare_manifests, find_version, latest, list_versions, next_number
from tests.support.make_publishable import git, isolate

MANIFEST = {
    "labels": {"cat": {"train": 3, "validation": 1}},
    "fields": {"text": "text"},
    "tables": {"train": {"content_sha256": "a"}, "validation": {"content_sha256": "b"}},
    "tokens_in": 5,
    "gates": {"passed": True, "gates": [{"name": "floor", "passed": True, "message": "at least 1 row"}]},
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    git(tmp_path, "init", "--quiet", "repository")
    (tmp_path / "repository" / "notes").write_text("one")
    git(tmp_path / "repository", "add", "-A")
    git(tmp_path / "repository", "commit", "--quiet", "-m", "start")
    return tmp_path / "repository"


@pytest.mark.parametrize(
    ("changes", "change"),
    [
        ({}, None),
        ({"labels": {"cat": {"train": 9, "validation": 9}}}, "patch"),
        ({"tokens_in": 6}, "patch"),
        ({"gates": {"passed": True, "gates": [{"name": "floor", "passed": True, "message": "other words"}]}}, None),
        ({"gates": {"passed": True, "gates": [{"name": "floor", "passed": True, "message": "", "figure": 2}]}}, None),
        ({"gates": {"passed": True, "gates": [{"name": "floor", "passed": False, "message": ""}]}}, "patch"),
        ({"tables": {"train": {"content_sha256": "x"}, "validation": {"content_sha256": "b"}}}, "minor"),
        ({"tables": {"train": {"content_sha256": "a"}, "validation": {"content_sha256": "x"}}}, "minor"),
        ({"fields": {"text": "category"}}, "major"),
        ({"labels": {"dog": {"train": 3, "validation": 1}}}, "major"),
    ],
)
def test_what_changed(changes, change):
    assert compare_manifests(MANIFEST, MANIFEST | changes) == change


def test_what_has_no_version_before_is_the_first():
    assert compare_manifests(None, MANIFEST) == "first"
    assert compare_manifests({}, MANIFEST) == "major"


@pytest.mark.parametrize(
    ("change", "number"), [("first", (1, 0, 0)), ("major", (3, 0, 0)), ("minor", (2, 4, 0)), ("patch", (2, 3, 5))]
)
def test_the_next_number(change, number):
    assert next_number((2, 3, 4), change) == number


def test_versions_are_annotated_tags_sorted_by_number(root):
    for tag in ("pets@v1.10.0", "pets@v1.9.0", "pets-2@v7.0.0"):
        git(root, "tag", "-a", "-m", f"about {tag}", tag)
    for tag in ("pets@v8.0.0", "pets@v2", "pets@v9.0.0!"):
        git(root, "tag", tag)
    git(root, "tag", "-a", "-m", "no version", "pets@v1.0")

    assert [version.tag for version in list_versions(root, "pets")] == ["pets@v1.9.0", "pets@v1.10.0"]
    assert [version.tag for version in list_versions(root)] == ["pets@v1.9.0", "pets@v1.10.0", "pets-2@v7.0.0"]
    newest = latest(root, "pets")
    assert (newest.name, newest.subject, newest.commit) == (
        "v1.10.0", "about pets@v1.10.0", git(root, "rev-parse", "HEAD"),
    )  # fmt: skip
    assert latest(root, "shops") is None


def test_a_version_is_found_by_any_of_its_names(root):
    git(root, "tag", "-a", "-m", "one", "pets@v1.0.0")
    names = ("v1.0.0", "1.0.0", "pets@v1.0.0", "latest")
    assert {find_version(root, "pets", name).tag for name in names} == {"pets@v1.0.0"}
    with pytest.raises(WorkspaceError, match=r"^pets has no version 'v2'\n  expected: one of v1.0.0, or latest"):
        find_version(root, "pets", "v2")
    with pytest.raises(WorkspaceError, match="to do: 'pedigree run shops' makes the first"):
        find_version(root, "shops", "latest")


def test_a_file_is_read_as_it_was(root):
    (root / "notes").write_text("two")
    assert read_at(root, "HEAD", "notes") == b"one"


@pytest.mark.parametrize("rev", ["nothing", "--output=stolen", ""])
def test_what_is_no_revision_is_never_an_option_of_git(root, rev):
    with pytest.raises(WorkspaceError, match="is no revision of this repository"):
        read_at(root, rev, "notes")
    assert not (root / "stolen").exists()
