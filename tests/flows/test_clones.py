"""Several clones on one Prefect server: each run works in the clone that serves it, or whose worker takes it."""

from contextlib import ExitStack

import pytest

from pedigree.recipe.yaml_file import set_keys
from pedigree.versions.versions import list_versions
from tests.support.make_published import NAME, SMALL
from tests.support.pedigree_serve import Served
from tests.support.prefect_workers import Pool
from tests.support.repository import settle

pytestmark = pytest.mark.full


@pytest.fixture
def clones(tmp_path):
    """A workspace and its clone, which has a commit and an edit of its own."""
    first = settle(tmp_path / "work")
    set_keys(first.root / f"recipes/{NAME}.yaml", SMALL)
    first.git("commit", "-qam", "a smaller recipe")
    second = first.clone(tmp_path / "second")
    (second.root / "README.md").write_text("of the second\n")
    second.git("add", "README.md")
    second.git("commit", "-qm", "of the second")
    edited = second.root / "params.yaml"
    edited.write_text(edited.read_text() + "# an edit that is not committed\n")
    return first, second


def is_intact(second, commit):
    """Return whether the second clone still has its own commit and edit."""
    second.git("merge-base", "--is-ancestor", commit, "HEAD")  # raises if it is not
    return "an edit that is not committed" in (second.root / "params.yaml").read_text()


def test_two_clones_serve_one_after_the_other_and_at_once(clones):
    first, second = clones
    commit = second.git("rev-parse", "HEAD")
    with ExitStack() as stack:
        with Served(first):
            pass
        served = stack.enter_context(Served(second))
        names = [one["name"] for one in served.ask("/deployments/filter", {"limit": 50})]
        [own] = [name for name in names if name.startswith("synthesize-second-")]
        assert f"synthesize/{own}" in served.said
        run = served.await_run(served.start(f"synthesize/{own}", dataset=NAME, rows=80))
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        assert list_versions(second.root, NAME) and not list_versions(first.root, NAME)
        assert is_intact(second, commit)

        stack.enter_context(Served(first, PREFECT_API_URL=f"{served.ui}/api"))
        run = served.await_run(served.start("synthesize/synthesize", dataset=NAME, rows=80))
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        assert len(list_versions(first.root, NAME)) == len(list_versions(second.root, NAME)) == 1
        assert is_intact(second, commit)


def test_a_worker_runs_in_its_own_clone_though_another_one_deployed(clones, tmp_path):
    deployer, second = clones
    commit = second.git("rev-parse", "HEAD")
    with Pool(tmp_path) as pool:
        pool.prefect("deploy", "--all")
        deployer.root.rename(tmp_path / "hidden")
        pool.root = second.root
        pool.add_worker()
        [run] = pool.await_runs([pool.start_run("synthesize/synthesize", dataset=NAME, rows=80)], 240)
        assert run["state_type"] == "COMPLETED", run["state"]["message"] + pool.read_log(run["id"])
    assert list_versions(second.root, NAME) and not list_versions(tmp_path / "hidden", NAME)
    assert is_intact(second, commit)
