"""Publishing is a transaction: after a kill at any step every tag can be pulled; the next run gives one version."""

import random
from itertools import count

import pytest
from dvc.repo import Repo

from pedigree.dataset.schemas import SORT
from pedigree.job import open_job
from pedigree.versions.versions import list_versions
from pedigree.workspace import Workspace
from tasks.publish import publish as step
from tests.support.killable_processes import Process, publish_and_die
from tests.support.make_publishable import find_stale, git, isolate, make_workspace, run

STEPS = ("commit_stages", "push_data", "commit", "reset", "tag", "push")
BETWEEN = ("shops v1.0.0: 4 rows, 2 labels", "their code")
ROWS = {"pets@v1.0.0": "one", "pets@v1.1.0": "two"}


class Place:
    """A workspace with v1.0.0 published and v1.1.0 to publish, its upstream, and what its user has staged."""

    def __init__(self, folder, environment):
        self._environment = environment
        self.root, self.upstream = make_workspace(folder / "workspace", "pets", "shops"), folder / "upstream"
        git(folder, "clone", "--quiet", "--bare", str(self.root), "upstream")
        git(self.root, "remote", "add", "origin", str(self.upstream))
        step.fn(run(self.root, "pets"), push_git=True)
        (self.root / "staged").write_text("staged")
        git(self.root, "add", "staged")
        run(self.root, "pets", "two")
        self._folder, self._number = folder, count()

    def start(self, *last_step):
        """Publish in a process of its own that dies after a step."""
        work = publish_and_die, self.root, "pets", *last_step
        return Process(*work, root=self.root, environment=self._environment)

    def move_upstream(self):
        """Let somebody else publish another dataset, after a change of code."""
        theirs = self._folder / "theirs"
        git(self._folder, "clone", "--quiet", str(self.upstream), "theirs")
        (theirs / "pedigree" / "job.py").write_text("2")
        git(theirs, "commit", "--quiet", "-a", "-m", "their code")
        step.fn(run(theirs, "shops"), push_git=True)

    def check_consumers(self):
        """Pull every tag that is to be had, as somebody else would."""
        for repository in (self.root, self.upstream):
            there = self._folder / f"consumer{next(self._number)}"
            git(self._folder, "clone", "--quiet", str(repository), there.name)
            for tag in git(there, "tag").split():
                git(there, "checkout", "--quiet", tag)
                with Repo(str(there)) as repo:
                    repo.pull()
                name, rows = tag.split("@")[0], ROWS.get(tag, "one")
                assert (there / f"data/{name}/train.parquet").read_text() == f"train of {name}: {rows}"

    def finish(self, *between):
        """Publish again: one complete version, here and upstream."""
        step.fn(open_job(Workspace(self.root), "pets"), push_git=True)
        assert [version.tag for version in list_versions(self.root, "pets")] == sorted(ROWS)
        mine = [f"pets {name}: 4 rows, 2 labels" for name in ("v1.1.0", "v1.0.0")]
        assert git(self.root, "log", "--format=%s").split("\n") == [mine[0], *between, mine[1], "start"]
        commit = git(self.root, "rev-parse", "pets@v1.1.0^{commit}")
        assert commit == git(self.root, "rev-parse", "HEAD") == git(self.upstream, "rev-parse", "main")
        assert git(self.root, "status", "--porcelain") == "A  staged"
        assert find_stale(self.root, "pets") == []
        self.check_consumers()


@pytest.fixture
def place(tmp_path, monkeypatch):
    return Place(tmp_path, isolate(monkeypatch, tmp_path))


@pytest.mark.full  # test_publish.py holds that the next call finishes what ended after its commit
@pytest.mark.parametrize("last", STEPS)
def test_killed_after_a_step(place, last):
    assert place.start(last, 1).wait() == -9
    place.check_consumers()
    place.finish()


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, 60))
def test_killed_after_any_command(place, number):
    if place.start("any", number).wait() == 0:
        pytest.skip(f"publishing takes fewer than {number} commands: there is none to be killed after")
    place.check_consumers()
    place.finish()


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, 100))
def test_killed_after_any_command_while_upstream_has_moved(place, number):
    place.move_upstream()
    if place.start("any", number).wait() == 0:
        pytest.skip(f"publishing takes fewer than {number} commands: there is none to be killed after")
    place.check_consumers()
    place.finish(*BETWEEN)


@pytest.mark.parametrize("number", [pytest.param(one, marks=pytest.mark.full) for one in (1, 2)])
def test_killed_after_recording_the_stages_while_upstream_has_moved(place, number):
    place.move_upstream()
    assert place.start("commit_stages", number).wait() == -9
    place.check_consumers()
    place.finish(*BETWEEN)


MOMENTS = sorted(random.Random(3).randrange(700) for _ in range(40))


@pytest.mark.parametrize("after", [pytest.param(ms, marks=pytest.mark.full) for ms in MOMENTS])
def test_killed_at_a_random_moment(place, after):
    place.start("time", after).wait()
    place.check_consumers()
    if not all((place.root / f"data/pets/{name}.parquet").exists() for name in SORT):
        run(place.root, "pets", "two")  # DVC died while it put a file into its cache; a run writes its tables anew
    place.finish()
