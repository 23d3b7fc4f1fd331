"""A dataset's places in the files that all datasets share."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pedigree.errors import WorkspaceError
from pedigree.recipe.yaml_file import TRACKED_KEYS
from pedigree.system.dvc_files import add_artifact, add_dataset, stage_names, take_stages

REPOSITORY = Path(__file__).parents[3]
PARAMS = """\
# The datasets
datasets:
  - apes  # the first
  - dogs  # the second
other: {kept: yes}
"""


def test_a_dataset_goes_to_its_place_and_comments_stay():
    assert add_dataset(PARAMS, "cats") == PARAMS.replace("  - dogs", "  - cats\n  - dogs")
    assert add_dataset(PARAMS, "dogs") == PARAMS
    assert add_dataset("", "cats") == "datasets:\n  - cats\n"


def test_the_shipped_params_name_no_dataset():
    text = (REPOSITORY / "params.yaml").read_text()
    assert YAML(typ="safe").load(text) == {"datasets": []}
    assert add_dataset(text, "cats") == text.replace(" []", "\n  - cats")


def test_an_artifact_is_added_and_the_shipped_pipeline_stays_as_it_is_written():
    text = (REPOSITORY / "dvc.yaml").read_text()
    once = add_artifact(text, "dogs")
    assert once == text + "artifacts:\n  dogs:\n    path: data/dogs\n    type: dataset\n"
    assert add_artifact(once, "dogs") == once
    assert add_artifact(once, "cats").replace("  cats:\n    path: data/cats\n    type: dataset\n", "") == once


def test_the_stages_of_the_shipped_pipeline():
    stages = YAML(typ="safe").load((REPOSITORY / "dvc.yaml").read_text())["stages"]
    assert [f"{name}@cats" for name in stages] == stage_names("cats")
    for name, stage in stages.items():
        (keys,) = stage["do"]["params"][0].values()
        assert set(keys or ()) <= set(TRACKED_KEYS)
        code = [path for path in stage["do"]["deps"] if path.startswith("pedigree/")]
        assert bool(code) == (name != "generate")


def test_a_lock_takes_in_the_datasets_own_stages_alone():
    lock = "schema: '2.0'\nstages:\n  curate@dogs:\n    cmd: old\n  curate@cats:\n    cmd: old\n"
    own = "schema: '2.0'\nstages:\n  curate@dogs:\n    cmd: new\n  curate@cats:\n    cmd: new\n"
    assert take_stages(lock, own, "cats") == lock.replace("cats:\n    cmd: old", "cats:\n    cmd: new")
    assert take_stages("", own, "cats") == "schema: '2.0'\nstages:\n  curate@cats:\n    cmd: new\n"


def test_a_lock_that_says_the_same_keeps_its_bytes():
    own = "# mine\nschema: '2.0'\nstages:\n  curate@cats: {cmd: new}\n"
    assert take_stages("", own, "cats") == own


def test_files_that_are_broken_are_named():
    with pytest.raises(WorkspaceError, match=r"^params.yaml: datasets is 'cats'"):
        add_dataset("datasets: cats", "dogs")
    with pytest.raises(WorkspaceError, match=r"^dvc.yaml: not valid YAML"):
        add_artifact("a: [", "dogs")
    with pytest.raises(WorkspaceError, match=r"^dvc.lock: not valid YAML"):
        take_stages("<<<<<<< HEAD\na: b", "", "dogs")
