"""A version whose rows were chosen by coverage verifies, and a larger one keeps its rows."""

import pytest

from pedigree.dataset.schemas import read_table
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.versions.growth import note_growth
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.make_published import NAME, copy_small, publish_again


def read_table_of(workspace, name):
    return read_table(workspace.table(NAME, name))


def read_rows(workspace):
    names = ("train", "validation")
    return {id: name for name in names for id in read_table_of(workspace, name)["row_id"]}


@pytest.mark.full
def test_a_version_chosen_by_coverage_verifies_and_grows(tmp_path_factory, tmp_path):
    house = copy_small(tmp_path_factory, tmp_path / "work")
    workspace = Workspace(house.root)
    by_arrival = read_rows(workspace)
    tag = publish_again(house, selection="coverage")
    chosen = read_rows(workspace)
    surplus = read_table_of(workspace, "rejects").filter(reason="surplus")
    assert len(chosen) == len(by_arrival) == 60 and {*chosen} != {*by_arrival}
    assert surplus.height and surplus["detail"].str.contains(r"chosen by coverage \(TF-IDF\)").all()
    assert verify.fn(workspace, NAME).version == tag

    set_keys(workspace.recipe_path(NAME), {"rows": 80})
    assert note_growth(workspace, NAME).rounds == read_table_of(workspace, "prompts")["round"].max()
    publish_again(house)
    grown = read_rows(workspace)
    assert len(grown) == 80 and chosen.items() <= grown.items()
    assert load_recipe(workspace.recipe_path(NAME)).grown_from[-1].rounds
    assert verify.fn(workspace, NAME).rows == 80
