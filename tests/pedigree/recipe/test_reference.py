"""The page of all keys and the JSON Schema are current, and the schema takes what the recipe's own checks take."""

import json
import shutil
from typing import Annotated

import jsonschema
import pytest
from pydantic import BaseModel, TypeAdapter
from ruamel.yaml import YAML

from pedigree.recipe.key_examples import EXAMPLES, list_examples
from pedigree.recipe.reference import PAGE_FILE, SCHEMA_FILE, SECTIONS, format_page, format_schema, make_schema
from pedigree.recipe.scaffold import OWN_SCHEMA_FILE, write_new_recipe
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace
from tests.support.workspaces import RECIPE, REPOSITORY


@pytest.fixture(scope="module")
def validator():
    """What checks a recipe by the schema, which is itself a valid one."""
    schema = make_schema()
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@pytest.mark.parametrize("name, content", [(PAGE_FILE, format_page()), (SCHEMA_FILE, format_schema())])
def test_what_is_in_docs_is_current(name, content):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == content, "run 'make reference'"


def test_every_key_is_on_the_page_with_its_meaning():
    schema = make_schema()
    assert SECTIONS.keys() == schema["$defs"].keys()
    lines = [line for line in format_page().splitlines() if line.startswith("| `")]
    keys = [key for part in (schema, *schema["$defs"].values()) for key in part["properties"]]
    assert sorted(line.split("`")[1] for line in lines) == sorted(keys)
    assert all(cell.strip() for line in lines for cell in line.split("|")[-3:-1])


def find_models(model=Recipe):
    """Return the parts of a recipe by name: the classes that its keys name, at any depth."""
    names = {model.__name__: model}
    for field in model.model_fields.values():
        stack = [field.annotation]
        while stack:
            one = stack.pop()
            stack += getattr(one, "__args__", ())
            if isinstance(one, type) and issubclass(one, BaseModel) and one.__name__ not in names:
                names |= find_models(one)
    return names


@pytest.mark.parametrize(
    "name, model", find_models().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_key_has_an_example_that_is_a_value_of_it(name, model):
    examples = list_examples(name)
    fields = {field.alias or key: field for key, field in model.model_fields.items()}
    assert list(examples) and examples.keys() == fields.keys()
    for key, line in examples.items():
        field, (found, value), *_ = (fields[key], *YAML(typ="safe").load(line).items())
        assert found == key
        kind = field.annotation if field.alias else Annotated[field.annotation, field]  # an alias is of the model
        TypeAdapter(kind).validate_python(value)


def test_there_is_no_example_of_what_is_no_part_of_a_recipe():
    assert EXAMPLES.keys() == find_models().keys()


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
def test_the_schema_refuses_what_a_recipe_may_not_hold(validator, change):
    validator.validate(RECIPE)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(RECIPE | change)
