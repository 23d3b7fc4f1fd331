"""Labels of people's rows with several labels: lists and joined texts are read, anything else is told with its line."""

import json

import pytest

from pedigree.dataset.examples import load_examples
from pedigree.dataset.label_values import read_label_set
from pedigree.errors import RecipeError
from tests.support.make_candidates import make_recipe
from tests.support.make_label_sets import SEVERAL

LABELS = ("food", "service", "price, low", "C++")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (["service", "food"], "food + service"),
        ("service + food", "food + service"),
        ("service;food", "food + service"),
        ("food| service", "food + service"),
        ("food, service", "food + service"),
        ('["food", "C++"]', "food + C++"),
        ("C++ + price, low", "price, low + C++"),
        ("price, low", "price, low"),
        (["food", "food"], "food"),
        ([], "no label"),
        ("", "no label"),
        ("no label", "no label"),
        (None, None),
        ("Food", None),
        (["food", 3], None),
        ([["food"]], None),
        ("food + ", None),
        ("[food", None),
        ({"food": 1}, None),
    ],
)
def test_a_list_or_a_joined_text_names_a_set(value, name):
    assert read_label_set(value, LABELS) == name


def read(path, text):
    path.write_text(text, encoding="utf-8")
    return load_examples(path, make_recipe(**SEVERAL))


def test_rows_of_lists_and_of_cells_are_read(tmp_path):
    lines = [
        {"text": "Cold soup.", "labels": ["food"]},
        {"text": "Rude waiter, cold soup.", "labels": ["service", "food"]},
    ]
    found = read(tmp_path / "rows.jsonl", "".join(json.dumps(one) + "\n" for one in lines))
    assert [one.label for one in found] == ["food", "food + service"]
    csv = 'text,labels\nCold soup.,food\n"Rude waiter, cold soup.",service;food\n'
    assert [one.id for one in read(tmp_path / "rows.csv", csv)] == [one.id for one in found]


@pytest.mark.parametrize(
    ("line", "found", "expected"),
    [
        ('{"text": "a"}', "label None", "some of food, service, price, room"),
        ('{"text": "a", "labels": []}', "0 labels, []", "1 to 3 of food"),
        ('{"text": "a", "labels": ["food", "service", "price", "room"]}', "4 labels", "1 to 3 of food"),
        ('{"text": "a", "labels": ["fod"]}', "labels ['fod']", "some of food"),
    ],
)
def test_wrong_labels_are_told_with_their_line(tmp_path, line, found, expected):
    with pytest.raises(RecipeError) as failed:
        read(tmp_path / "rows.jsonl", line + "\n")
    assert f"line 1: {found}" in failed.value.found and expected in failed.value.expected
    with pytest.raises(RecipeError, match="no column label among text"):
        read(tmp_path / "rows.csv", "text\na\n")
