"""Any text that is written into a recipe is read again as the same text, by every reader, wherever it stands."""

from difflib import ndiff

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
OWN_LAYOUT = """\
# mine
dataset: pets
task:   "Which animal?"   # a comment
labels:
    cat: { share: 0.5, means: about a cat }
    dog: { share: 0.5,   # half
           means: about a dog }

rows: 4
generators:
- model: offline/template     # local
  strategy: zero-shot
- {name: two, model: offline/template}
gates: {
  label_distance: 0.2
}
drift:
    lengths:    null
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


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"review": "data/reviews/pets/review.jsonl"}, ["+review: data/reviews/pets/review.jsonl"]),
        ({"rows": 6, "drift.lengths": 0.2}, ["-rows: 4", "+rows: 6", "-    lengths:    null", "+    lengths: 0.2"]),
        ({"generators.0.rows_per_call": 3}, ["+  rows_per_call: 3"]),
        ({"generators.1.weight": 2}, [
            "-- {name: two, model: offline/template}", "+- {name: two, model: offline/template, weight: 2}"
        ]),
        ({"rows": 4}, []),
    ],
)  # fmt: skip
def test_a_command_changes_only_the_lines_that_it_is_about(tmp_path, ends, mark, changes, lines):
    path = tmp_path / "pets.yaml"
    path.write_bytes((mark + OWN_LAYOUT).replace("\n", ends).encode())
    set_keys(path, changes)
    text = path.read_bytes().decode()
    assert text.startswith(mark + "# mine" + ends) and text.count("\r\n") == text.count("\n") * (ends == "\r\n")
    changed = ndiff(OWN_LAYOUT.splitlines(), text.removeprefix(mark).splitlines())
    assert [line[0] + line[2:] for line in changed if line[0] in "+-"] == lines


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
