"""Predictions of a dataset of a study are numbered as the true labels of its task are, whatever order a recipe has."""

import json

from ruamel.yaml import YAML

from pedigree.job import build_job
from pedigree.recipe.yaml_file import load_recipe
from pedigree.studies.training import People
from tests.support.make_study import make_study


def test_labels_have_one_order_in_a_task_and_in_its_datasets(tmp_path):
    workspace, file = make_study(tmp_path)
    task = file.study.tasks[0]
    path = workspace.recipe_path("pets")
    recipe = load_recipe(path)
    turned = load_recipe(_turn(path))
    one, other = (People(build_job(workspace, this), task) for this in (recipe, turned))
    assert list(turned.labels) == list(recipe.labels)[::-1]
    assert one.labels == other.labels == sorted(recipe.labels)


def _turn(path):
    """Write the recipe's labels in the opposite order, and return its path."""
    text = YAML(typ="safe").load(path.read_text())
    text["labels"] = dict(list(text["labels"].items())[::-1])
    path.write_text(json.dumps(text))
    return path
