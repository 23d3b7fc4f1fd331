"""Scores on the held-out rows on which annotators agree: scikit-learn's, of the rows that reach each level."""

import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pedigree.dataset.annotator_agreement import read_agreement
from pedigree.dataset.examples import load_examples
from pedigree.report.evaluation_page import list_agreement
from pedigree.usefulness.agreement_sweep import MAX_LEVELS, choose_levels, sweep_agreement
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.trials import Trial
from pedigree.usefulness.tstr import measure_usefulness
from tests.support.make_candidates import make_recipe


def draw(rows=400):
    """Return true labels, probabilities that are right more often where people agree, and the agreement."""
    chance = np.random.default_rng(3)
    true, agreement = chance.integers(0, 3, rows), chance.choice([0.5, 0.75, 1.0, np.nan], rows)
    right = chance.random(rows) < np.nan_to_num(agreement, nan=0.0)
    read = np.where(right, true, (true + 1) % 3)
    return true, np.eye(3)[read], agreement


def test_each_level_has_the_scores_of_the_rows_that_reach_it():
    true, probabilities, agreement = draw()
    found = sweep_agreement(
        agreement, {"synthetic": Trial(true, probabilities), "other": Trial(true, probabilities)}, 0
    )
    assert found["known"] == (~np.isnan(agreement)).sum() and [one["agreement"] for one in found["levels"]] == [
        0.5,
        0.75,
        1,
    ]
    for one in found["levels"]:
        own = np.nan_to_num(agreement, nan=-1) >= one["agreement"]
        scores, read = one["synthetic"], probabilities[own].argmax(axis=1)
        assert one["rows"] == own.sum() and set(one) == {"agreement", "rows", "synthetic"}
        assert scores["accuracy"] == pytest.approx(accuracy_score(true[own], read))
        assert scores["macro_f1"] == pytest.approx(f1_score(true[own], read, average="macro"))
        assert scores["macro_f1_interval"][0] <= scores["macro_f1"] <= scores["macro_f1_interval"][1]
    assert found["levels"][-1]["synthetic"]["accuracy"] == 1


def test_of_many_levels_few_are_taken_and_the_first_holds_all_rows():
    agreement = np.append(np.linspace(0.4, 1, 300), np.nan)
    levels = choose_levels(agreement)
    assert len(levels) == MAX_LEVELS and levels == sorted(levels) and levels[0] == 0.4 and levels[-1] == 1


def test_nothing_is_swept_where_nobody_says_how_far_annotators_agree():
    true, probabilities, _ = draw()
    assert sweep_agreement(np.full(len(true), np.nan), {"real": Trial(true, probabilities)}, 0) is None
    assert list_agreement({}) == () and list_agreement({"agreement": None}) == ()


@pytest.mark.parametrize(
    ("record", "fields", "share"),
    [
        ({"agreement": 0.75}, (), 0.75), ({"agreement": "0.75"}, (), 0.75), ({"agreement": 1}, (), 1.0),
        ({"agreement": 75}, (), None), ({"agreement": "high"}, (), None), ({"agreement": None}, (), None),
        ({}, (), None),
        ({"agreement": True}, (), None), ({"agreement": float("nan")}, (), None),
        ({"agreement": 0.5}, ("agreement",), None),
        ({"annotations": ["a", "b", "a", "a"]}, (), 0.75), ({"annotations": ["a"]}, (), None),
        ({"annotations": ["a", None]}, (), None), ({"annotations": "a, b"}, (), None),
        ({"annotations": ["a", "b"], "agreement": 0.9}, (), 0.5),
    ],
)  # fmt: skip
def test_agreement_is_read_from_a_share_or_from_the_annotators_labels(record, fields, share):
    assert read_agreement(record, fields) == share


def test_the_evaluation_of_held_out_rows_with_annotators_has_the_sweep(tmp_path):
    path = tmp_path / "held-out.jsonl"
    animals = {"cat": "purr meow fur", "dog": "bark walk bone"}
    lines = [
        {"text": f"{animals[label]} {n}", "label": label, "agreement": (0.5, 1.0)[n % 2]}
        for label in animals
        for n in range(20)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    held_out = load_examples(path, make_recipe())
    texts, labels = [one.fields["text"] for one in held_out], np.array([int(one.label == "dog") for one in held_out])
    sample, none = Sample(texts, labels), Sample([], np.array([], dtype=int))
    agreement = np.array([one.agreement for one in held_out])
    useful = measure_usefulness(sample, none, sample, ["cat", "dog"], repeats=1, seed=0, agreement=agreement)
    assert [(one.trained_on, one.agreement, one.rows) for one in list_agreement(useful)] == [
        ("the synthetic rows", 0.5, 40), ("the synthetic rows", 1.0, 20)
    ]  # fmt: skip
    assert "agreement" not in measure_usefulness(sample, none, sample, ["cat", "dog"], repeats=1, seed=0)
