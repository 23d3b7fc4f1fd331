"""A version that is pushed while others push."""

import pytest

from pedigree.errors import PublishError
from pedigree.versions import publishing
from tasks.publish import publish as step
from tests.support.make_publishable import clone, find_stale, git, isolate, make_workspace, read_bytes, run

publish = step.fn


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Return an upstream repository and two workspaces that push to it."""
    isolate(monkeypatch, tmp_path)
    start = make_workspace(tmp_path / "start", "pets", "shops")
    git(tmp_path, "clone", "--quiet", "--bare", str(start), "upstream")
    for name in ("mine", "theirs"):
        git(tmp_path, "clone", "--quiet", "upstream", name)
    return tmp_path / "upstream", tmp_path / "mine", tmp_path / "theirs"


def subjects(root):
    return git(root, "log", "--format=%s", "main").split("\n")


@pytest.mark.full
def test_a_version_goes_onto_what_others_pushed_meanwhile(places, tmp_path):
    upstream, mine, theirs = places
    (theirs / "pedigree" / "job.py").write_text("2")
    git(theirs, "commit", "--quiet", "-a", "-m", "their code")
    publish(run(theirs, "shops"), push_git=True)
    (mine / "README").write_text("edited")
    (mine / "staged").write_text("staged")
    git(mine, "add", "staged")

    published = publish(run(mine, "pets"), push_git=True)
    assert (published.version.tag, published.pushed) == ("pets@v1.0.0", True)
    assert subjects(upstream) == [
        "pets v1.0.0: 4 rows, 2 labels", "shops v1.0.0: 4 rows, 2 labels", "their code", "start",
    ]  # fmt: skip
    assert git(upstream, "rev-parse", "main") == git(mine, "rev-parse", "HEAD") == published.version.commit
    assert git(mine, "status", "--porcelain") == "M README\nA  staged"
    there = clone(upstream, tmp_path / "clone")
    assert find_stale(there) == []
    assert read_bytes(there / "data" / "pets") == read_bytes(mine / "data" / "pets")
    assert (there / "data" / "shops" / "train.parquet").is_file()


@pytest.mark.full
def test_a_number_that_others_took_for_other_content_is_passed_over(places):
    upstream, mine, theirs = places
    publish(run(theirs, "pets", "theirs"), push_git=True)
    published = publish(run(mine, "pets", "mine"), push_git=True)

    assert (published.version.tag, published.change) == ("pets@v1.1.0", "minor")
    assert subjects(upstream)[:2] == ["pets v1.1.0: 4 rows, 2 labels", "pets v1.0.0: 4 rows, 2 labels"]
    assert git(mine, "rev-parse", "pets@v1.0.0^{commit}") == git(upstream, "rev-parse", "main^")
    assert find_stale(mine) == []


@pytest.mark.full
def test_a_number_that_is_taken_on_another_branch_is_passed_over(places):
    upstream, mine, theirs = places
    git(theirs, "switch", "--quiet", "-c", "trial")
    publish(run(theirs, "pets", "theirs"), push_git=True)
    assert publish(run(mine, "pets", "mine"), push_git=True).version.tag == "pets@v1.1.0"
    assert subjects(upstream) == ["pets v1.1.0: 4 rows, 2 labels", "start"]


@pytest.mark.full
def test_what_others_published_already_is_no_new_version(places):
    upstream, mine, theirs = places
    publish(run(theirs, "pets"), push_git=True)
    assert publish(run(mine, "pets"), push_git=True) is None
    assert git(mine, "rev-parse", "HEAD") == git(upstream, "rev-parse", "main")
    assert git(mine, "status", "--porcelain") == ""
    assert git(mine, "rev-parse", "pets@v1.0.0") == git(upstream, "rev-parse", "pets@v1.0.0")


def test_an_input_that_others_changed_is_not_overwritten(places):
    upstream, mine, theirs = places
    (theirs / "prompts" / "zero-shot.j2").write_text("other words")
    git(theirs, "commit", "--quiet", "-a", "-m", "other words")
    git(theirs, "push", "--quiet")
    with pytest.raises(PublishError, match=r"^upstream changed what pets@v1.0.0 was made from: prompts/zero-shot.j2"):
        publish(run(mine, "pets"), push_git=True)
    assert subjects(upstream) == ["other words", "start"]


@pytest.mark.full
def test_commits_of_the_user_are_pushed_along_but_never_rewritten(places):
    upstream, mine, theirs = places
    git(mine, "commit", "--quiet", "--allow-empty", "-m", "mine")
    publish(run(mine, "pets"), push_git=True)
    assert subjects(upstream) == ["pets v1.0.0: 4 rows, 2 labels", "mine", "start"]

    git(theirs, "pull", "--quiet")
    git(theirs, "commit", "--quiet", "--allow-empty", "-m", "theirs")
    git(theirs, "push", "--quiet")
    git(mine, "commit", "--quiet", "--allow-empty", "-m", "mine again")
    with pytest.raises(PublishError, match="the branch holds commits of yours that it lacks"):
        publish(run(mine, "pets", "two"), push_git=True)
    git(mine, "pull", "--quiet", "--rebase")
    assert publish(run(mine, "pets", "two"), push_git=True).version.tag == "pets@v1.1.0"


@pytest.mark.full
def test_edits_in_the_way_of_others_changes_are_not_overwritten(places):
    _, mine, theirs = places
    (theirs / "README").write_text("their words")
    git(theirs, "commit", "--quiet", "-a", "-m", "their words")
    git(theirs, "push", "--quiet")
    (mine / "README").write_text("my words")
    with pytest.raises(PublishError, match=r"your own edits are in the way: .*README"):
        publish(run(mine, "pets"), push_git=True)
    assert (mine / "README").read_text() == "my words"
    git(mine, "checkout", "--quiet", "README")
    assert publish(run(mine, "pets"), push_git=True).version.tag == "pets@v1.0.0"


@pytest.mark.full
def test_an_untracked_file_in_the_way_of_others_is_not_overwritten(places):
    _, mine, theirs = places
    (theirs / "NEWS").write_text("theirs")
    git(theirs, "add", "NEWS")
    git(theirs, "commit", "--quiet", "-m", "news")
    git(theirs, "push", "--quiet")
    (mine / "NEWS").write_text("mine")
    with pytest.raises(PublishError, match=r"your own edits are in the way: .*NEWS"):
        publish(run(mine, "pets"), push_git=True)
    assert (mine / "NEWS").read_text() == "mine"
    (mine / "NEWS").unlink()
    assert publish(run(mine, "pets"), push_git=True).version.tag == "pets@v1.0.0"


def test_a_remote_that_refuses_is_heard_and_the_next_call_pushes(places):
    upstream, mine, _ = places
    hook = upstream / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho closed for today\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PublishError, match="closed for today"):
        publish(run(mine, "pets"), push_git=True)
    assert subjects(upstream) == ["start"]
    hook.unlink()
    published = publish(run(mine, "pets"), push_git=True)
    assert (published.version.tag, published.change, published.pushed) == ("pets@v1.0.0", None, True)


@pytest.mark.full
def test_versions_that_were_kept_here_are_pushed_with_the_next(places):
    upstream, mine, _ = places
    publish(run(mine, "pets"))
    publish(run(mine, "pets", "two"), push_git=True)
    assert git(upstream, "tag").split() == ["pets@v1.0.0", "pets@v1.1.0"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("module", "step", "call"),
    [
        (publishing.git, "delete_tag", 1),
        (publishing.git_remote, "fetch", 2),
        (publishing.git, "commit_onto", 1),
        (publishing.git, "point_branch", 1),
        (publishing.dvc, "commit_stages", 2),
        (publishing.git, "make_tag", 2),
        (publishing.git_remote, "push", 1),
    ],
)
def test_a_crash_while_going_onto_upstream_is_finished_by_the_next_call(places, monkeypatch, module, step, call):
    upstream, mine, theirs = places
    publish(run(theirs, "shops"), push_git=True)
    calls, work = [], getattr(module, step)

    def crash(*arguments):
        calls.append(step)
        if len(calls) == call:
            raise KeyboardInterrupt
        return work(*arguments)

    job = run(mine, "pets")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, step, crash)
        publish(job, push_git=True)
    assert "pets@v1.0.0" not in git(upstream, "tag")

    assert publish(job, push_git=True).version.tag == "pets@v1.0.0"
    assert subjects(upstream) == ["pets v1.0.0: 4 rows, 2 labels", "shops v1.0.0: 4 rows, 2 labels", "start"]
    assert git(mine, "rev-parse", "HEAD") == git(upstream, "rev-parse", "main")
    assert git(mine, "status", "--porcelain") == ""
    assert find_stale(mine, "pets") == []


@pytest.mark.full
def test_after_five_moves_it_gives_up(places, monkeypatch):
    _, mine, theirs = places
    push = publishing.git_remote.push

    def push_too_late(*arguments):
        git(theirs, "commit", "--quiet", "--allow-empty", "-m", "faster")
        git(theirs, "push", "--quiet")
        push(*arguments)

    monkeypatch.setattr(publishing.git_remote, "push", push_too_late)
    with pytest.raises(PublishError, match=r"^origin moved 5 times while pets@v1.0.0 was being pushed"):
        publish(run(mine, "pets"), push_git=True)
    monkeypatch.undo()
