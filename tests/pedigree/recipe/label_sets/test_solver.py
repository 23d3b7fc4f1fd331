"""Sets of labels meet every target exactly where that is possible; else a sentence says which targets conflict."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.recipe.label_sets.conflict import describe_conflict
from pedigree.recipe.label_sets.design import Design, ImpossibleTargets, Target
from pedigree.recipe.label_sets.solver import count_sets

SHARES = {"food": 0.5, "service": 0.4, "price": 0.3, "room": 0.3}
SIZES = {1: 0.6, 2: 0.3, 3: 0.1}


def make_design(shares, rows=200, low=1, high=3, sizes=(), together=(), at_least=()):
    targets = [Target(share, (name,)) for name, share in shares.items()]
    targets += [Target(share, size=size) for size, share in dict(sizes).items()]
    targets += [Target(share, tuple(name.split(" + "))) for name, share in dict(together).items()]
    return Design(tuple(shares), rows, low, high, tuple(targets), at_least)


def count(found, *labels):
    return sum(rows for members, rows in found.items() if set(labels) <= set(members))


def by_size(found):
    sizes = Counter()
    for members, rows in found.items():
        sizes[len(members)] += rows
    return dict(sizes)


def test_three_of_four_designs_are_met_exactly_and_the_fourth_says_why_not():
    """The three: shares alone; with numbers of labels; with labels that stand together often, or never."""
    alone = count_sets(make_design(SHARES))
    sized = count_sets(make_design(SHARES, sizes=SIZES))
    together = count_sets(make_design(SHARES, sizes=SIZES, together={"food + service": 0.2, "price + room": 0}))
    for found in (alone, sized, together):
        assert [count(found, name) for name in SHARES] == [100, 80, 60, 60] and sum(found.values()) == 200
    assert by_size(sized) == by_size(together) == {1: 120, 2: 60, 3: 20}
    assert count(together, "food", "service") == 40 and count(together, "price", "room") == 0
    with pytest.raises(ImpossibleTargets) as failed:
        count_sets(make_design({"food": 0.6, "service": 0.6}, high=2, together={"food + service": 0.1}))
    assert str(failed.value) == (
        "food 0.6, service 0.6 and co_occurrence food + service 0.1 contradict each other with 1 to 2 labels a row: no "
        "rows can meet them. Possible, with all other targets as they are: food 0.5; or service 0.5; or co_occurrence "
        "food + service 0.2"
    )


def test_a_conflict_names_no_target_that_has_no_part_in_it():
    shares = {"food": 0.6, "service": 0.6, "price": 0.5, "room": 0.2}
    design = make_design(shares, high=2, sizes={1: 0.1}, together={"food + service": 0.1, "price + room": 0.1})
    with pytest.raises(ImpossibleTargets, match=r"^food 0\.6, service 0\.6 and co_occurrence food \+ service 0\.1 con"):
        count_sets(design)
    with pytest.raises(ImpossibleTargets, match=r"^co_occurrence food \+ service 0\.3 is not possible with 1"):
        count_sets(make_design({"food": 0.5, "service": 0.5}, high=1, together={"food + service": 0.3}))


def test_what_is_no_whole_number_of_rows_is_met_by_a_neighbour():
    found = count_sets(make_design({"food": 1 / 3, "service": 0.9, "price": 0.25}, rows=10, high=2))
    assert count(found, "food") == 3 and count(found, "service") == 9 and count(found, "price") in (2, 3)
    says = describe_conflict(make_design({"food": 0.5, "service": 0.7}, rows=3, high=2))
    assert says.startswith("the targets food 0.5, service 0.7 can be met as shares, but not by 3 whole rows: change")


def test_beyond_the_targets_the_sets_are_as_even_as_they_allow():
    found = count_sets(make_design({"a": 0.5, "b": 0.5, "c": 0.5}, rows=700, low=0, high=3))
    assert len(found) == 8 and set(found.values()) <= {87, 88}  # 350 of each label; independent: 700 / 8 = 87.5


def test_more_rows_take_nothing_from_a_set():
    before = count_sets(make_design(SHARES, rows=50, sizes=SIZES))
    after = count_sets(make_design(SHARES, rows=120, sizes=SIZES, at_least=tuple(before.items())))
    assert all(after[members] >= rows for members, rows in before.items()) and count(after, "food") == 60


def test_too_many_sets_are_refused_and_an_empty_set_is_one():
    with pytest.raises(ImpossibleTargets, match=r"give 18,472 sets of 1 to 3 labels, and at most 5,000"):
        count_sets(make_design({f"l{place}": 0.03 for place in range(48)}))
    assert count_sets(make_design({"a": 0.2, "b": 0.2}, rows=10, low=0, high=1)) == {(): 6, ("a",): 2, ("b",): 2}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=14, max_size=14).filter(lambda rows: sum(rows) > 4))
def test_targets_that_some_rows_meet_are_met_exactly(rows):
    """Any numbers of rows of the 14 sets give targets that can be met: they are, to the row."""
    sets = make_design(SHARES).sets
    known = dict(zip(sets, rows, strict=True))
    total = sum(rows)
    sizes = {size: by_size(known).get(size, 0) / total for size in (1, 2, 3)}
    shares = {name: count(known, name) / total for name in SHARES}
    pair = {"food + room": count(known, "food", "room") / total}
    found = count_sets(make_design(shares, total, sizes=sizes, together=pair))
    assert [count(found, name) for name in SHARES] == [count(known, name) for name in SHARES]
    assert [by_size(found).get(size, 0) for size in sizes] == [by_size(known).get(size, 0) for size in sizes]
    assert count(found, "food", "room") == count(known, "food", "room")
