"""Gates of rows with several labels: exact counts pass; a label, a pair or a floor that is missed is named."""

import pytest

from pedigree.dataset.results import Distribution, LabelCount
from pedigree.metrics.label_sets.counts import count_label_sets, describe_rounding
from pedigree.metrics.label_sets.gates import make_set_gates
from tests.support.make_candidates import make_recipe
from tests.support.make_label_sets import SEVERAL


def make_distribution(recipe, **changes):
    labels = []
    for name, wanted in recipe.targets.items():
        kept = changes.get(name, wanted)
        count = {"target_share": wanted / recipe.rows, "wanted": wanted, "made": kept, "rejected": {}, "kept": kept}
        labels.append(LabelCount(label=name, **count, train=kept, validation=0, read=None, deviation=0.0))
    distances = {"distance_made": 0.0, "distance_kept": 0.0, "distance_read": None, "g_test_p": None}
    return Distribution(labels=labels, generators=[], unassigned={}, **distances)


def test_a_recipe_of_one_label_a_row_has_no_such_gates():
    recipe = make_recipe()
    assert make_set_gates(make_distribution(recipe), recipe) == []
    assert count_label_sets(recipe, make_distribution(recipe)) is None and describe_rounding(recipe) == []


def test_exact_counts_pass_and_a_missing_set_is_told_by_its_labels():
    recipe = make_recipe(**SEVERAL, gates={"class_floor": 6})
    labels, together = make_set_gates(make_distribution(recipe), recipe)
    assert (labels.passed, labels.figure, together.passed, together.figure) == (True, 0, True, 0)
    short = make_distribution(recipe, **{"food + service": 0})
    labels, together = make_set_gates(short, recipe)
    assert labels.passed is False and "label food: " in labels.message and "of 10" in labels.message
    assert together.passed is False and "co-occurrence food + service: " in together.message
    assert count_label_sets(recipe, short).combinations[0].kept < 4


def test_a_label_below_the_floor_fails_even_where_all_is_as_planned():
    recipe = make_recipe(**SEVERAL, gates={"class_floor": 7})
    labels, _ = make_set_gates(make_distribution(recipe), recipe)
    assert labels.passed is False and "fewer rows than class_floor (7): price 6, room 6" in labels.message


def test_targets_that_are_no_whole_numbers_are_told_with_the_rows_planned():
    [told] = describe_rounding(make_recipe(**{**SEVERAL, "labels_per_row": {"max": 3, "sizes": {2: 0.21}}}))
    assert told in ("sizes 2 0.21: 4.2 rows, planned 4", "sizes 2 0.21: 4.2 rows, planned 5")
    empty = make_distribution(make_recipe(**SEVERAL), **dict.fromkeys(make_recipe(**SEVERAL).targets, 0))
    assert [gate.figure for gate in make_set_gates(empty, make_recipe(**SEVERAL))] == pytest.approx([1, 1])
