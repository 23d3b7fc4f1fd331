"""A published version of a small dataset that two judges judged, offline: one marks rows, one rejects them."""

from pathlib import Path
from shutil import copytree

from pedigree.recipe.yaml_file import set_keys
from tests.support.make_published import NAME, SMALL, publish_again
from tests.support.once import make_once
from tests.support.repository import Household, settle

ASKED = {"model": "offline/template", "endpoint": "judges", "rows_per_call": 4}
JUDGES = [
    {
        **{**ASKED, "name": "second-look", "question": "relabel", "votes": 3, "on_disagreement": "keep"},
        **{"calibrate": 24, "parameters": {"faults": {"wrong_verdict": 0.2}}},
    },
    {
        **{**ASKED, "name": "strict", "question": "fits", "on_disagreement": "reject"},
        **{"calibrate": 16, "parameters": {"faults": {"wrong_verdict": 0.2}}},
    },
]


def share_judged(tmp_path_factory) -> Household:
    """Return a workspace, for tests that leave it as it is, with v1.0.0 of 60 rows and the judges' verdicts on them."""
    made = make_once(tmp_path_factory, "judged", _publish)
    root = tmp_path_factory.mktemp("judged") / "work"
    (root.parent / "remote").symlink_to(made / "remote")  # only read
    return Household(copytree(made / "work", root))


def _publish(folder: Path) -> None:
    house = settle(folder / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", {**SMALL, "judges": JUDGES, "held_out": None, "rows": 32})
    house.git("commit", "-qam", "a smaller recipe with judges")
    publish_again(house)
