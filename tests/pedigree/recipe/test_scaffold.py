"""A new recipe can be run as it is: its own checks and gates let it through, however many labels it has."""

import pytest

from pedigree.errors import CommandError
from pedigree.job import open_job
from pedigree.recipe.scaffold import write_new_recipe
from pedigree.recipe.yaml_file import load_recipe
from tasks.check import check_start
from tests.support.workspaces import make_workspace


@pytest.mark.parametrize("labels", [2, 3, 7, 11, 25, 60])
def test_a_new_recipe_passes_the_checks_before_a_run(tmp_path, labels):
    workspace = make_workspace(tmp_path)
    write_new_recipe(workspace, "many", [f"kind {n}" for n in range(labels)], "Which kind?")
    job = open_job(workspace, "many")
    check_start(job)
    assert min(job.recipe.targets.values()) >= 20 and job.recipe.rows == max(200, 20 * labels)
    assert job.recipe.budget.calls >= job.recipe.rows


def test_a_recipe_of_rows_with_several_labels_has_one_and_a_half_a_row(tmp_path):
    workspace = make_workspace(tmp_path)
    write_new_recipe(workspace, "several", ["a", "b", "c", "d"], "Which?", 3)
    recipe = load_recipe(workspace.recipe_path("several"))
    assert (recipe.labels_per_row.min, recipe.labels_per_row.max) == (1, 3)
    assert {name: label.share for name, label in recipe.single_labels.items()} == dict.fromkeys("abcd", 0.375)
    for wrong in (-1, 0, 1, 5):
        with pytest.raises(CommandError, match=f"--labels-per-row {wrong}"):
            write_new_recipe(workspace, "wrong", ["a", "b", "c", "d"], "Which?", wrong)
