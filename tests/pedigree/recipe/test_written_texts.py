"""Any text that is written into a recipe is read again as the same text, by every reader, wherever it stands."""

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.redaction import find_secret_name

RECIPE = """\
dataset: pets
task: Which animal?  # a comment
labels:
  cat: {share: 0.5, means: about a cat}
  dog: {share: 0.5, means: about a dog}
rows: 4
generators:
  - {strategy: zero-shot, model: offline/template}
"""
TEXTS = [
    "http://127.0.0.1:8000/v1", "a: b", "a:", ":a", "a #b", "#a", "a, b", "{a}", "[a]", "a]", "- a", "-", "? a",
    "! a", "&a", "*a", "|", ">", "%a", "@a", "`a`", "'a'", "\"a\"", "a \"b\" c", "a\\b", "yes", "No", "ON", "true",
    "null", "~", "", " ", " a", "a ", "1", "1e3", "0x1f", "0o17", "1_000", "12:30:45", ".5", ".inf", ".NaN",
    "2024-01-31", "=", "<<", "---", "...", "a\nb", "a\tb", "a\r\nb", "\u00e9t\u00e9", "\u732b", "\U0001f600",
    "plain words", "data/seeds/x.jsonl", "y", "a\u2028b", "a\u0085b", "gpt-4o", "llama3:8b",
]  # fmt: skip


def write(root):
    path = root / "pets.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def check(path, text):
    """Write a text in block style, and on one line in a list, as a value and as a key of a mapping; read it again."""
    parameters, filled = {"stop": [text], "user": text, "more": {text: 1}}, text or "-"
    generator = {"strategy": "zero-shot", "model": "offline/template", "parameters": parameters}
    changes = {"task": filled, "generators": [generator], "labels.cat.means": filled, "card.intended_use": text}
    recipe = set_keys(path, {**changes, ("generators", 0, "parameters", "other"): {"text": text}})
    written = path.read_text(encoding="utf-8")
    for read in (YAML(typ="safe").load, YAML(typ="safe", pure=True).load, pyyaml.safe_load):
        plain = read(written)
        assert plain["generators"][0]["parameters"] == {**parameters, "other": {"text": text}}
        assert (plain["task"], plain["labels"]["cat"]["means"]) == (filled, filled)
        assert plain["card"]["intended_use"] == text
    assert load_recipe(path) == recipe and recipe.task == filled and "# a comment" in written


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_it_was_written(tmp_path, text):
    check(write(tmp_path), text)


@settings(max_examples=20, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(lambda text: not find_secret_name({text: 1}))
)
def test_every_text_is_read_as_it_was_written(tmp_path_factory, text):
    check(write(tmp_path_factory.mktemp("r")), text)


def test_a_plain_text_stays_without_quotes(tmp_path):
    path = write(tmp_path)
    set_keys(path, {"generators.0.model": "openai/gpt-4o-mini", "task": "Which pet is it"})
    written = path.read_text(encoding="utf-8")
    assert "model: openai/gpt-4o-mini}" in written and "task: Which pet is it # a comment" in written
