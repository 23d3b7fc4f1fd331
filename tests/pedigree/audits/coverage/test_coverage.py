"""Coverage: a group of people's rows that synthetic rows leave out is found, one that they hold is not."""

import json
import random

import polars as pl
import pytest
from scipy.stats import hypergeom
from typer.testing import CliRunner

from cli.app import app
from flows import stages
from pedigree.audits.coverage.audit import audit_coverage
from pedigree.audits.coverage.groups import _correct, find_groups
from pedigree.audits.coverage.values import list_planned
from pedigree.dataset.schemas import rows_schema
from pedigree.errors import CommandError
from pedigree.job import open_job
from tests.support.workspaces import make_job, make_workspace

TOPICS = {
    "vet": "vet clinic injection stitches operation nurse bandage fever",
    "food": "bowl biscuits tuna dinner breakfast hungry treat kibble",
    "sleep": "sofa blanket nap snore cushion dream basket pillow",
}


def write(chance, topic, number):
    return [" ".join(chance.sample(TOPICS[topic].split(), 5)) for _ in range(number)]


def make_pets(root, seed, **rows_of_topic):
    """Return a job with 40 rows of people of each topic and label, and synthetic rows of the label cat."""
    chance = random.Random(seed)
    seeds = [
        {"text": text, "label": label} for label in ("cat", "dog") for topic in TOPICS for text in
        dict.fromkeys(write(chance, topic, 40))
    ]  # fmt: skip
    job = make_job(root, seeds=seeds)
    texts = [text for topic, number in rows_of_topic.items() for text in write(chance, topic, number)]
    rows = pl.DataFrame({"row_id": [f"r{number:04}" for number in range(len(texts))], "text": texts})
    columns = {name: pl.lit(None, kind).alias(name) for name, kind in rows_schema(job.recipe).items()}
    given = {"row_id", "text", "label"}
    rest = [one for name, one in columns.items() if name not in given]
    return job, rows.with_columns(*rest, label=pl.lit("cat")).select(*columns)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_that_rows_leave_out_is_missing_and_named(topic, tmp_path):
    others = {one: 60 for one in TOPICS if one != topic}
    job, rows = make_pets(tmp_path, 1, **others)
    found = find_groups(job, rows)
    missing = [one for one in found if one.missing]
    assert missing and found[: len(missing)] == missing
    for one in missing:
        assert one.label == "cat" and set(one.words) <= set(TOPICS[topic].split())
        assert set(one.example.split()) <= set(TOPICS[topic].split()) and one.rows < one.of_rows / 10
    assert {one.missing for one in found if one.label == "dog"} == {None}, "no row of dog is there: unknown"


def test_rows_of_the_same_kind_as_peoples_lack_nothing(tmp_path):
    alarms = 0
    for seed in range(20):
        job, rows = make_pets(tmp_path / str(seed), seed, vet=50, food=50, sleep=50)
        alarms += any(one.missing for one in find_groups(job, rows))
    assert alarms <= 2, "at a level of 5 %, three alarms or more in twenty have a chance of 8 %"


def test_counts_add_up_p_is_the_hypergeometric_and_order_does_not_matter(tmp_path):
    job, rows = make_pets(tmp_path, 3, vet=20, food=60, sleep=40)
    found = find_groups(job, rows)
    own = [one for one in found if one.label == "cat"]
    assert sum(one.rows for one in own) == 120 == own[0].of_rows
    assert sum(one.people for one in own) == own[0].of_people == sum(one.label == "cat" for one in job.seeds) // 2
    raw = [hypergeom.cdf(one.rows, one.of_rows + one.of_people, one.rows + one.people, one.of_rows) for one in own]
    assert [one.p for one in own] == pytest.approx(_correct(raw), abs=1e-9)
    assert find_groups(job, rows.sample(fraction=1, shuffle=True, seed=5)) == found


def test_holm_corrects_as_in_a_worked_example():
    assert _correct([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert _correct([0.9, 0.8]) == [1.0, 1.0] and _correct([]) == []


def test_few_rows_of_people_are_not_grouped_and_the_labels_are_named(tmp_path):
    seeds = [
        {"text": f"a {animal} of kind {number}", "label": animal} for animal in ("cat", "dog") for number in range(9)
    ]
    found = audit_coverage(make_job(tmp_path, seeds=seeds))
    assert (found.groups, found.ungrouped, found.made) == ([], ["cat", "dog"], False)


def test_the_plan_says_how_many_rows_each_value_gets(tmp_path):
    generators = [
        {"strategy": "attributes", "model": "offline/template", "weight": 3,
            "attributes": {"tone": ["calm", "cross"], "size": {"cat": ["big"], "dog": ["big", "small", "tiny"]}}},
        {"strategy": "topic", "model": "offline/template", "weight": 1, "topics": 5},
    ]  # fmt: skip
    job = make_job(tmp_path, rows=80, generators=generators)
    found = {(one.generator, one.attribute, one.label): one for one in list_planned(job.recipe, job.recipe.targets)}
    assert found["attributes", "tone", "cat"].rows == 40 * 0.75 / 2
    assert found["attributes", "size", "cat"].rows == 30 and found["attributes", "size", "dog"].rows == 10
    asked = found["topic", "topic", "dog"]
    assert (asked.count, asked.values, asked.rows) == (5, None, 2.0)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return a workspace whose rows are there, as the current folder."""
    generators = [{"strategy": "attributes", "model": "offline/template", "rows_per_call": 4,
        "attributes": {"tone": ["calm", "cross"]}}]  # fmt: skip
    workspace = make_workspace(tmp_path, generators=generators, rows=20)
    monkeypatch.chdir(tmp_path)
    return workspace


def test_the_command_tells_the_plan_then_what_is_there(made):
    before = CliRunner().invoke(app, ["coverage", "pets"])
    assert before.exit_code == 0 and "no rows are there yet, 20 are wanted" in before.output
    assert "attributes, tone: 2 values, about 5.0 to 5.0 rows of a label each" in before.output
    stages.generate(made, "pets")
    stages.curate(made, "pets")
    after = CliRunner().invoke(app, ["coverage", "pets", "--strict"])
    assert after.exit_code == 0 and "20 rows are there, 20 are wanted" in after.output
    assert "0 of 2 lack a value" in after.output and "unknown" in after.output
    told = json.loads(CliRunner().invoke(app, ["coverage", "pets", "--json"]).output)
    assert [one["there"] for one in told["labels"]] == [10, 10] and told["values"][0]["covered"] == 2


def test_strict_fails_for_a_label_and_a_value_without_rows(made):
    stages.generate(made, "pets")
    stages.curate(made, "pets")
    job = open_job(made, "pets")
    for split in ("train", "validation"):
        path = job.table(split)
        table = pl.read_parquet(path)
        kept = table.filter((pl.col("label") == "dog") | (pl.col("position") % 2 == 0))
        kept.write_parquet(path)
    said = CliRunner().invoke(app, ["coverage", "pets", "--strict"])
    assert said.exit_code == 1 and "MISSING  cat" in said.output and "'pedigree run pets'" in said.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--embedder", "nonsense"], "embedder"),
        (["--embedder", "sentence-transformers/data/none"], "data/none"),
        (["--embedder", "litellm/openai/text-embedding-3-small"], "paid"),
    ],
)
def test_an_embedder_that_cannot_be_used_is_an_error(made, options, told):
    with pytest.raises(CommandError) as error:
        CliRunner().invoke(app, ["coverage", "pets", *options], catch_exceptions=False)
    assert told in str(error.value) and error.value.exit_status == 2


def test_with_several_languages_rows_are_told_by_label_and_language(tmp_path):
    seeds = [{"text": f"number {n} of a cat", "label": "cat", "language": "de"} for n in range(3)]
    job = make_job(tmp_path, seeds=seeds, language=None, languages={"en": 0.75, "de": 0.25}, rows=8)
    found = audit_coverage(job)
    assert [(one.label, one.language, one.wanted, one.there) for one in found.languages] == [
        (label, code, wanted, 0) for label in job.recipe.labels for code, wanted in (("de", 1), ("en", 3))
    ]
    assert [one.people for one in found.languages if one.label == "cat"] == [3, 0]
