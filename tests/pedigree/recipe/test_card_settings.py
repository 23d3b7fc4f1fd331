"""Terms: what the recipe's section card may say."""

import pytest
from pydantic import ValidationError

from pedigree.errors import RecipeError
from pedigree.recipe.card_settings import LICENSES, CardSettings
from pedigree.recipe.yaml_file import load_recipe
from tests.support.workspaces import REPOSITORY, make_workspace


def test_a_recipe_without_a_card_says_that_the_licence_is_unknown(tmp_path):
    recipe = load_recipe(make_workspace(tmp_path).recipe_path("pets"))
    assert recipe.card == CardSettings()
    assert (recipe.card.license, recipe.card.license_url) == ("unknown", None)


def test_a_licence_has_its_place():
    assert CardSettings(license="cc0-1.0").license_url == "https://spdx.org/licenses/CC0-1.0.html"
    assert (
        CardSettings(license="other", license_name="Ours", license_link="https://a.example/l").license_url
        == "https://a.example/l"
    )
    assert CardSettings(license="other", license_name="Ours").license_url is None
    assert all(license == license.lower() for license in LICENSES)


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ({"license": "Apache 2.0"}, "'Apache 2.0' is no licence id .*: such as apache-2.0"),
        ({"license": "CC-BY-4.0"}, "such as cc-by-4.0"),
        ({"license": "???"}, "apache-2.0, cc-by-4.0, cc0-1.0, mit, ..."),
        ({"license": "other"}, "license_name goes with license: other"),
        ({"license_name": "Ours"}, "license_name goes with license: other"),
        ({"license": "mit", "license_link": "https://a.example"}, "license_link goes with license: other"),
        ({"license": "other", "license_name": "x", "license_link": "javascript:alert(1)"}, "is no address"),
        ({"license": "other", "license_name": "x", "license_link": "https://a.example/ x"}, "is no address"),
        ({"limits": "one"}, "should be a valid list"),
        ({"titel": "x"}, "Extra inputs"),
    ],
)
def test_what_is_no_card_is_refused(card, says):
    with pytest.raises(ValidationError, match=says):
        CardSettings(**card)


def test_a_wrong_card_names_its_line(tmp_path):
    workspace = make_workspace(tmp_path, card={"license": "gplv3"})
    with pytest.raises(RecipeError, match=r"pets\.yaml, line \d+: card.license: 'gplv3' is no licence id"):
        load_recipe(workspace.recipe_path("pets"))
    assert load_recipe(REPOSITORY / "recipes/support-tickets.yaml").card.license == "apache-2.0"
