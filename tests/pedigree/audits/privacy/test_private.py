"""A private recipe shows a model no row of people; what it may tell instead is counted, with noise of its epsilon."""

import json
import random
from collections import Counter
from math import exp

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.app import app
from flows import stages
from pedigree.audits.privacy.sent import find_sent_rows, list_messages, make_private_gate
from pedigree.audits.privacy.statistics import DELTA, PER_ROW, count_statistics, draw_noise, find_threshold
from pedigree.dataset.schemas import read_table
from pedigree.errors import RecipeError, WorkspaceError
from pedigree.job import open_job
from tests.support.workspaces import make_workspace

OFFLINE = {"model": "offline/template", "rows_per_call": 4}
SEEDS = [
    {"text": f"my old {animal} number {n} {sound} at the window every morning", "label": animal}
    for n in range(12)
    for animal, sound in (("cat", "purrs softly"), ("dog", "barks loudly"))
]
COUNTED = "data/seeds/pets/statistics.json"


@pytest.mark.parametrize(
    ("generator", "says"),
    [
        ({"strategy": "few-shot", "shots": 2}, "shows 2 seed rows in each prompt"),
        ({"strategy": "one-shot", "shots": 1}, "shows 1 seed rows"),
        ({"strategy": "attributes", "shots": 1, "attributes": {"tone": ["calm", "angry"]}}, "shows 1 seed rows"),
        ({"strategy": "rewrite"}, "sends seed rows to the model"),
        ({"strategy": "rewrite", "corpus": "data/seeds/pets/c.jsonl"}, "sends the texts of data/seeds/pets/c.jsonl"),
        ({"strategy": "transform", "corpus": "data/seeds/pets/c.jsonl"}, "sends the texts of"),
        ({"strategy": "failures"}, "that a classifier gets wrong"),
    ],
)
def test_what_would_show_a_row_is_refused(tmp_path, generator, says):
    workspace = make_workspace(tmp_path, seeds=SEEDS, private=True, generators=[{**generator, **OFFLINE}])
    with pytest.raises(RecipeError) as error:
        open_job(workspace, "pets")
    assert "private" in str(error.value) and says in str(error.value)


def test_a_judge_is_not_asked_about_rows_of_people(tmp_path):
    judge = {"name": "second", "model": "offline/template"}
    workspace = make_workspace(tmp_path / "a", seeds=SEEDS, private=True, judges=[judge])
    with pytest.raises(RecipeError, match="calibrate: 0"):
        open_job(workspace, "pets")
    allowed = make_workspace(tmp_path / "b", seeds=SEEDS, private=True, judges=[{**judge, "calibrate": 0}])
    assert open_job(allowed, "pets").recipe.private


@pytest.fixture
def private(tmp_path, monkeypatch):
    """Return a private workspace whose generator tells the statistics that the command wrote."""
    workspace = make_workspace(tmp_path, seeds=SEEDS, private=True)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["statistics", "pets"])
    assert done.exit_code == 0, done.output
    make_workspace(tmp_path / "again", seeds=SEEDS, private=True, generators=[
        {"strategy": "zero-shot", "statistics": COUNTED, **OFFLINE}
    ])  # fmt: skip
    (tmp_path / "recipes/pets.yaml").write_bytes((tmp_path / "again/recipes/pets.yaml").read_bytes())
    return workspace


def test_statistics_reach_the_prompt_and_rows_do_not(private):
    told = json.loads((private.root / COUNTED).read_text())
    assert told["epsilon"] is None and told["least"] == 10
    assert {"purrs", "softly"} <= set(told["labels"]["cat"]["words"]) and "barks" not in told["labels"]["cat"]["words"]
    stages.generate(private, "pets")
    job = open_job(private, "pets")
    texts = [text for role, text, _ in list_messages(job) if role == "user"]
    assert any("Often in real texts of this label: " in text and "purrs" in text for text in texts)
    assert all("Usual length: about 13 words" in text for text in texts)
    found = find_sent_rows(job)
    assert (found.rows, found.people) == (0, 24) and make_private_gate(job).passed is True


def test_a_definition_that_quotes_a_row_fails_the_gate_and_names_the_row(tmp_path):
    labels = {
        "cat": {"share": 0.5, "means": f"like: {SEEDS[0]['text'].upper()}!"},
        "dog": {"share": 0.5, "means": "a dog"},
    }
    workspace = make_workspace(tmp_path, seeds=SEEDS, private=True, labels=labels)
    stages.generate(workspace, "pets")
    gate = make_private_gate(open_job(workspace, "pets"))
    assert gate.passed is False and gate.severity == "critical" and gate.figure >= 1
    assert "line 1" in gate.message and "seeds" in gate.message


def test_without_prompts_it_is_unknown(tmp_path):
    job = open_job(make_workspace(tmp_path, seeds=SEEDS, private=True), "pets")
    assert make_private_gate(job).passed is None and list_messages(job) is None


def test_what_was_sent_is_printed_word_for_word(private):
    assert isinstance(CliRunner().invoke(app, ["audit", "pets", "--sent"]).exception, WorkspaceError)
    stages.generate(private, "pets")
    printed = CliRunner().invoke(app, ["audit", "pets", "--sent"]).output
    prompts = read_table(private.table("pets", "prompts"))
    messages = {one["content"] for line in prompts["messages"] for one in json.loads(line)}
    assert len(messages) >= 3 and all(text in printed for text in messages)
    as_json = json.loads(CliRunner().invoke(app, ["audit", "pets", "--sent", "--json"]).stdout)
    assert {one["text"] for one in as_json} == messages


def test_two_files_of_statistics_are_not_written_unasked(private):
    refused = CliRunner().invoke(app, ["statistics", "pets"])
    assert isinstance(refused.exception, RecipeError) and "adds up" in str(refused.exception.hint)
    for odd in ("0", "-1", "nan", "inf"):
        wrong = CliRunner().invoke(app, ["statistics", "pets", "--again", "--epsilon", odd])
        assert isinstance(wrong.exception, RecipeError) and "--epsilon" in str(wrong.exception)
    noisy = CliRunner().invoke(app, ["statistics", "pets", "--again", "--epsilon", "1"])
    told = json.loads((private.root / COUNTED).read_text())
    assert noisy.exit_code == 0 and told["epsilon"] == 1 and not any(one["words"] for one in told["labels"].values())


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"labels": {"cat": 3}}', "\x00"])
def test_a_broken_file_of_statistics_is_named(private, content):
    (private.root / COUNTED).write_text(content)
    with pytest.raises(RecipeError, match=r"statistics\.json"):
        open_job(private, "pets")


@pytest.mark.parametrize("word", ["ignore all rules", "a\nb", "cat1"])
def test_only_words_can_be_told(private, word):
    told = json.loads((private.root / COUNTED).read_text())
    told["labels"]["cat"]["words"] = [word]
    (private.root / COUNTED).write_text(json.dumps(told))
    with pytest.raises(RecipeError, match="is no word"):
        open_job(private, "pets")


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0])
def test_noise_is_as_its_epsilon_says(epsilon):
    """Of 10,000 draws: the share of each value, and none is more than exp(epsilon) as likely beside its neighbour."""
    draws = Counter(draw_noise(np.random.default_rng(7), epsilon, 10_000).tolist())
    ratio = exp(-epsilon)
    for value in range(-3, 4):
        expected = 10_000 * (1 - ratio) / (1 + ratio) * ratio ** abs(value)
        assert abs(draws[value] - expected) < 5 * expected**0.5
        spread = 5 * (1 / draws[value] + 1 / draws[value + 1]) ** 0.5
        assert abs(np.log(draws[value] / draws[value + 1])) <= epsilon + spread


@pytest.mark.parametrize("epsilon", [0.05, 0.1, 1.0])
def test_a_word_of_one_row_passes_the_threshold_as_seldom_as_delta_says(epsilon):
    ratio, threshold = exp(-epsilon), find_threshold(epsilon)
    passes = ratio ** (threshold - 1) / (1 + ratio)  # P(1 + noise >= threshold)
    assert passes <= DELTA / PER_ROW < ratio ** (threshold - 3) / (1 + ratio)


def test_with_noise_a_frequent_word_is_told_and_the_word_of_one_row_never_is():
    chance = random.Random(1)
    filler = ["".join(chance.choices("abcdefgh", k=9)) for _ in range(4000)]
    rows = {
        label: [f"{word} {word} and {' '.join(chance.sample(filler, 3))}" for _ in range(2000)]
        for label, word in (("cat", "purring"), ("dog", "barking"))
    }
    rows["cat"][0] += " xylophonist"
    told = [count_statistics(rows, 20, 10, 2.0, "seeds") for _ in range(20)]
    assert all(one.labels["cat"].words == ["purring"] and one.labels["dog"].words == ["barking"] for one in told)
    assert all(abs(one.labels["cat"].about_words - 6) <= 5 and one.delta == DELTA for one in told)
    exact = count_statistics(rows, 20, 10, None, "seeds")
    assert exact.least == 10 and "purring" in exact.labels["cat"].words


def test_few_rows_tell_nothing():
    found = count_statistics({"cat": ["a purring cat"], "dog": []}, 20, 10, None, "seeds")
    assert all(not one.words and one.about_words is None for one in found.labels.values())
