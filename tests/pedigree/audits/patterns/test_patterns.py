"""Openings and templates that rows share are found, and judged by how often people's rows have them."""

import json
import random

import polars as pl
import pytest
from typer.testing import CliRunner

from cli.app import app
from flows import stages
from pedigree.audits.patterns.templates import find_patterns
from pedigree.dataset.schemas import read_table
from pedigree.errors import CommandError, RecipeError
from pedigree.job import open_job
from tests.support.workspaces import make_workspace


def write(chance, number, sentence):
    """Return sentences whose gaps hold words of four random letters."""
    return [sentence.replace("_", "{}").format(*("".join(chance.choices("bcdfgklm", k=4)) for _ in range(9)))
            for _ in range(number)]  # fmt: skip


@pytest.fixture(scope="module")
def planted():
    """Return 40 rows of one template among 160 others, and 100 rows of people without it."""
    chance = random.Random(4)
    rows = write(chance, 40, "I was so happy with the _ that I got for my _ and it _ well")
    others = [
        write(chance, 1, " ".join(chance.choices(["_", "the", "a", "and", "it", "so"], k=9)))[0] for _ in range(260)
    ]
    return [*rows, *others[:160]], others[160:]


def test_a_planted_template_and_its_opening_are_above_people(planted):
    found = find_patterns(*planted)
    opening = next(one for one in found if one.kind == "opening")
    assert (opening.text, opening.rows, opening.people, opening.above) == ("i was so", 40, 0, True)
    templates = [one for one in found if one.kind == "template" and one.rows >= 40]
    assert templates and all(one.above for one in templates) and "happy with the" in templates[0].text
    assert len({one.text for one in templates}) == len(templates) <= 3
    assert opening.example.startswith("I was so happy")


def test_what_people_write_as_often_is_no_warning(planted):
    rows, people = planted
    found = find_patterns(rows, [*people, *rows[:30]])
    assert next(one for one in found if one.text == "i was so").above is False


def test_without_people_it_is_unknown_and_without_rows_there_is_none(planted):
    assert all(one.above is None for one in find_patterns(planted[0], []))
    assert find_patterns([], ["a b c"]) == [] == find_patterns(["", "a"], [])


def test_texts_without_spaces_have_patterns_too():
    found = find_patterns(["我昨天买了一个杯子很好"] * 10 + ["他们今天不来"] * 3, ["天气很热我们去海边"] * 20)
    assert found and found[0].kind == "opening" and found[0].rows == 10 and found[0].above


def test_the_command_tells_and_the_key_that_it_names_reaches_the_prompt(tmp_path, monkeypatch, planted):
    rows, people = planted
    seeds = [{"text": text, "label": label} for text, label in zip(people, ["cat", "dog"] * 50, strict=True)]
    avoid = {
        "strategy": "zero-shot",
        "model": "offline/template",
        "rows_per_call": 4,
        "avoid": ["i was so", 'he said "'],
    }
    workspace = make_workspace(tmp_path, seeds=seeds, generators=[avoid])
    frame = pl.DataFrame({"text": rows}).with_columns(
        label=pl.lit("cat"), generator=pl.lit("zero-shot"), completion_id=pl.lit("c"))  # fmt: skip
    monkeypatch.setattr("pedigree.job_outputs.read_rows", lambda job: frame)
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(app, ["patterns", "pets"])
    assert shown.exit_code == 0 and "WARNING   'i was so': 40 rows, 20.0%; 0.0% of people's" in shown.output
    assert 'avoid: ["i was so"' in shown.output
    assert CliRunner().invoke(app, ["patterns", "pets", "--strict"]).exit_code == 1
    told = json.loads(CliRunner().invoke(app, ["patterns", "pets", "--json"]).stdout)
    assert {one["kind"] for one in told} == {"opening", "template"}
    other = CliRunner().invoke(app, ["patterns", "pets", "--generator", "none"])
    assert isinstance(other.exception, CommandError) and "zero-shot" in str(other.exception)
    stages.generate(workspace, "pets")
    said = json.loads(read_table(workspace.table("pets", "prompts"))["messages"][0])[-1]["content"]
    assert 'Begin no row with: "i was so", "he said \\""' in said


@pytest.mark.parametrize("value", [[""], ["a", "a"], ["two\nlines"], ["x" * 300], 3])
def test_openings_that_make_no_sense_are_refused(tmp_path, value):
    generator = {"strategy": "zero-shot", "model": "offline/template", "avoid": value}
    with pytest.raises(RecipeError, match="avoid"):
        open_job(make_workspace(tmp_path, generators=[generator]), "pets")


def test_rare_words_are_left_open():
    """Every text has another noun in the same place, so the template has a gap there."""
    chance = random.Random(2)
    rows = write(chance, 200, "my _ is not what the _ said it was")
    found = [one.text for one in find_patterns(rows, []) if one.kind == "template"]
    assert "is not what the … said" in found or "my … is not what the" in found
