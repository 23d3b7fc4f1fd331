"""What a version is: which files, which tag, and what is left alone."""

import fcntl
import logging
import os
import threading
import time

import pytest
from dvc.repo import Repo
from dvc.repo.artifacts import Artifacts

from pedigree.errors import GateError, PublishError
from pedigree.system import dvc
from pedigree.versions import publishing, versions
from tasks.publish import publish as step
from tests.support.make_publishable import clone, find_stale, git, isolate, make_workspace, read_bytes, run

publish = step.fn


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    return make_workspace(tmp_path / "workspace", "pets", "shops")


def tags(root):
    return [version.tag for version in versions.list_versions(root)]


def test_a_version_is_one_commit_of_the_runs_files_and_one_annotated_tag_that_a_clone_pulls(root, tmp_path):
    job = run(root, "pets")
    published = publish(job, run_facts={"seconds": 1.5})

    assert (published.version.tag, published.change, published.pushed) == ("pets@v1.0.0", "first", False)
    assert git(root, "cat-file", "-t", "pets@v1.0.0") == "tag"
    assert git(root, "rev-parse", "HEAD", "HEAD^") == f"{published.version.commit}\n{git(root, 'rev-parse', 'main^')}"
    assert git(root, "show", "--name-only", "--format=", "HEAD").split() == [
        "data/pets/.gitignore", "data/pets/README.md", "data/pets/croissant.json", "data/pets/distribution.json",
        "data/pets/gates.json", "data/pets/manifest.json",
        "data/pets/metrics.json", "data/pets/plots/labels.json", "data/pets/plots/lengths.json", "data/pets/run.json",
        "data/reviews/pets/.gitkeep", "dvc.lock", "dvc.yaml", "params.yaml",
    ]  # fmt: skip
    assert git(root, "log", "-1", "--format=%B") == (
        "pets v1.0.0: 4 rows, 2 labels\n\n"
        "Labels (train + validation): cat 1 + 1, dog 1 + 1\n"
        "Models: offline/template as template-1 (3 completions)\n"
        "Gates (text-classification): 1 of 1 passed\n"
        "Cost: unknown, 1,200 tokens in, 3,400 tokens out"
    )
    assert git(root, "status", "--porcelain") == ""
    assert find_stale(root) == []

    there = clone(root, tmp_path / "clone")
    assert read_bytes(there / "data" / "pets") == read_bytes(job.folder)
    assert find_stale(there) == []
    (there / "pedigree" / "job.py").write_text("2")
    assert find_stale(there) == ["curate@pets", "measure@pets", "validate@pets"]  # code never makes it pay


@pytest.mark.full
def test_dvc_artifacts_get_finds_the_version(root, tmp_path):
    job = run(root, "pets")
    publish(job)
    Artifacts.get(str(root), "pets", version="v1.0.0", out=str(tmp_path / "got"))
    assert read_bytes(tmp_path / "got") == read_bytes(job.folder)


@pytest.mark.full
def test_the_current_folder_plays_no_part(root, monkeypatch):
    monkeypatch.chdir("/")
    assert publish(run(root, "pets")).version.tag == "pets@v1.0.0"
    assert find_stale(root) == []


@pytest.mark.full  # the last call of the test of crashes, below, is of unchanged content
def test_unchanged_content_makes_no_new_version_and_touches_nothing(root):
    publish(run(root, "pets"), run_facts={"seconds": 1})
    head = git(root, "rev-parse", "HEAD")

    assert publish(run(root, "pets"), run_facts={"seconds": 2}) is None
    assert git(root, "rev-parse", "HEAD") == head
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.full
def test_the_number_says_what_changed(root):
    publish(run(root, "pets"))
    assert publish(run(root, "pets", "two")).version.name == "v1.1.0"
    assert publish(run(root, "pets", "two", tokens_in=7)).version.name == "v1.1.1"
    labels = {"cat": {"train": 2, "validation": 2}}
    assert publish(run(root, "pets", "two", labels=labels)).version.name == "v2.0.0"
    assert dvc.read_at(root, "pets@v1.0.0", "data/pets/train.parquet") == b"train of pets: one"
    assert dvc.read_at(root, "pets@v1.1.0", "data/pets/train.parquet") == b"train of pets: two"


def test_an_edited_recipe_is_published_and_all_else_that_the_user_did_stays_as_it_is(root):
    git(root, "tag", "pets@v1.0.0")  # a lightweight one is no version
    (root / "README").write_text("edited")
    (root / "staged").write_text("staged")
    (root / "untracked").write_text("untracked")
    git(root, "add", "staged")
    (root / "staged").write_text("staged, then edited")
    before = git(root, "status", "--porcelain")
    recipe = root / "recipes" / "pets.yaml"
    recipe.write_text(recipe.read_text().replace("rows: 4", "rows: 6  # two more"))
    git(root, "add", "recipes/pets.yaml")

    assert publish(run(root, "pets", "six")).version.tag == "pets@v1.0.1"
    assert tags(root) == ["pets@v1.0.1"]
    assert "rows: 6  # two more" in git(root, "show", "HEAD:recipes/pets.yaml")
    assert git(root, "status", "--porcelain") == before
    assert git(root, "show", ":staged") == "staged"


@pytest.mark.full
def test_an_unpublished_run_of_another_dataset_stays_unpublished(root, tmp_path):
    run(root, "shops")
    dvc.commit_stages(root, "shops")
    publish(run(root, "pets"))

    assert "shops" not in git(root, "show", "HEAD:dvc.lock") + git(root, "show", "HEAD:params.yaml")
    assert "curate@shops" in (root / "dvc.lock").read_text()
    assert clone(root, tmp_path / "clone").joinpath("data/pets/train.parquet").is_file()
    publish(run(root, "shops"))
    assert git(root, "status", "--porcelain") == ""
    assert find_stale(root) == []


@pytest.mark.full
def test_a_dataset_without_seeds_is_up_to_date_in_a_clone(root, tmp_path):
    recipe = root / "recipes" / "pets.yaml"
    recipe.write_text(recipe.read_text().replace("seeds: data/seeds/pets/seeds.jsonl", "seeds: null"))
    git(root, "rm", "-r", "--quiet", "data/seeds/pets")
    git(root, "commit", "--quiet", "-a", "-m", "no seeds")
    publish(run(root, "pets"))
    assert find_stale(clone(root, tmp_path / "clone")) == []


def test_a_failed_gate_is_not_published(root):
    with pytest.raises(GateError) as error:
        publish(run(root, "pets", passed=False))
    assert str(error.value) == (
        "pets is not published: 1 row of cat; at least 2\n"
        "  expected: every critical gate passed\n"
        "  to do: data/pets/report.html says why; change the recipe and run again"
    )
    assert tags(root) == []


@pytest.mark.parametrize("path", ["prompts/zero-shot.j2", "recipes/pets.yaml"])
def test_an_input_that_was_edited_since_the_run_is_refused(root, path):
    job = run(root, "pets")
    text = (root / path).read_text()
    (root / path).write_text(text.replace("rows: 4", "rows: 5") + "# new\n")
    with pytest.raises(PublishError, match=f"^{path} changed while the run was under way"):
        publish(job)


def test_a_hook_that_refuses_the_commit_is_heard_and_the_next_call_finishes(root):
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho the linter says no >&2\nexit 1\n")
    hook.chmod(0o755)
    job = run(root, "pets")
    with pytest.raises(PublishError, match="the linter says no"):
        publish(job)
    assert tags(root) == []
    hook.unlink()
    assert publish(job).version.tag == "pets@v1.0.0"


def test_data_that_cannot_be_pushed_gets_no_commit_and_no_tag(root, tmp_path, capfd):
    job, head = run(root, "pets"), git(root, "rev-parse", "HEAD")
    remote = tmp_path / "home" / ".local" / "share" / "pedigree" / "dvc"
    (remote / "files").mkdir(parents=True)
    (remote / "files" / "md5").write_text("in the way")
    with pytest.raises(PublishError, match="DVC failed"):
        publish(job)
    assert git(root, "rev-parse", "HEAD") == head
    assert tags(root) == []
    assert capfd.readouterr() == ("", "")


def test_what_does_not_arrive_in_the_remote_gets_no_tag(root, monkeypatch):
    job = run(root, "pets")
    with monkeypatch.context() as patch:
        patch.setattr(Repo, "push", lambda *_, **__: 0)
        with pytest.raises(
            PublishError, match=r"^data/pets/completions.parquet, .*validation.parquet did not arrive in "
        ):
            publish(job)
    assert tags(root) == []  # test_publish_faults.py holds that the next call makes the version


def publish_over(root, name, left):
    job = run(root, "pets")
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(left)
    assert publish(job).version.tag == "pets@v1.0.0"
    assert git(root, "status", "--porcelain") == "" and find_stale(root) == []


def test_a_lock_that_a_killed_command_of_dvc_left_half_written_is_no_obstacle(root):
    publish_over(root, ".dvc/tmp/rwlock", '{"read": {')


@pytest.mark.full
@pytest.mark.parametrize("name", ["dvc.lock", ".dvc/tmp/rwlock"])
@pytest.mark.parametrize(
    "left", ["", "schema: '2.0'\nstages:\n  generate@shops:\n    cmd: x\n    deps:\n    - pa", '{"read": {']
)
def test_a_file_of_dvc_that_a_killed_command_left_half_written_is_no_obstacle(root, name, left):
    publish(run(root, "shops"))
    publish_over(root, name, left)


@pytest.mark.parametrize(
    ("module", "next_step"),
    [
        pytest.param(dvc, "push_data", marks=pytest.mark.full),
        pytest.param(publishing.git, "commit_files", marks=pytest.mark.full),
        (publishing.git, "unstage"),
        pytest.param(publishing.git, "make_tag", marks=pytest.mark.full),
        pytest.param(publishing, "_push", marks=pytest.mark.full),
        pytest.param(publishing.git_remote, "push", marks=pytest.mark.full),
    ],
)
def test_a_crash_before_any_step_is_finished_by_the_next_call(root, tmp_path, monkeypatch, module, next_step):
    git(tmp_path, "clone", "--quiet", "--bare", str(root), "upstream")
    git(root, "remote", "add", "origin", str(tmp_path / "upstream"))
    (root / "staged").write_text("staged")
    git(root, "add", "staged")
    job = run(root, "pets")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, next_step, crash)
        publish(job, push_git=True, run_facts={"call": 1})
    assert not tags(tmp_path / "upstream")

    assert publish(job, push_git=True, run_facts={"call": 2}).version.tag == "pets@v1.0.0"
    assert publish(job, push_git=True, run_facts={"call": 3}) is None
    assert git(root, "log", "--format=%s") == "pets v1.0.0: 4 rows, 2 labels\nstart"
    assert git(root, "status", "--porcelain") == "A  staged"
    assert tags(tmp_path / "upstream") == ["pets@v1.0.0"]
    assert git(tmp_path / "upstream", "rev-parse", "main") == git(root, "rev-parse", "pets@v1.0.0^{commit}")
    assert find_stale(root) == []


def test_another_dvc_command_is_waited_for(root, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "pedigree")
    monkeypatch.setattr("dvc.lock.DEFAULT_TIMEOUT", 0.1)
    with Repo(str(root)) as repo:
        repo.lock.lock()
        release = threading.Timer(0.7, repo.lock.unlock)
        release.start()
        assert publish(run(root, "pets")).version.tag == "pets@v1.0.0"
        release.join()
    assert caplog.messages.count("another DVC command holds the workspace; waiting for it") == 1


def test_another_dvc_command_that_does_not_end_is_an_error(root, monkeypatch):
    monkeypatch.setattr("dvc.lock.DEFAULT_TIMEOUT", 0.1)
    monkeypatch.setattr(dvc, "LOCK_TIMEOUT", 0)
    with Repo(str(root)) as repo, repo.lock, pytest.raises(PublishError, match=r"^another DVC command has held"):
        dvc.push_data(root, "pets")


def test_one_version_is_published_at_a_time(root, caplog):
    caplog.set_level(logging.INFO, "pedigree")
    job = run(root, "pets")
    (root / ".pedigree").mkdir()
    lock = os.open(root / ".pedigree" / "publish.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    thread = threading.Thread(target=publish, args=(job,))
    thread.start()
    deadline = time.monotonic() + 20
    while not any(one.startswith("waiting: another run publishes a version here") for one in caplog.messages):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert tags(root) == []
    os.close(lock)
    thread.join(20)
    assert tags(root) == ["pets@v1.0.0"]
