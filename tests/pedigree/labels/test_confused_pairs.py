"""The pairs of labels that are confused, counted by hand."""

from typing import Any

import pytest

from pedigree.dataset.results import LabelReadings
from pedigree.labels.confused_pairs import find_confused
from pedigree.recipe.schema import Recipe
from pedigree.report.confused_labels import list_confused, say_confused
from tests.support.workspaces import RECIPE

LABELS = ("bus", "car", "train")


@pytest.fixture
def recipe() -> Recipe:
    labels: dict[str, Any] = {name: {"share": 1 / 3, "means": name} for name in LABELS}
    labels["bus"]["unlike"] = ["car"]
    return Recipe(**{**RECIPE, "labels": labels})


def read(counts, by="judge", name="strict"):
    return LabelReadings(by=by, name=name, labels=list(LABELS), counts=counts)


JUDGED = {"bus": {"bus": 5, "car": 3, "": 1}, "car": {"bus": 1, "car": 4}, "train": {"train": 6, "car": 2}}
USEFUL = {"labels": list(LABELS), "real": {"train_rows": 40, "confusion": [[4, 2, 0], [0, 5, 1], [0, 0, 6]]}}


def test_pairs_are_counted_in_both_directions_and_by_source(recipe):
    found = find_confused(recipe, [read(JUDGED)], USEFUL)
    assert [(one["by"], one["rows"], one["confused"], one["unnamed"]) for one in found["sources"]] == [
        ("judge strict", 22, 7, 1),
        ("held-out rows", 18, 3, 0),
    ]
    first, second = found["pairs"]
    assert first["labels"] == ["bus", "car"] and first["rows"] == 6 and not first["unlike"]
    assert first["by"] == {"judge strict": [3, 1], "held-out rows": [2, 0]}
    # one row of people is car read as train: told beside the judge's two, but alone it would be a slip
    assert second["labels"] == ["car", "train"] and second["by"] == {"judge strict": [0, 2], "held-out rows": [1, 0]}
    assert found["found"] == 2
    assert found["unlike"] == {"car": ["bus", "train"], "train": ["car"]}
    assert found["lines"] == "labels:\n  car:\n    unlike: [bus, train]\n  train:\n    unlike: [car]\n"


def test_what_is_unknown_is_not_said_to_be_none(recipe):
    nothing = find_confused(recipe, [], None)
    assert nothing["sources"] == nothing["pairs"] == [] and "unknown" in say_confused(nothing)
    assert "unknown" in say_confused(None) and list_confused(None) == []
    slip = find_confused(recipe, [read({"bus": {"bus": 9, "car": 1}, "car": {"car": 9}})], None)
    assert slip["found"] == 0 and slip["lines"] == "" and say_confused(slip).startswith("None found: ")


def test_the_lines_for_people_name_who_confused_how_many(recipe):
    found = find_confused(recipe, [read(JUDGED)], USEFUL)
    assert say_confused(found).startswith("2 pairs of labels are confused on two rows or more. Read were: ")
    assert list_confused(found, 1) == ["bus and car: 4 by judge strict, 2 by held-out rows, not yet unlike each other"]


def test_of_many_pairs_those_of_most_sources_come_first_and_twenty_are_listed():
    names = [f"l{place:02}" for place in range(60)]
    labels = {name: {"share": 1 / 60, "means": name} for name in names}
    recipe = Recipe(**{**RECIPE, "rows": 600, "labels": labels})
    counts = {names[place]: {names[place + 1]: 2 + place} for place in range(0, 50, 2)}
    read_by = [
        LabelReadings(by="judge", name="a", labels=names, counts=counts),
        LabelReadings(by="judge", name="b", labels=names, counts={"l00": {"l01": 2}}),
    ]
    found = find_confused(recipe, read_by, None)
    assert found["found"] == 25 and len(found["pairs"]) == 20
    assert [pair["labels"] for pair in found["pairs"][:2]] == [["l00", "l01"], ["l48", "l49"]]
