"""A run that chooses by coverage and is killed ends, made again, with the rows of one that was not killed."""

import os
import signal

import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tasks import balance
from tests.support.killable_processes import Counter, Process, make, read_job_outputs, settle


def settle_small(root, url):
    settle(root, url, rows_per_call=2)
    set_keys(root / "recipes/pets.yaml", {"rows": 30, "selection": "coverage"})
    return root


def make_and_die_when_choosing(root):
    """Generate, and die (SIGKILL) in curation as soon as the first rows are chosen, before a table is written."""

    choose = balance.choose_rows

    def choose_and_die(*arguments):
        choose(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    stages.generate(Workspace(root), "pets")
    balance.choose_rows = choose_and_die
    stages.curate(Workspace(root), "pets")


@pytest.fixture(scope="module")
def endpoint():
    with Counter() as served:
        yield served


@pytest.fixture(scope="module")
def whole(endpoint, tmp_path_factory):
    """The content of an uninterrupted run."""
    root = settle_small(tmp_path_factory.mktemp("whole") / "w", endpoint.url)
    run = Process(make, root, root=root)
    assert run.wait() == 0, run.said
    rejects = read_table(Workspace(root).table("pets", "rejects"))
    assert rejects.filter(reason="surplus").height > 0  # so there was something to choose
    return read_job_outputs(root)


@pytest.mark.full
@pytest.mark.parametrize("moment", ["asking", "choosing"])
def test_a_killed_run_chooses_the_same_rows(moment, endpoint, whole, tmp_path):
    root = settle_small(tmp_path / "w", endpoint.url)
    if moment == "asking":
        endpoint.hold(4)
    run = Process(make if moment == "asking" else make_and_die_when_choosing, root, root=root)
    if moment == "asking":
        assert endpoint.held.wait(60)
        run.kill()
        endpoint.release()
    assert run.wait() == -signal.SIGKILL
    assert not Workspace(root).table("pets", "train").exists()
    again = Process(make, root, root=root)
    assert again.wait() == 0, again.said
    assert read_job_outputs(root) == whole
