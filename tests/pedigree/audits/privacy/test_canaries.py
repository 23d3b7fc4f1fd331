"""Planted secrets rank as the theory says: by chance where nothing leaks, higher the more often they were planted."""

import itertools
import random
from math import log2

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cli.app import app
from flows import stages
from pedigree.audits.privacy.canaries import CHANCE_BITS, OTHERS, load_canaries, measure_exposures, plant
from pedigree.errors import CommandError, RecipeError
from pedigree.job import open_job
from tests.support.workspaces import make_job, make_workspace

WORDS = [a + b + c for a, b, c in itertools.product("bdfgklmnprst", "aeiou", ["n", "r", "st"])]
FILE, SECRETS = "data/seeds/pets/with-canaries.jsonl", "data/seeds/pets/canaries.json"


def write(chance, number, words=16):
    return [" ".join(chance.choices(WORDS, k=words)) for _ in range(number)]


def make_seeds(chance, number=40):
    return [{"text": text, "label": label} for label in ("cat", "dog") for text in write(chance, number)]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return make_job(tmp_path_factory.mktemp("pets"), seeds=make_seeds(random.Random(1)))


def test_each_secret_stands_in_as_many_rows_as_its_rate_says(job):
    planted, records = plant(job, [1, 4, 16], 5, 0)
    texts = [one["text"] for one in records]
    assert len(records) == 80 + 5 * (1 + 4 + 16)
    for one in planted.canaries:
        holding = [text for text in texts if text.endswith(one.secret)]
        assert len(holding) == one.rate == len(set(holding)), "each copy begins in another way"
        assert {record["label"] for record in records if record["text"].endswith(one.secret)} == {one.label}
    assert {one["text"] for one in records} >= {one.fields["text"] for one in job.seeds}
    assert plant(job, [1, 4, 16], 5, 0) == (planted, records) != plant(job, [1, 4, 16], 5, 1)


def test_without_a_leak_ranks_are_chance(job):
    """Exposure is log2 of a uniform rank: its mean is 1 / ln 2 bits, its standard deviation too."""
    exposures, alarms = [], 0
    for seed in range(30):
        planted, _ = plant(job, [4], 8, seed)
        (found,) = measure_exposures(write(random.Random(f"rows {seed}"), 300), planted)
        exposures.append(found.mean)
        alarms += found.p < 0.05
        assert found.texts == 0 and found.most <= log2(OTHERS + 1)
    mean = sum(exposures) / len(exposures)
    assert abs(mean - CHANCE_BITS) < 4 * CHANCE_BITS / (30 * 8) ** 0.5
    assert alarms <= 5, "at a level of 5 % six or more in thirty have a chance of 0.3 %"


def test_a_leak_exposes_secrets_the_more_the_higher_their_rate(job):
    """A model that hands back a tenth of the seed rows it was shown, with every fourth word changed."""
    means = {1: [], 4: [], 16: []}
    for seed in range(12):
        planted, records = plant(job, [1, 4, 16], 5, seed)
        chance = random.Random(seed)
        leaked = []
        for record in chance.sample(records, len(records) // 10):
            words = record["text"].split()
            leaked.append(
                " ".join(chance.choice(WORDS) if place % 4 == 0 else word for place, word in enumerate(words))
            )
        for one in measure_exposures([*write(chance, 200), *leaked], planted):
            means[one.rate].append(one.mean)
    low, middle, high = (sum(one) / len(one) for one in means.values())
    assert CHANCE_BITS < middle < high and low < middle and high > 2 * CHANCE_BITS + 2


def test_verbatim_secrets_are_counted_and_fully_exposed(job):
    planted, _ = plant(job, [1], 3, 5)
    texts = [*write(random.Random(2), 100), *(f"Well, {one.secret.upper()} indeed" for one in planted.canaries)]
    (found,) = measure_exposures(texts, planted)
    assert found.texts == 3 and found.mean > log2(OTHERS + 1) - 1 and found.p < 1e-6
    assert measure_exposures([], planted) == []


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Return a workspace with seeds, as the current folder."""
    generators = [{"strategy": "few-shot", "shots": 2, "model": "offline/template", "rows_per_call": 4}]
    made = make_workspace(tmp_path, seeds=make_seeds(random.Random(3)), generators=generators)
    monkeypatch.chdir(tmp_path)
    return made


def test_a_trial_from_planting_to_the_audit(workspace):
    said = CliRunner().invoke(app, ["canaries", "pets", "--rates", "1, 4", "--each", "2"])
    assert said.exit_code == 0 and "90 rows, 10 of them with one of 4 secrets" in " ".join(said.output.split())
    yaml = YAML()
    recipe = yaml.load(workspace.recipe_path("pets"))
    recipe |= {"dataset": "pets-trial", "seeds": FILE}
    yaml.dump(recipe, workspace.recipe_path("pets-trial"))
    stages.generate(workspace, "pets-trial")
    stages.curate(workspace, "pets-trial")
    audit = CliRunner().invoke(app, ["audit", "pets-trial", "--canaries", SECRETS])
    assert audit.exit_code == 0 and "canaries: planted in 1 row: " in audit.output
    assert "no sign  canaries" in audit.output, "the offline model reads no seed row"
    with pytest.raises(RecipeError, match=r"4 of 4 secrets .* stand in no seed row of pets"):
        CliRunner().invoke(app, ["audit", "pets", "--canaries", SECRETS], catch_exceptions=False)


@pytest.mark.parametrize("rates", ["", "0", "1,,2", "-1", "1.5", "two", "1001", ",".join(map(str, range(1, 12)))])
def test_rates_that_are_none_are_an_error_and_nothing_is_written(workspace, rates):
    with pytest.raises(RecipeError, match="--rates") as error:
        CliRunner().invoke(app, ["canaries", "pets", "--rates", rates], catch_exceptions=False)
    assert error.value.exit_status == 2 and not (workspace.root / FILE).exists()


def test_files_that_are_there_are_not_replaced_unasked(workspace):
    CliRunner().invoke(app, ["canaries", "pets"])
    before = (workspace.root / SECRETS).read_bytes()
    with pytest.raises(RecipeError, match="is there"):
        CliRunner().invoke(app, ["canaries", "pets", "--seed", "1"], catch_exceptions=False)
    assert (workspace.root / SECRETS).read_bytes() == before
    assert CliRunner().invoke(app, ["canaries", "pets", "--seed", "1", "--again"]).exit_code == 0
    assert (workspace.root / SECRETS).read_bytes() != before


def test_seeds_that_can_hold_no_secret_are_an_error(tmp_path):
    few = [{"text": f"a {label}", "label": label} for label in ("cat", "dog")]
    with pytest.raises(RecipeError, match="3 different words"):
        plant(make_job(tmp_path / "few", seeds=few), [1], 1, 0)
    fields = {"size": {"type": "integer", "min": 1, "max": 9}}
    numbers = [{"size": number, "label": label} for label in ("cat", "dog") for number in range(1, 5)]
    with pytest.raises(CommandError, match="no field of pets is a text"):
        plant(make_job(tmp_path / "numbers", seeds=numbers, fields=fields), [1], 1, 0)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"dataset": "pets"}', b'{"canaries": 3}', b"\xff", None])
def test_a_broken_file_of_canaries_is_an_error(tmp_path, content):
    path = tmp_path / "canaries.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"canaries\.json"):
        load_canaries(path)


def test_a_recipe_without_seeds_is_told(tmp_path, monkeypatch):
    make_workspace(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match="has no seed rows"):
        CliRunner().invoke(app, ["canaries", "pets"], catch_exceptions=False)
    assert not open_job(make_workspace(tmp_path / "other"), "pets").seeds
