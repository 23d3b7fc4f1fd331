"""What a recipe gets wrong is told in plain words, each mistake with its own remedy, in the order of the lines."""

import re

import pytest
from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from pedigree.errors import RecipeError, list_parts
from pedigree.recipe.mistakes import describe_mistakes
from pedigree.recipe.reference import SECTIONS, make_schema
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe
from pedigree.value_mistakes import FORMS, OTHER, describe_found, word_first_mistake
from tests.support.workspaces import RECIPE

# Words of pydantic, of Python and of JSON Schema.
LIBRARY = re.compile(
    r"Input|validation error|should (?:be|have|match)|pattern|dictionary|\bstr\b|\bdict\b|\bint\b|\bbool\b|\bfloat\b|"
    r"literal|_parsing|_type\b|Field required|forbidden|instance|constrained|function-|list\[|union\[|\bNone\b|"
    r"unable to parse"
)
BAD = [None, "", "x" * 300, -7, 10**12, ["x", 7], {"x": -7}]
SIMPLE = {key: value for key, value in RECIPE.items() if key != "generators"}
AT = {  # definition of the schema -> how a recipe holds one, from its keys
    "Label": lambda part: {"labels": {"cat": part, "dog": {"share": 0.5, "means": "a dog"}}},
    "TypedField": lambda part: {"fields": {"text": part}},
    "SlotSettings": lambda part: {"slots": {"month": part}},
    "Scenario": lambda part: {"scenarios": [part]},
    "Generator": lambda part: {"generators": [part]},
    "Judge": lambda part: {"judges": [part]},
    "Limits": lambda part: {"generators": [{"model": "offline/template", "limits": part}]},
    "Prices": lambda part: {"generators": [{"model": "offline/template", "prices": part}]},
    "Replay": lambda part: {"generators": [{"model": "offline/template", "replay": part}]},
    "KnowledgeSettings": lambda part: {"generators": [{"model": "offline/template", "knowledge": part}]},
    "FailureSettings": lambda part: {"generators": [{"model": "offline/template", "failures": part}]},
    "SemanticDuplicates": lambda part: {"screens": {"semantic_duplicate": part}},
    "DiversityScorer": lambda part: {"evaluate": {"diversity": part}},
    "Base": lambda part: {"grown_from": [part]},
}


def hold(part, values):
    """Return keys of a recipe that hold a part of it with some values."""
    made = AT.get(part, lambda values: {SECTIONS[part].strip("`").split(" ")[0]: values})
    return made(values)


def refuse(tmp_path, changes):
    """Return what is told of a recipe with these keys: for each part what was found, expected, and what to do."""
    try:
        Recipe.model_validate({**RECIPE, **changes})
    except ValidationError as error:
        told = describe_mistakes(error, CommentedMap({**RECIPE, **changes}), tmp_path / "pets.yaml")
        return [(one.found, one.expected, one.hint) for one in list_parts(told)]
    return []


def test_no_wrong_value_of_any_key_is_told_in_words_of_a_library(tmp_path):
    schema, count, silent = make_schema(), 0, set()
    keys = [(None, key) for key in schema["properties"]]
    keys += [(part, key) for part in schema["$defs"] if part in SECTIONS for key in schema["$defs"][part]["properties"]]
    for part, key in keys:
        mistakes = []
        for value in BAD:
            mistakes += refuse(tmp_path, {key: value} if part is None else hold(part, {key: value}))
        for found, expected, hint in mistakes:
            told = f"{found}\n{expected or ''}\n{hint or ''}".replace(", ".join(sorted(schema["properties"])), "")
            assert not LIBRARY.search(told), told
            assert OTHER not in told, told
        count += len(mistakes)
        silent |= {(part, key)} if not mistakes else set()
    assert count > 900 and not silent


def test_each_pattern_of_a_recipe_has_its_words():
    patterns, waiting = set(), [make_schema()]
    while waiting:
        node = waiting.pop()
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        if isinstance(node, dict) and isinstance(node.get("pattern"), str):
            patterns.add(node["pattern"])
    assert patterns == FORMS.keys()


TEXT = """\
dataset: pets
tsk: Which animal?
labels:
  cat: {shar: 0.5, means: a cat}
  dog: {share: 0.5, means: 7}
row: 10
language: english
gates: {label_precision: maybe}
generators:
  - model: offline/template
    rows_pr_call: 4
    topics: {a: 5}
colour: red
"""


@pytest.fixture
def told(tmp_path):
    path = tmp_path / "pets.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        load_recipe(path)
    return raised.value


def test_each_mistake_has_its_own_remedy_in_the_order_of_the_lines(told):
    parts = list_parts(told)
    lines = [int(re.search(r"line (\d+): ", one.found)[1]) for one in parts]
    assert lines == [2, 4, 5, 6, 7, 8, 11, 12, 13]
    remedies = {one.found.split(": ")[1]: one.hint for one in parts}
    assert remedies["tsk"] == "write 'task', or remove it" and remedies["row"] == "write 'rows', or remove it"
    assert remedies["labels.cat.shar"] == "write 'share', or remove it" and remedies["colour"] == "remove it"
    assert remedies["labels.dog.means"].startswith("put it in quotes")
    assert str(told).count("to do: ") == len([one for one in parts if one.hint])


def test_a_key_that_is_missing_because_it_is_misspelt_is_told_once(told):
    assert "this key is missing" not in str(told)


def test_the_alternatives_of_a_key_are_one_mistake(told):
    assert "gates.label_precision: found 'maybe'\n  expected: a number or 'unchecked-ok'\n" in str(told)
    assert "generators.0.topics.a: found 5\n  expected: a list\n" in str(told)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("", "''"),
        ("a" * 70, "'" + "a" * 60 + "…'"),
        ([1, 2], "a list of 2"),
        ([], "an empty list"),
        ({}, "an empty mapping"),
        ({"a": 1}, "a mapping with the key a"),
        ({str(n): n for n in range(7)}, "a mapping with the keys 0, 1, 2, 3, 4 and 2 more"),
        ("x sk-a-key-in-the-wrong-place", "'x [secret]'"),
        ({"sk-a-key-in-the-wrong-place": 1}, "a mapping with the key [secret]"),
    ],
)
def test_what_was_found_is_described_and_no_key_of_a_provider_is_shown(value, words):
    assert describe_found(value) == words


def test_one_sentence_names_the_place():
    with pytest.raises(ValidationError) as raised:
        Recipe.model_validate({**SIMPLE, "generators": [{"model": "offline/template", "rows_per_call": "many"}]})
    assert word_first_mistake(raised.value) == "generators.0.rows_per_call: found 'many', expected a whole number"
