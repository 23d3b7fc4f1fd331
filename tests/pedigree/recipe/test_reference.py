"""The page of all keys and the JSON Schema are current, and the schema takes what the recipe's own checks take."""

import json
import shutil

import jsonschema
import pytest
from ruamel.yaml import YAML

from pedigree.recipe.reference import PAGE_FILE, SCHEMA_FILE, SECTIONS, format_page, format_schema, make_schema
from pedigree.recipe.scaffold import OWN_SCHEMA_FILE, write_new_recipe
from pedigree.workspace import Workspace
from tests.support.workspaces import RECIPE, REPOSITORY


@pytest.mark.parametrize("name, content", [(PAGE_FILE, format_page()), (SCHEMA_FILE, format_schema())])
def test_what_is_in_docs_is_current(name, content):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == content, "run 'make reference'"


def test_every_key_is_on_the_page_with_its_meaning():
    schema = make_schema()
    assert SECTIONS.keys() == schema["$defs"].keys()
    lines = [line for line in format_page().splitlines() if line.startswith("| `")]
    keys = [key for part in (schema, *schema["$defs"].values()) for key in part["properties"]]
    assert sorted(line.split("`")[1] for line in lines) == sorted(keys)
    assert all(line.split("|")[-2].strip() for line in lines)


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("recipes/*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_recipes_are_valid_and_name_the_schema(path):
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(YAML(typ="safe").load(text), make_schema())
    assert text.startswith(f"# yaml-language-server: $schema=../{SCHEMA_FILE}\n")


@pytest.mark.parametrize("schema", [SCHEMA_FILE, OWN_SCHEMA_FILE], ids=["in the checkout", "elsewhere"])
def test_a_new_recipe_is_valid_and_names_a_schema_that_is_there(tmp_path, schema):
    (tmp_path / "recipes").mkdir()
    if schema == SCHEMA_FILE:
        (tmp_path / "docs").mkdir()
        shutil.copy(REPOSITORY / SCHEMA_FILE, tmp_path / SCHEMA_FILE)
    path, *_ = write_new_recipe(Workspace(tmp_path), "mine", ["a", "b"], "Which one?")
    text = path.read_text(encoding="utf-8")
    named = path.parent / text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert named.resolve() == tmp_path / schema and named.read_text(encoding="utf-8") == format_schema()
    assert (tmp_path / OWN_SCHEMA_FILE).exists() == (schema == OWN_SCHEMA_FILE)
    jsonschema.validate(YAML(typ="safe").load(text), json.loads(named.read_text(encoding="utf-8")))


def test_a_later_recipe_brings_the_copy_of_the_schema_up_to_date(tmp_path):
    (tmp_path / "recipes").mkdir()
    write_new_recipe(Workspace(tmp_path), "mine", ["a", "b"], "Which one?")
    (tmp_path / OWN_SCHEMA_FILE).write_text("{}", encoding="utf-8")
    write_new_recipe(Workspace(tmp_path), "other", ["a", "b"], "Which one?")
    assert (tmp_path / OWN_SCHEMA_FILE).read_text(encoding="utf-8") == format_schema()


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 0},
        {"rows": "many"},
        {"colour": 1},
        {"labels": {"cat": {"share": 2, "means": "x"}, "dog": {"share": 0.5, "means": "x"}}},
        {"generators": []},
        {"generators": [{"strategy": "magic", "model": "x"}]},
        {"screens": {"pii": "maybe"}},
        {"budget": {"usd": -1}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_a_recipe_may_not_hold(change):
    jsonschema.validate(RECIPE, make_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(RECIPE | change, make_schema())
