"""Mentions of groups are counted and compared as the sources say; planted bias is found and its absence is not."""

import json
import random
from math import log, sqrt

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from cli.app import app
from pedigree.audits.bias.audit import audit_bias
from pedigree.audits.bias.classifier_bias import measure_flips, measure_gaps, swap_words
from pedigree.audits.bias.mentions import Corpus, compare_labels, compare_shares, score_log_odds
from pedigree.audits.bias.term_lists import SHIPPED, TermLists, count_terms, cut, find_term_file, load_terms
from pedigree.errors import RecipeError
from tests.support.workspaces import make_job, make_workspace

ENGLISH = load_terms(SHIPPED / "en.yaml")
SMALL = TermLists("small", {("gender", "female"): [("she",)], ("gender", "male"): [("he",)]}, [(("he",), ("she",))])
FILLER = [
    "the",
    "parcel",
    "came",
    "late",
    "and",
    "nobody",
    "knew",
    "where",
    "it",
    "went",
    "or",
    "who",
    "had",
    "it",
    "last",
    "week",
]


def write(chance, subject, number):
    return [f"{subject} said {' '.join(chance.sample(FILLER, 6))}" for _ in range(number)]


@pytest.mark.parametrize("seed", range(20))
def test_the_z_score_is_the_one_of_the_paper(seed):
    """Monroe, Colaresi and Quinn 2008: equations 16 and 20, and their quotient, written out once more."""
    chance = np.random.default_rng(seed)
    prior_words, own_words, other_words = (int(one) for one in chance.integers(500, 5000, 3))
    prior, own, other = (int(one) for one in chance.integers(1, 60, 3))
    omega = [
        (count + prior) / (words + prior_words - count - prior)
        for count, words in ((own, own_words), (other, other_words))
    ]
    variance = 1 / (own + prior) + 1 / (other + prior)
    expected = (log(omega[0]) - log(omega[1])) / sqrt(variance)
    assert score_log_odds(own, own_words, other, other_words, prior, prior_words) == pytest.approx(expected, abs=1e-9)


def test_terms_of_several_words_are_found_and_parts_of_words_are_not():
    texts = cut(["An OLD woman, she's old.", "The shepherd sheltered", "a golden woman"])
    assert [count_terms(words, [("old", "woman")]) for words in texts] == [1, 0, 0]
    assert [count_terms(words, [("she",), ("old",)]) for words in texts] == [2, 0, 0]


def test_a_label_that_goes_with_a_group_is_notable_and_chance_is_not():
    chance = random.Random(3)
    planted = [*((text, "cat") for text in write(chance, "she", 100)), *((t, "dog") for t in write(chance, "he", 100))]
    even = [(text, label) for label in ("cat", "dog") for who in ("he", "she") for text in write(chance, who, 50)]
    for rows, expected in ((planted, True), (even, False)):
        corpus = Corpus(cut([text for text, _ in rows]), [label for _, label in rows])
        found = {(one.group, one.label): one for one in compare_labels(corpus, ["cat", "dog"], SMALL)}
        assert (abs(found["female", "cat"].z) > 3) is expected
        assert found["female", "cat"].z == pytest.approx(-found["female", "dog"].z)
    assert found["female", "cat"].rows == 50 and found["female", "cat"].of == 100


def test_a_group_that_nobody_mentions_is_unknown():
    [one, *_] = compare_labels(Corpus(cut(["a", "b"]), ["cat", "dog"]), ["cat", "dog"], SMALL)
    assert one.z is None and one.rows == 0


def test_the_interval_of_a_difference_is_newcombes():
    """The example of Newcombe 1998, table II, method 10: 56 of 70 and 48 of 80."""
    difference, low, high = compare_shares(56, 70, 48, 80)
    assert (round(difference, 4), round(low, 4), round(high, 4)) == (0.2, 0.0524, 0.3339)


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("He gave HIS dog to the woman.", "She gave HER dog to the man."),
        ("the shepherd, heir of hers", "the shepherd, heir of hers"),
        ("he and she", "she and he"),
        ("The man's hat", "The woman's hat"),
        ("", ""),
    ],
)
def test_words_are_exchanged_both_ways_in_their_case(text, swapped):
    assert swap_words(text, ENGLISH) == swapped
    assert swap_words(swapped, ENGLISH) == text


def test_flips_and_gaps_of_a_classifier_that_reads_gender_alone():
    def predict(texts):
        return np.array(["cat" if "she" in words else "dog" for words in cut(texts)], dtype=object)

    chance = random.Random(1)
    texts = [*write(chance, "she", 30), *write(chance, "he", 30), *write(chance, "it", 30)]
    flips = measure_flips(predict, texts, SMALL)
    assert (flips.rows, flips.flipped) == (60, 60) and flips.low > 0.9 and flips.examples[0].after == "dog"
    labels = ["cat"] * 20 + ["dog"] * 70
    gaps = {one.group: one for one in measure_gaps(predict, texts, labels, SMALL)}
    assert gaps["female"].accuracy == pytest.approx(2 / 3) and gaps["female"].others == 1.0
    assert gaps["female"].high < 0 < gaps["male"].low
    assert measure_flips(lambda some: np.array(["dog"] * len(some), dtype=object), texts, SMALL).flipped == 0
    assert measure_flips(predict, ["it rains"], SMALL) is None


def test_with_few_rows_accuracy_is_unknown():
    [one, _] = measure_gaps(lambda some: np.array(["cat"] * len(some), dtype=object), ["she"] * 5, ["cat"] * 5, SMALL)
    assert one.accuracy is None and one.rows == 5


def test_without_people_and_with_one_label_all_is_unknown(tmp_path):
    job = make_job(tmp_path)
    found = audit_bias(job, pl.DataFrame({"label": ["cat"], "text": ["she purrs"]}), SMALL)
    assert found.flips is None and found.gaps == [] and found.real == []
    assert all(one.difference is None for one in found.coverage) and found.list_notable() == []


def test_the_command_shows_planted_bias_beside_people(tmp_path, monkeypatch):
    chance = random.Random(5)
    people = [
        {"text": text, "label": label}
        for label in ("cat", "dog") for who in ("he", "she") for text in write(chance, who, 30)
    ]  # fmt: skip
    make_workspace(tmp_path, held_out=people)
    texts = [*((one, "cat") for one in write(chance, "she", 60)), *((one, "dog") for one in write(chance, "he", 60))]
    rows = pl.DataFrame([
        {"row_id": f"{place:064}", "label": label, "text": text, "generator": "g", "completion_id": "c", "position": 0}
        for place, (text, label) in enumerate(texts)
    ])  # fmt: skip
    monkeypatch.setattr("pedigree.job_outputs.read_rows", lambda job: rows)
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(app, ["bias", "pets"])
    assert shown.exit_code == 0, shown.output
    assert "cat: gender female in 60 of 60 rows" in shown.output and "people's rows: 30 of 60 rows" in shown.output
    told = json.loads(CliRunner().invoke(app, ["bias", "pets", "--json"]).stdout)
    assert told["flips"]["rows"] == 120 and told["flips"]["flipped"] > 60
    assert {one["group"] for one in told["coverage"]} >= {"female", "male", "muslim"}


@pytest.mark.parametrize(
    "content",
    ["", "3", "groups: {}", "groups: {gender: {female: she}}", "groups: {a: {b: ['!']}}", "groups: [", "other: 1",
     "groups: {a: {b: [x]}}\nswaps: [[x]]", "groups: {a: {b: [x]}}\nswaps: [[x, y], [y, z]]"],
)  # fmt: skip
def test_a_file_of_terms_that_makes_no_sense_is_named(tmp_path, content):
    path = tmp_path / "odd.yaml"
    path.write_text(content)
    with pytest.raises(RecipeError, match=r"odd\.yaml"):
        load_terms(path)


def test_the_workspaces_own_list_comes_first_and_a_missing_language_is_told(tmp_path):
    assert find_term_file(tmp_path, "en", None) == SHIPPED / "en.yaml"
    (tmp_path / "terms").mkdir()
    (tmp_path / "terms/en.yaml").write_text("groups: {a: {b: [x]}}")
    assert find_term_file(tmp_path, "en", None) == tmp_path / "terms/en.yaml"
    with pytest.raises(RecipeError, match="no list of terms for language 'fi'"):
        find_term_file(tmp_path, "fi", None)
    with pytest.raises(RecipeError, match="none"):
        load_terms(find_term_file(tmp_path, "en", "none.yaml"))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_lists_are_read_and_no_word_is_of_two_groups_of_a_dimension(path):
    found = load_terms(path)
    for dimension in {one for one, _ in found.groups}:
        words = [word for (of, _), some in found.groups.items() if of == dimension for word in some]
        assert len(words) == len(set(words)), dimension
    assert len(found.swaps) >= 10
