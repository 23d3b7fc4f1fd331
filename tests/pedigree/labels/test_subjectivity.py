"""Agreement of annotators: a_i and kappa against published figures, and what follows from them."""

import random

import pytest
from sklearn.metrics import cohen_kappa_score

from pedigree.labels.pilot_advice import FOUND, advise, format_unlike
from pedigree.labels.subjectivity import (
    Confusion,
    RatedRow,
    judge_kappa,
    measure_fleiss,
    measure_kappa_of_rows,
    measure_subjectivity,
    propose_unlike,
)
from pedigree.recipe.schema import Recipe
from tests.support.workspaces import RECIPE

# Fleiss' kappa as worked through by hand in the Wikipedia article of that name: 14 raters, 10 subjects, 5 categories.
WORKED = """0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7"""


def rate(*rows, asked="a"):
    """Return a rated row of each text, whose letters are the labels that its annotators gave."""
    return [RatedRow(str(place), asked, dict(zip("ABCDE", row, strict=False))) for place, row in enumerate(rows)]


def test_fleiss_kappa_is_that_of_the_worked_example():
    counts = [dict(zip("abcde", map(int, line.split()), strict=True)) for line in WORKED.splitlines()]
    observed, chance = measure_fleiss(counts)
    assert (observed, chance) == (pytest.approx(0.378, abs=5e-4), pytest.approx(0.213, abs=5e-4))
    given = [dict(enumerate("".join(label * count for label, count in row.items()))) for row in counts]
    kappa = measure_kappa_of_rows(given, range(14))
    assert kappa.kind == "Fleiss" and kappa.value == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize("seed", range(20))
def test_cohens_kappa_is_that_of_scikit_learn(seed):
    chance = random.Random(seed)
    pairs = [(one := chance.choice("abc"), one if chance.random() < 0.6 else chance.choice("abcd")) for _ in range(30)]
    kappa = measure_kappa_of_rows([dict(zip("AB", pair, strict=True)) for pair in pairs], ["A", "B"])
    assert kappa.kind == "Cohen"
    assert kappa.value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert kappa.low < kappa.value < kappa.high


def test_the_agreement_of_a_row_is_the_share_of_its_most_frequent_label():
    assert [row.agreement for row in rate("aab", "aaa", "ab", "abcd", "aabbb")] == [2 / 3, 1, 0.5, 0.25, 0.6]


def test_agreement_without_disagreement_is_objective_and_few_rows_do_not_settle_it():
    few = measure_subjectivity(rate(*["aa", "bb"] * 5), "ab")
    many = measure_subjectivity(rate(*["aa", "bb"] * 50), "ab")
    assert few.verdict == many.verdict == "objective" and few.kappa.value == 1 and few.unanimous == 10
    assert few.not_excluded == ["medium", "subjective"] and many.not_excluded == []


def test_agreement_by_chance_is_subjective_though_half_of_the_rows_agree():
    found = measure_subjectivity(rate(*["aa", "ab", "ba", "bb"] * 20), "ab")
    assert (found.verdict, found.kappa.value, found.agreement) == ("subjective", 0, 0.75)
    assert found.confusions == [Confusion(("a", "b"), 40)] and found.otherwise == 20


@pytest.mark.parametrize("rows", [(), ("a", "b"), ("aa", "aa"), ("aaa",)])
def test_what_is_not_defined_is_unknown(rows):
    found = measure_subjectivity(rate(*rows), "ab")
    assert found.kappa is None and found.verdict is None and found.not_excluded == []
    assert (found.agreement is None) == (not any(len(row) > 1 for row in rows))
    assert "nothing is known" in advise(found, Recipe.model_validate(RECIPE))[0]


def test_rows_with_fewer_than_two_labels_do_not_count():
    found = measure_subjectivity(rate("aab", "a", "", "bbb"), "ab")
    assert (found.rows, found.unrated, found.annotators) == (2, 2, ["A", "B", "C"])


@pytest.mark.parametrize(
    ("kappa", "verdict"),
    [(1, "objective"), (0.81, "objective"), (0.8, "medium"), (0.61, "medium"), (0.6, "subjective"), (-1, "subjective")],
)
def test_the_limits_are_those_of_landis_and_koch(kappa, verdict):
    assert judge_kappa(kappa) == verdict and "Li et al. (2023)" in FOUND[verdict]


def test_confused_labels_are_proposed_in_both_directions_and_added_to_what_is_there():
    found = measure_subjectivity(rate("ab", "ba", "ac", "aa", "a!", "!a"), "abc")
    assert found.confusions == [Confusion(("a", "b"), 2), Confusion(("a", "c"), 1)]  # a rejection is no label
    assert propose_unlike(found.confusions, {"a": ["c"], "b": [], "c": []}) == {"a": ["c", "b"], "b": ["a"]}
    assert propose_unlike(found.confusions, {"a": ["b"], "b": ["a"], "c": []}) == {}


def test_the_proposal_is_yaml_whatever_the_labels_are_named():
    from ruamel.yaml import YAML

    proposed = {"true": ["a: b", "1e3"], "it's #1": ["null", "on, off"]}
    assert YAML(typ="safe").load(format_unlike(proposed)) == {
        "labels": {label: {"unlike": others} for label, others in proposed.items()}
    }
    assert format_unlike({"cat": ["dog"]}) == "labels:\n  cat:\n    unlike: [dog]\n"
    assert format_unlike({}) == ""


def test_advice_follows_the_verdict_and_the_recipe():
    recipe = Recipe.model_validate(RECIPE)
    subjective = measure_subjectivity(rate(*["aa", "ab", "ba", "bb"] * 20), "ab")
    told = "\n".join(advise(subjective, recipe))
    assert "few-shot" in told and "names no seeds" in told and "one label of them: a and b" in told and "stop" in told
    right = rate(*["aa"] * 50) + rate(*["bb"] * 50, asked="b")
    assert advise(measure_subjectivity(right, "ab"), recipe)[0].startswith("zero-shot prompts may do")
    wrong = advise(measure_subjectivity(rate(*["aa", "bb"] * 50), "ab"), recipe)
    assert wrong[0].startswith("read first, with --json, the 50 of 100 rows")
