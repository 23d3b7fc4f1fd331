"""Rows in several languages: each is screened and compared as a row of its own."""

import polars as pl
import pytest

from pedigree.curation.language_apart import make_checker
from pedigree.curation.language_id import detect_language
from pedigree.curation.people_languages import name_languages, require_languages
from pedigree.curation.real_rows import screen_candidates, screen_real_rows
from pedigree.curation.text_screens import describe_uncovered
from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import candidates_schema
from pedigree.errors import RecipeError
from pedigree.recipe.schema import Recipe

LABELS = {"cat": {"share": 0.5, "means": "about a cat"}, "dog": {"share": 0.5, "means": "about a dog"}}
RECIPE = {"dataset": "pets", "task": "Which?", "labels": LABELS, "rows": 8, "generators": [{"model": "m"}]}
ENGLISH = "The cat slept on the warm windowsill the whole afternoon"
GERMAN = "Die Katze schlief den ganzen Nachmittag auf der warmen Fensterbank"
CODES = "Order 4411-2298-0031 / SKU AX-99-1200-17 / REF 0099-4521"


def make_recipe(**changes):
    return Recipe.model_validate(
        RECIPE | {"languages": {"en": 0.5, "de": 0.5}, "screens": {"language": True}} | changes
    )


def screen(recipe, *texts, held_out=(), seeds=()):
    """Return the ids of the rows that are kept, and the reason of each other; ``texts`` are (language, text)."""
    rows = [
        {"row_id": str(place), "completion_id": "c", "position": place, "label": "cat", "generator": "g", "text": text,
         "seed_row_ids": [], "language": language}
        for place, (language, text) in enumerate(texts)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, candidates_schema(recipe), orient="row")
    kept, rejects = screen_candidates(frame, recipe, make_checker(recipe, seeds, held_out), ())
    return kept["row_id"].to_list(), dict(rejects.select("row_id", "reason").iter_rows())


def make_example(text, language="", label="cat"):
    return Example(id=text[:8], fields={"text": text}, label=label, line=1, language=language)


def test_each_row_is_to_be_in_its_own_language_and_the_order_stays():
    kept, out = screen(make_recipe(), ("de", GERMAN), ("en", ENGLISH), ("de", ENGLISH + "!"), ("en", GERMAN + "!"))
    assert (kept, out) == (["0", "1"], {"2": "language", "3": "language"})


def test_the_phrases_of_a_refusal_are_those_of_the_rows_language():
    refusal = "Es tut mir leid, aber bei dieser Anfrage kann ich nicht helfen."
    kept, out = screen(make_recipe(), ("de", refusal), ("en", ENGLISH))
    assert (kept, out) == (["1"], {"0": "refusal"})


def test_rows_of_two_languages_are_duplicates_only_if_they_are_equal():
    recipe = make_recipe(screens={"language": False})
    kept, out = screen(recipe, ("en", CODES), ("de", CODES + " 7"), ("de", CODES + " 8"), ("de", CODES))
    assert kept == ["0", "1"] and set(out.values()) <= {"near-duplicate", "exact-duplicate"}
    kept, out = screen(recipe, ("en", CODES), ("de", CODES))
    assert (kept, out) == (["0"], {"1": "exact-duplicate"})


def test_held_out_rows_count_in_every_language():
    recipe = make_recipe(screens={"language": False})
    kept, out = screen(recipe, ("de", CODES + "."), held_out=[make_example(CODES, "en")])
    assert (kept, out) == ([], {"0": "held-out-overlap"})


def test_a_language_that_nobody_knows_is_not_screened_and_that_is_told():
    recipe = make_recipe(languages={"en": 0.5, "tlh": 0.5})
    assert screen(recipe, ("tlh", GERMAN), ("en", ENGLISH))[0] == ["0", "1"]
    told = describe_uncovered(recipe)
    assert "'tlh' are not screened for refusal" in told and "Whether texts are in 'tlh' is not checked" in told
    assert describe_uncovered(make_recipe()) is None


def test_the_language_of_people_s_rows_is_told_or_detected():
    recipe = make_recipe()
    rows = [make_example(ENGLISH), make_example(GERMAN), make_example("ok"), make_example(ENGLISH, "de")]
    assert [one.language for one in name_languages(rows, recipe)] == ["en", "de", "", "de"]
    assert name_languages(rows, Recipe.model_validate(RECIPE)) == rows
    with pytest.raises(RecipeError, match="the language of 1 of 3 rows is not known") as caught:
        require_languages(name_languages(rows[:3], recipe), "data/real.csv", recipe)
    assert "column 'language'" in str(caught.value.expected)


def test_texts_in_none_of_the_languages_have_none():
    assert detect_language("La livraison est arrivée avec trois jours de retard", ["en", "de"]) is None
    assert detect_language("猫は一日中窓辺で寝ていました", ["en", "ja"]) == "ja"


def test_real_rows_carry_their_language():
    real = [make_example(ENGLISH, "en"), make_example(GERMAN, "de")]
    rows = screen_real_rows(real, (), make_recipe(real="data/real.csv")).rows
    assert rows["language"].to_list() == ["en", "de"]
