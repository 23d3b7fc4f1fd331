"""Published versions of a small dataset, made offline by the steps themselves, in a repository of its own."""

from contextlib import chdir
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copytree

from rich.console import Console

from flows import stages
from pedigree.dataset.run_record import collect_run_facts
from pedigree.job import open_job
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tasks.publish import publish
from tests.support.once import make_once
from tests.support.repository import Household, settle

NAME = "support-tickets"
SMALL = {
    "rows": 60,
    "gates.class_floor": 1,
    "gates.label_distance": 0.05,
    "evaluate.repeats": 1,
    **{f"generators.{place}.rows_per_call": 3 for place in range(3)},
}
_shared: list[Household] = []


def share_small(tmp_path_factory) -> Household:
    """Return one workspace for all tests of this worker that leave it as it is.

    It holds v1.0.0 of 60 rows, v1.0.1 of the same rows, and a later commit about something else.
    """
    if not _shared:
        made = make_once(tmp_path_factory, "two-versions", partial(_publish_two, tmp_path_factory))
        root = tmp_path_factory.mktemp("published") / "work"
        (root.parent / "remote").symlink_to(made / "remote")  # only read
        _shared.append(Household(copytree(made / "work", root)))
    return _shared[0]


def copy_small(tmp_path_factory, root: Path, versions: int = 1) -> Household:
    """Return a workspace to change, with a DVC remote of its own beside it, that holds v1.0.0, or both versions."""
    if versions == 2:
        made = make_once(tmp_path_factory, "two-versions", partial(_publish_two, tmp_path_factory))
    else:
        made = make_once(tmp_path_factory, "one-version", lambda folder: publish_small(folder / "work"))
    copytree(made / "remote", root.parent / "remote", symlinks=True)
    house = Household(copytree(made / "work", root))
    house.set_remote(root.parent / "remote")
    house.git("commit", "-qam", "a remote of our own")
    return house


def _publish_two(tmp_path_factory, folder: Path) -> None:
    house = copy_small(tmp_path_factory, folder / "work")
    assert publish_again(house, **{"gates.read_distance": 0.9}) == f"{NAME}@v1.0.1"
    (house.root / "NOTES").write_text("something else\n")
    house.git("add", "NOTES")
    house.git("commit", "-qm", "notes")


def publish_small(root: Path) -> Household:
    """Return a workspace with version 1.0.0 of 60 rows."""
    house = settle(root)
    set_keys(root / f"recipes/{NAME}.yaml", SMALL)
    house.git("commit", "-qam", "a smaller recipe")
    publish_again(house)
    return house


def publish_again(house: Household, **changes) -> str:
    """Change the recipe, run all steps, publish, and return the tag."""
    workspace, started = Workspace(house.root), datetime.now(UTC)
    if changes:
        set_keys(workspace.recipe_path(NAME), changes)
    with chdir(house.root):
        stages.generate(workspace, NAME)
        stages.curate(workspace, NAME)
        stages.validate(workspace, NAME, Console(quiet=True))
        stages.measure(workspace, NAME)
        facts = collect_run_facts(started, None, {"calls": 0, "tokens": 0, "usd": 0.0}, "full")
        return publish.fn(open_job(workspace, NAME), run_facts=facts).version.tag
