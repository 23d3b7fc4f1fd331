from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.recipe.grown_from import Base
from pedigree.recipe.languages.strata import divide_table, list_strata, spread_steps
from pedigree.recipe.schema import Recipe

LABELS = {"cat": {"share": 0.4, "means": "about a cat"}, "dog": {"share": 0.6, "means": "about a dog"}}
PLAIN = {"dataset": "pets", "task": "Which?", "labels": LABELS, "rows": 11, "generators": [{"model": "m"}]}
SEVERAL = PLAIN | {"languages": {"en": 0.5, "de": 0.3, "fr": 0.2}}


def test_a_recipe_of_one_language_is_what_it_was():
    recipe = Recipe.model_validate(PLAIN)
    assert "languages" not in recipe.model_dump() and recipe.model_dump()["language"] == "en"
    assert recipe.stratum_steps == recipe.steps and [*recipe.strata] == ["cat", "dog"]
    assert recipe.language_codes == ["en"] and recipe.in_language("de") is recipe


def test_targets_are_exact_by_label_and_by_language():
    recipe = Recipe.model_validate(SEVERAL)
    assert recipe.stratum_targets == {
        "cat [en]": 2, "cat [de]": 1, "cat [fr]": 1, "dog [en]": 4, "dog [de]": 2, "dog [fr]": 1,
    }  # fmt: skip
    assert recipe.language is None and recipe.language_codes == ["en", "de", "fr"]
    assert recipe.in_language("de").language == "de" and not recipe.in_language("de").languages


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=7),
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_strata_sum_to_labels_and_to_languages_and_never_fall(shares, parts, growth):
    labels = {f"l{place}": share / sum(shares) for place, share in enumerate(shares)}
    languages = {code: part / sum(parts) for code, part in zip(("en", "de", "fr", "es", "ja"), parts, strict=False)}
    steps, so_far = [], dict.fromkeys(labels, 0)
    for more in growth:  # any steps that do not fall
        so_far = {name: rows + more * (place + 1) for place, (name, rows) in enumerate(so_far.items())}
        steps.append(so_far)
    strata, before = list_strata(labels, languages), Counter()
    for step, spread in zip(steps, spread_steps(steps, strata, languages), strict=True):
        for label, rows in step.items():
            assert sum(spread[name] for name, one in strata.items() if one.label == label) == rows
        whole = sum(step.values())
        for code, share in languages.items():
            assert abs(sum(spread[name] for name, one in strata.items() if one.language == code) - whole * share) < 1
        assert all(spread[name] >= before[name] for name in strata)
        before = Counter(spread)


def test_a_table_rounds_up_where_most_is_wanted_as_far_as_its_sums_allow():
    lines, columns = {"a": 1, "b": 1}, {"x": 1, "y": 1}
    wanted = {("a", "x"): 1.0, ("a", "y"): 0.9, ("b", "x"): 1.0, ("b", "y"): 0.0}
    assert divide_table(lines, columns, wanted) == {("a", "x"): 1, ("a", "y"): 0, ("b", "x"): 0, ("b", "y"): 1}
    with pytest.raises(ValueError, match="no table"):
        divide_table({"a": 2}, {"x": 1}, {("a", "x"): 1.0})


def test_a_grown_recipe_keeps_the_targets_of_its_versions():
    grown = Recipe.model_validate(SEVERAL | {"rows": 23, "grown_from": [Base(version="v1.0.0", rows=11).model_dump()]})
    assert grown.stratum_steps[0] == Recipe.model_validate(SEVERAL).stratum_targets


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"languages": {"en": 0.5, "xx": 0.5}}, "'xx' is no code"),
        ({"languages": {"en": 0.5, "DE": 0.5}}, "'DE' is no code"),
        ({"languages": {"en": 0.5, "german": 0.5}}, "'german' is no code"),
        ({"languages": {"de": 1.0}}, "write 'language: de'"),
        ({"languages": {"en": 0.5, "de": 0.6}}, "sum to 1.1"),
        ({"languages": {"en": 1.0, "de": 0.0}}, "the share of 'en' is 1"),
        ({"languages": {"en": 1.5, "de": -0.5}}, "the share of 'en' is 1.5"),
        ({"languages": {"en": 0.5, "de": float("nan")}}, "the share of 'de' is nan"),
        ({"language": "en"}, "'languages' are both given"),
        ({"languages": {}, "language": None}, "no language is named"),
        ({"languages": ["en", "de"]}, "valid dictionary"),
        ({"languages": "en"}, "valid dictionary"),
        ({"fields": {"text": {}, "language": {}}}, "a field is named 'language'"),
        ({"fields": {"stars": {"type": "integer"}}}, "need a field of text"),
        ({"generators": [{"strategy": "failures", "model": "m"}], "seeds": "data/s.csv"}, "of all languages"),
        (
            {"generators": [{"strategy": "replay", "model": "replay/a.csv", "replay": {"fields": {"text": "t"}}}]},
            "records tell no language",
        ),
        ({"generators": [{"model": "m", "statistics": "data/s.json"}]}, "counted of all languages"),
    ],
)
def test_languages_that_make_no_sense_are_refused(changes, told):
    with pytest.raises(ValueError, match=told):
        Recipe.model_validate(SEVERAL | changes)
