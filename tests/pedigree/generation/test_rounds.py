"""Rounds read the plan on by what is lacking, mix generators by weight, and know when to stop."""

from collections import Counter

from pedigree.dataset.review_decisions import Review
from pedigree.generation.rounds import Rounds
from pedigree.recipe.schema import Recipe
from tests.support.make_review_sheets import decide
from tests.support.workspaces import RECIPE


def recipe(**changes):
    return Recipe.model_validate({**RECIPE, "rows": 200, **changes})


def read(rounds):
    return Counter((slot.generator.title, slot.label) for slot in rounds.next_round())


def test_the_first_round_asks_for_the_rows_wanted():
    assert read(Rounds(recipe())) == {("zero-shot", "cat"): 25, ("zero-shot", "dog"): 25}


def test_generators_are_mixed_by_weight():
    two = [
        {"name": "heavy", "model": "offline/template", "weight": 3, "rows_per_call": 5},
        {"name": "light", "model": "offline/template", "weight": 1, "rows_per_call": 5},
    ]
    slots = read(Rounds(recipe(generators=two)))
    assert slots["heavy", "cat"] == 15 and slots["light", "cat"] == 5


def test_a_turn_counts_as_a_call():
    turned = [{"model": "offline/template", "rows_per_call": 10, "turns": 2}]
    assert read(Rounds(recipe(generators=turned)))["zero-shot", "cat"] == 5


def test_the_next_round_asks_for_what_is_lacking_by_the_yield_seen():
    rounds = Rounds(recipe())
    rounds.next_round()
    rounds.record({("zero-shot", "cat"): 50, ("zero-shot", "dog"): 100})
    assert rounds.lacking == {"cat": 50}
    slots = rounds.next_round()
    assert {slot.label for slot in slots} == {"cat"}
    assert [slot.index for slot in slots] == list(range(25, 25 + len(slots)))
    assert 22 <= len(slots) <= 26  # 50 lacking, about half of 4 rows a call are kept


def test_a_round_never_asks_for_more_than_five_times_what_is_lacking():
    rounds = Rounds(recipe())
    rounds.next_round()
    rounds.record({("zero-shot", "cat"): 2, ("zero-shot", "dog"): 2})
    assert len(rounds.next_round()) * 4 <= 5 * 196 + 8


def test_a_label_that_brought_nothing_is_asked_for_no_more_than_it_lacks():
    rounds = Rounds(recipe(rows=80))
    first = read(rounds)
    rounds.record({})
    assert read(rounds) == first == {("zero-shot", "cat"): 10, ("zero-shot", "dog"): 10}
    rounds.record({})
    assert rounds.stop.reason == "not-improving"


def test_it_stops_when_full():
    rounds = Rounds(recipe())
    rounds.next_round()
    rounds.record({("zero-shot", "cat"): 100, ("zero-shot", "dog"): 103})
    assert rounds.stop.reason == "full"


def test_it_stops_when_nothing_improves_and_says_what_is_lacking():
    rounds = Rounds(recipe())
    rounds.next_round()
    rounds.record({("zero-shot", "dog"): 100})
    assert rounds.stop.reason == "not-improving" and "cat 100" in rounds.stop.message


def test_a_label_that_gives_nothing_is_not_asked_for_again_while_others_are():
    rounds = Rounds(recipe())
    rounds.next_round()
    rounds.record({("zero-shot", "dog"): 60})
    assert rounds.stop is None
    assert {slot.label for slot in rounds.next_round()} == {"dog"}


def test_a_small_round_that_brings_nothing_may_have_been_bad_luck_two_are_not():
    rounds = Rounds(recipe())
    rounds.next_round()
    rounds.record({("zero-shot", "cat"): 99, ("zero-shot", "dog"): 100})
    assert len(rounds.next_round()) == 1
    rounds.record({})
    assert rounds.stop is None and len(rounds.next_round()) == 1
    rounds.record({})
    assert rounds.stop.reason == "not-improving"


def test_it_stops_when_the_budget_of_rounds_is_used_up():
    rounds = Rounds(recipe(budget={"rounds": 1}))
    rounds.next_round()
    rounds.record({("zero-shot", "cat"): 90, ("zero-shot", "dog"): 90})
    assert rounds.stop.reason == "rounds"


def test_a_longer_recipe_reads_the_same_slots_and_then_further_ones():
    short, long = (
        {(slot.label, slot.index) for slot in Rounds(recipe(rows=count)).next_round()} for count in (200, 240)
    )
    assert short < long and len(long - short) == 10


def real_rows(**rows):
    return [Counter({("real", label): count for label, count in rows.items()})]


def test_real_rows_are_counted_first_and_only_what_lacks_is_asked_for():
    rounds = Rounds(recipe(), real_rows=real_rows(cat=100, dog=60))
    assert (rounds.kept, rounds.lacking) == ({"cat": 100, "dog": 60}, {"dog": 40})
    assert read(rounds) == {("zero-shot", "dog"): 10}
    rounds.record({("zero-shot", "dog"): 40})
    assert rounds.stop.reason == "full"


def test_real_rows_are_no_yield_of_a_generator():
    """Half of the requested rows were kept, so twice the lacking rows are requested, and some for the prior."""
    with_real, without = Rounds(recipe(), real_rows=real_rows(cat=80, dog=80)), Rounds(recipe(rows=40))
    for rounds in (with_real, without):
        rounds.next_round()
        rounds.record({("zero-shot", "cat"): 10, ("zero-shot", "dog"): 10})
    assert read(with_real) == read(without)


def test_rows_that_people_rejected_are_no_yield():
    """A review took 60 of 100 rows of a label, and moved ten; the model brought all that it was asked for."""
    rounds = Rounds(recipe(), Review([decide("r", "reject")]))
    rounds.next_round()
    cat, dog = ("zero-shot", "cat"), ("zero-shot", "dog")
    rounds.record({cat: 100, dog: 100}, {cat: 30, dog: 110})
    assert rounds.lacking == {"cat": 70}
    assert read(rounds) == {cat: 18}  # 4 rows a call
    rounds.record({cat: 72}, {cat: 72})
    assert rounds.stop.reason == "full"


def test_a_label_of_which_people_rejected_every_row_is_not_fruitless():
    """Screens kept half of what was asked for: twice of what is lacking is asked for, as without the review."""
    rounds, plain = Rounds(recipe(rows=40), Review([decide("r", "reject")])), Rounds(recipe(rows=60))
    cat, dog = ("zero-shot", "cat"), ("zero-shot", "dog")
    for one in (rounds, plain):
        one.next_round()
    rounds.record({cat: 20, dog: 20}, {dog: 20})
    assert read(rounds) == {cat: 5}


def test_where_real_rows_fill_every_label_nothing_is_asked_for():
    assert (
        Rounds(recipe(), real_rows=real_rows(cat=100, dog=100)).stop.message
        == "every label has its rows after 0 rounds"
    )


def test_steps_that_real_rows_fill_alone_are_passed_over():
    grown = recipe(grown_from=[{"version": "v1.0.0", "rows": 100}])
    rounds = Rounds(grown, real_rows=real_rows(cat=60, dog=60))
    assert rounds.lacking == {"cat": 40, "dog": 40}


def test_a_base_in_other_shares_is_a_step_with_its_own_targets():
    base = {"version": "v1.0.0", "rows": 50, "targets": {"cat": 40, "dog": 10}}
    assert recipe(grown_from=[base]).steps == [{"cat": 40, "dog": 10}, {"cat": 100, "dog": 100}]
