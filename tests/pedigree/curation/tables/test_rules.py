"""Rows that break a recipe's checks, or contradict an earlier row, are rejects with evidence."""

import logging

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.real_rows import screen_candidates, screen_real_rows
from pedigree.dataset.schemas import candidates_schema
from pedigree.generation.tables.broken_rules import warn_of_broken_rules
from tests.support.make_candidates import make_example, make_job, make_recipe

FIELDS = {
    "country": {"type": "category", "values": ["FR", "DE"], "missing": 0.1},
    "city": {"type": "category", "values": ["Paris", "Lyon", "Bonn"], "missing": 0.1},
    "age": {"type": "integer", "missing": 0.1},
}
CHECKS = [{"check": "age >= 18", "means": "adults only"}, "label = 'cat' or age < 60"]
RECIPE = make_recipe(fields=FIELDS, checks=CHECKS, depends={"country": ["city"]})


def screen(*rows, seeds=(), recipe=RECIPE):
    """Return the ids of the kept rows, and reason, detail and rival of each reject by its id."""
    lines = [dict(zip(("row_id", "country", "city", "age", "label"), row, strict=True)) for row in rows]
    frame = pl.DataFrame([{**line, "generator": "g"} for line in lines], candidates_schema(recipe))
    kept, rejects = screen_candidates(frame, recipe, DuplicateChecker(recipe, seeds, ()), ())
    return list(kept["row_id"]), {
        one["row_id"]: (one["reason"], one["detail"], one["rival"]) for one in rejects.rows(named=True)
    }


def test_a_row_that_breaks_a_check_is_a_reject_with_the_expression_and_its_values():
    kept, rejects = screen(
        ("a", "FR", "Paris", 20, "cat"),
        ("b", "FR", "Paris", 17, "cat"),
        ("c", "FR", "Paris", 60, "dog"),
        ("d", "FR", "Paris", None, "dog"),
        ("e", "FR", "Paris", 12, "dog"),
    )
    assert kept == ["a", "d"]  # where a value is missing, a check is unknown, and passes
    assert rejects == {
        "b": ("broken-check", "age >= 18 (adults only); but age = 17", None),
        "e": ("broken-check", "age >= 18 (adults only); but age = 12", None),
        "c": ("broken-check", "label = 'cat' or age < 60; but label = \"dog\", age = 60", None),
    }


def test_of_two_rows_that_contradict_each_other_the_later_is_a_reject_with_its_rival():
    kept, rejects = screen(
        ("a", "DE", None, 30, "cat"),
        ("b", "DE", "Bonn", 31, "cat"),
        ("c", "DE", "Lyon", 32, "cat"),
        ("d", None, "Lyon", 33, "cat"),
        ("e", "DE", "Bonn", 34, "cat"),
    )
    assert kept == ["a", "b", "d", "e"]
    assert rejects == {"c": ("broken-dependency", 'country "DE" has city "Bonn", not "Lyon"', "b")}


def test_rows_of_people_come_first_and_a_reject_sets_nothing():
    seed = make_example(country="FR", city="Paris", age=40)
    kept, rejects = screen(
        ("a", "FR", "Lyon", 30, "cat"), ("b", "DE", "Lyon", 17, "cat"), ("c", "DE", "Bonn", 31, "cat"), seeds=[seed]
    )
    assert kept == ["c"]
    assert rejects["a"] == ("broken-dependency", 'country "FR" has city "Paris", not "Lyon"', seed.id)
    assert rejects["b"][0] == "broken-check"


def test_real_rows_hold_the_rules_too():
    real = [
        make_example(country="FR", city="Paris", age=40),
        make_example(country="FR", city="Lyon", age=41),
        make_example(country="FR", city="Paris", age=3),
    ]
    found = screen_real_rows(
        real, (), make_recipe(fields=FIELDS, checks=CHECKS, depends={"country": ["city"]}, real="data/r.csv")
    )
    assert found.rows.height == 1
    assert sorted(found.rejects["reason"]) == ["broken-check", "broken-dependency"]


def test_the_check_of_a_recipe_names_the_rows_of_people_that_break_a_rule(caplog):
    seeds = (
        make_example(country="FR", city="Paris", age=40),
        make_example(country="FR", city="Lyon", age=3),
        make_example(country=None, city="Lyon", age=4),
    )
    job = make_job(seeds, fields=FIELDS, checks=CHECKS, depends={"country": ["city"]})
    with caplog.at_level(logging.WARNING, "pedigree"):
        warn_of_broken_rules(job)
    assert [one.getMessage() for one in caplog.records] == [
        "data/seeds.jsonl: 2 of 3 rows break age >= 18 (adults only); but age = 3 (lines 1, 1)",
        'data/seeds.jsonl: 1 of 3 rows contradict an earlier row: country "FR" has city "Paris", not "Lyon" (line 1)',
    ]
