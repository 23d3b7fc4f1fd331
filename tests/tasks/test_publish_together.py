"""Several who publish at once: each gets a version of its own, one dataset gets one."""

import pytest

from pedigree.versions.versions import list_versions
from tests.support.killable_processes import Process, publish_and_die
from tests.support.make_publishable import clone, find_stale, git, isolate, make_workspace, run

NAMES = ("ants", "bees", "cats", "dogs", "eels")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    return isolate(monkeypatch, tmp_path)


@pytest.fixture
def root(tmp_path, environment):
    root = make_workspace(tmp_path / "workspace", *NAMES)
    git(tmp_path, "clone", "--quiet", "--bare", str(root), "upstream")
    git(root, "remote", "add", "origin", str(tmp_path / "upstream"))
    return root


def publish_all(environment, *places):
    processes = [
        Process(publish_and_die, root, name, "none", 1, root=root, environment=environment) for root, name in places
    ]
    for process in processes:
        assert process.wait() == 0, process.said
    return [process.said for process in processes]


@pytest.mark.full
def test_five_datasets_at_once(environment, root, tmp_path):
    for name in NAMES:
        run(root, name)
    publish_all(environment, *((root, name) for name in NAMES))
    tags = [f"{name}@v1.0.0" for name in NAMES]
    assert git(tmp_path / "upstream", "tag").split() == [one.tag for one in list_versions(root)] == tags
    assert git(root, "log", "--format=%s").count("\n") == len(NAMES)
    assert git(root, "status", "--porcelain") == "" and find_stale(root) == []
    there = clone(tmp_path / "upstream", tmp_path / "clone")
    assert [(there / f"data/{name}/train.parquet").read_text() for name in NAMES] == [
        f"train of {name}: one" for name in NAMES
    ]


@pytest.mark.full  # test_publish.py holds that one version is published at a time, and none of unchanged content
def test_one_dataset_twice_at_once_is_one_version(environment, root):
    run(root, "ants")
    said = publish_all(environment, (root, "ants"), (root, "ants"))
    assert [one.tag for one in list_versions(root)] == ["ants@v1.0.0"]
    assert sum("published ants@v1.0.0" in one for one in said) == 1
    assert sum("ants is unchanged: no new version" in one for one in said) == 1


@pytest.mark.full
def test_two_clones_that_push_at_once(environment, root, tmp_path):
    upstream = tmp_path / "upstream"
    places = []
    for name in ("bees", "cats"):
        git(tmp_path, "clone", "--quiet", str(upstream), name)
        run(tmp_path / name, name)
        places.append((tmp_path / name, name))
    publish_all(environment, *places)
    assert git(upstream, "tag").split() == ["bees@v1.0.0", "cats@v1.0.0"]
    assert git(upstream, "log", "--format=%s", "main").count("\n") == 2
    assert find_stale(clone(upstream, tmp_path / "clone")) == []
