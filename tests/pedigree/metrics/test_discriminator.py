"""The classifier that tells made rows from people's: the area, its interval, balance of labels, telling features."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pedigree.ids import seeded
from pedigree.metrics.discriminator.area import Area, People, _sum_up, compare_areas, measure_area
from pedigree.metrics.discriminator.telling import find_telling

NAMES = ["size", "kind"]


def draw(chance, rows, middle=0.0, kinds="xy"):
    return [{"size": chance.gauss(middle, 1), "kind": chance.choice(kinds)} for _ in range(rows)]


def measure(people, made, strata=None):
    labels = ["a", "b"] * (len(people) // 2)
    strata = strata or ["a", "b"] * (len(made) // 2)
    return measure_area(People(people, labels), made, strata, texts=False, seed=0, names=NAMES)


def test_rows_that_are_alike_are_told_by_chance_and_others_for_sure():
    chance = seeded("discriminator")
    people = draw(chance, 40)
    alike, other = measure(people, draw(chance, 40)), measure(people, draw(chance, 40, middle=9.0))
    assert alike.interval[0] <= 0.5 <= alike.interval[1] and alike.interval[0] < alike.area < alike.interval[1]
    assert other.area == 1 and other.interval == (1.0, 1.0) and (other.people, other.made) == (40, 40)
    by, (low, high) = compare_areas(other, alike)
    assert low <= by <= high <= 0.5 and low > 0  # an area below chance counts as chance
    wide = [{"size": 8 * row["size"], "kind": row["kind"]} for row in draw(chance, 40)]
    assert measure(people, wide).area > 0.7  # the middle is the same, the spread is not


def test_a_missing_value_is_a_feature_of_its_own():
    chance = seeded("missing")
    people, made = draw(chance, 40), draw(chance, 40)
    empty = [{**row, "size": None, "kind": None} for row in made]
    assert measure(people, empty).area == 1
    assert find_telling(empty, people, texts=False, seed=0, private=False, names=NAMES)[0].startswith("column kind")


def test_the_labels_tell_nothing():
    people = [{"size": 0.0 if place % 2 else 5.0, "kind": "x"} for place in range(40)]  # size says the label
    made = [{"size": 5.0, "kind": "x"} for _ in range(20)] + [{"size": 0.0, "kind": "x"} for _ in range(60)]
    found = measure(people, made, ["a"] * 20 + ["b"] * 60)
    assert found.area == 0.5 and (found.people, found.made) == (40, 40)
    short = measure(people, made, ["a"] * 3 + ["c"] * 77)
    assert short.area is None and short.reason == "3 rows of each side are fewer than 10"
    assert compare_areas(short, found) is None


def test_the_area_is_that_of_scikit_learn_over_the_pairs_of_a_fold():
    rng = np.random.default_rng(0)
    scores, folds = rng.random(24).round(1), np.zeros(24, dtype=int)
    found = _sum_up(scores, folds, {5 * place: place for place in range(10)}, 10, 50, 0)
    assert isinstance(found, Area)
    assert found.area == pytest.approx(roc_auc_score([0] * 10 + [1] * 14, scores), abs=1e-4)


@pytest.mark.parametrize("private", [False, True])
def test_what_tells_rows_of_a_private_recipe_is_in_its_own_rows(private):
    made = [{"text": f"certainly the {place} {word}"} for place in range(12) for word in ("cat", "dog")]
    people = [{"text": f"well a {place} {word} sat on my own mat over there"} for place in range(12) for word in "xy"]
    told = find_telling(made, people, texts=True, seed=0, private=private, names=["text"])
    assert any('"certainly", in 100% of your rows' in line for line in told)
    about_people = [line for line in told if "people" in line or "mat" in line or "length" in line]
    assert bool(about_people) is not private


@pytest.mark.parametrize("private", [False, True])
def test_columns_are_told_with_figures_and_the_most_telling_first(private):
    chance = seeded("columns")
    made, people = draw(chance, 30, middle=9.0, kinds="xxxy"), draw(chance, 30, kinds="zzzy")
    told = find_telling(made, people, texts=False, seed=0, private=private, names=NAMES)
    assert told[0].startswith("column size gives your rows away: yours are about 9")
    assert ("z" in told[1]) is not private and "x" in told[1] and ("people's" in told[0]) is not private
    assert find_telling(people, people, texts=False, seed=0, private=False, names=NAMES) == []
