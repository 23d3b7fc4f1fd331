"""The audit finds what a dishonest endpoint copies, and no sign where nothing was copied."""

import itertools
import json
import random

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from cli.app import app
from pedigree.audits.privacy.audit import audit_rows
from pedigree.audits.privacy.bigram_model import BigramModel, cut_texts
from pedigree.audits.privacy.copies import find_copies
from pedigree.audits.privacy.membership import infer_membership
from pedigree.audits.privacy.nearness import measure_nearness
from pedigree.dataset.schemas import write_table
from pedigree.job import open_job
from pedigree.metrics.tfidf import compute_cosines, embed_tfidf
from pedigree.workspace import Workspace
from tests.support.workspaces import make_workspace

WORDS = [a + b + c for a, b, c in itertools.product("bdfgklmnprstvz", "aeiou", ["n", "r", "st"])]


def write(chance, number, words=20):
    return [" ".join(chance.choices(WORDS, k=words)) for _ in range(number)]


def change(text, chance, share):
    words = text.split()
    for place in chance.sample(range(len(words)), round(share * len(words))):
        words[place] = chance.choice(WORDS)
    return " ".join(words)


@pytest.mark.parametrize("how", ["verbatim", "a tenth of the words changed", "split over two rows"])
@pytest.mark.parametrize("words", [12, 20, 40])
def test_twenty_of_twenty_copies_are_found_and_nothing_else(how, words):
    chance = random.Random(words)
    shown, fresh = write(chance, 20, words), write(chance, 200, words)
    if how == "verbatim":
        copied = [[text.upper()] for text in shown]
    elif how == "split over two rows":
        copied = [[" ".join(text.split()[: words // 2]), " ".join(text.split()[words // 2 :])] for text in shown]
    else:
        copied = [[change(text, chance, 0.1)] for text in shown]
    rows = [(text, source) for source, parts in enumerate(copied) for text in parts] + [(text, None) for text in fresh]
    chance.shuffle(rows)
    found = find_copies([text for text, _ in rows], shown)
    expected = {(number, source) for number, (_, source) in enumerate(rows) if source is not None}
    assert {(copy.row, copy.source) for copy in found.copies} == expected


def test_the_longest_run_and_the_shared_runs_are_counted():
    source = " ".join(f"w{number}" for number in range(30))
    text = "x y " + " ".join(f"w{number}" for number in range(5, 18)) + " z"
    found = find_copies([text, "w1 w2 w3 w4 w5 w6 w7 w8 q", "one two three four five"], [source])
    assert (found.sharing_short, found.sharing_long) == (2, 1)
    assert [(copy.row, copy.longest) for copy in found.copies] == [(1, 8), (0, 13)]
    assert found.copies[1].covered == 13 / 16


def test_the_share_of_near_rows_is_that_of_brute_force():
    chance = random.Random(3)
    shown, unseen, rows = write(chance, 30, 6), write(chance, 30, 6), write(chance, 90, 6)
    rows += [change(text, chance, 0.3) for text in shown]
    vectors = embed_tfidf([*rows, *shown, *unseen])
    sides = vectors[:120], vectors[120:150], vectors[150:]
    found = measure_nearness(*sides, seed=0)
    near, far = (np.round(compute_cosines(sides[0], side), 9).max(axis=1) for side in sides[1:])
    cosines = [np.round(compute_cosines(sides[0], side), 9) for side in sides[1:]]
    shares = []
    for one, two, top_one, top_two in zip(*cosines, near, far, strict=True):
        top = max(top_one, top_two)
        ours, theirs = (one == top).sum(), (two == top).sum()
        shares.append(ours / (ours + theirs))
    assert found.share == pytest.approx(np.mean(shares), abs=1e-9)
    assert found.share > found.high > 0.5 > found.low


def test_by_chance_the_share_stays_within_its_interval():
    inside = 0
    for seed in range(20):
        chance = random.Random(seed)
        sides = write(chance, 100, 5), write(chance, 40, 5), write(chance, 40, 5)
        vectors = embed_tfidf([text for side in sides for text in side])
        found = measure_nearness(vectors[:100], vectors[100:140], vectors[140:], seed)
        inside += found.low <= found.share <= found.high
    assert inside >= 16


def test_membership_is_told_where_rows_take_over_word_pairs_and_not_where_they_are_fresh():
    chance = random.Random(5)
    shown, unseen = write(chance, 60), write(chance, 60)
    told = infer_membership([change(text, chance, 0.4) for text in shown], shown, unseen, 0)
    assert told.low > 0.8
    silent = infer_membership(write(chance, 300), shown, unseen, 0)
    assert silent.low < 0.5 < silent.high
    model = BigramModel(cut_texts(["a b a", "a c"]))
    words = ["", "a", "b", ""]
    sizes = 4 + 1  # "", a, b, c, and one for all others
    expected = np.mean([np.log((n + 0.1) / (of + 0.1 * sizes)) for n, of in [(2, 2), (1, 3), (0, 1)]])
    assert model.score(words) == pytest.approx(expected, abs=1e-12)
    scores = [BigramModel(cut_texts(shown)).score(words) for words in cut_texts([*shown, *unseen])]
    area = infer_membership(shown, shown, unseen, 0).auc
    assert area == pytest.approx(roc_auc_score([1] * 60 + [0] * 60, scores), abs=1e-12)


def test_planted_rows_rank_by_how_often_they_were_repeated():
    """The more often a row of people is repeated in what came back, the better its membership is told."""
    chance = random.Random(9)
    shown, unseen = write(chance, 50), write(chance, 50)
    areas = [
        infer_membership(
            write(chance, 400) + [change(text, chance, 0.5) for text in shown] * times, shown, unseen, 0
        ).auc
        for times in (0, 1, 4)
    ]
    assert areas[0] < areas[1] < areas[2] and areas[2] > 0.95


@pytest.mark.parametrize("sides", [([], ["a"]), (["a"], []), ([], [])])
def test_without_a_side_nothing_is_claimed(sides):
    shown, unseen = sides
    vectors = embed_tfidf(["a b", *shown, *unseen])
    assert measure_nearness(vectors[:1], vectors[1 : 1 + len(shown)], vectors[1 + len(shown) :], 0) is None
    assert infer_membership(["a b"], shown, unseen, 0) is None
    assert find_copies([], shown).rows == 0 and find_copies(["", "a"], ["", "a"]).copies == []


LABELS = {name: {"means": f"it is {name}", "share": 0.5} for name in ("yes", "no")}


def make_job(root, shown, held_out):
    def rows(texts):
        return [{"text": text, "label": "yes" if number % 2 else "no"} for number, text in enumerate(texts)]

    make_workspace(root, seeds=rows(shown), held_out=rows(held_out), labels=LABELS)
    return open_job(Workspace(root), "pets")


def test_an_audit_says_unknown_where_there_is_nothing_to_compare(tmp_path):
    job = make_job(tmp_path / "w", [], [])
    found = audit_rows(job, pl.DataFrame({"row_id": ["1" * 64], "text": ["mail me at ann@example.org please"]}))
    assert {one.name: one.warns for one in found.findings} == {
        "sent to a model": None,
        "close copies": None,
        "shared runs": None,
        "nearness": None,
        "membership": None,
        "personal data": True,
    }
    assert all("unknown" in one.figure for one in found.findings[:5])


def test_an_audit_of_a_copying_model_names_the_rows_and_the_lines(tmp_path):
    chance = random.Random(1)
    shown, held_out, fresh = write(chance, 20), write(chance, 20), write(chance, 60)
    job = make_job(tmp_path / "w", shown, held_out)
    texts = fresh + shown[3:5]
    rows = pl.DataFrame({"row_id": [f"{number:064x}" for number in range(len(texts))], "text": texts})
    found = audit_rows(job, rows)
    assert [(copy["row_id"], copy["line"]) for copy in found.copies] == [(f"{60:064x}", 4), (f"{61:064x}", 5)]
    named = {one.name: one.warns for one in found.findings}
    assert named["close copies"] and named["shared runs"] and named["personal data"] is False
    honest = audit_rows(job, rows.head(60))
    assert not any(one.warns for one in honest.findings[:2])


def test_the_command_shows_copies_and_strict_ends_with_status_1(tmp_path, monkeypatch):
    chance = random.Random(1)
    shown, held_out = write(chance, 20), write(chance, 20)
    job = make_job(tmp_path / "w", shown, held_out)
    texts = [*write(chance, 6), f"{shown[3]} [b]"]
    rows = pl.DataFrame(
        {"row_id": [f"{n:064x}" for n in range(7)], "text": texts, "label": "yes", "weight": 1.0, "generator": "g"}
        | {"completion_id": "c" * 64, "position": 0},
        schema_overrides={"position": pl.Int32},
    )
    job.folder.mkdir(parents=True)
    for split, part in (("train", rows.head(5)), ("validation", rows.tail(2))):
        write_table(part, job.table(split))
    monkeypatch.chdir(tmp_path / "w")
    done = CliRunner().invoke(app, ["audit", "pets"])
    assert done.exit_code == 0 and "close copies: 1 of 7 rows; 0 of held-out rows" in done.output
    assert "stand in line 4" in done.output and f"{shown[3]} [b]" in done.output
    assert CliRunner().invoke(app, ["audit", "pets", "--strict"]).exit_code == 1
    plain = json.loads(CliRunner().invoke(app, ["audit", "pets", "--json"]).stdout)
    assert plain["rows"] == 7 and plain["copies"][0]["line"] == 4 and len(plain["findings"]) == 6
