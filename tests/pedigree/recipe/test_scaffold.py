"""A new recipe can be run as it is: its own checks and gates let it through, however many labels it has."""

import pytest

from pedigree.job import open_job
from pedigree.recipe.scaffold import write_new_recipe
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
