"""The gate on the share of right labels: passed, failed or unknown, and what it rests on."""

import pytest

from pedigree.dataset.label_evidence import describe_labels
from pedigree.dataset.results import Estimate, LabelEvidence
from pedigree.labels.precision_gate import make_precision_gate
from pedigree.recipe.gate_settings import GateSettings

DEFAULT, UNCHECKED = GateSettings(), GateSettings(label_precision="unchecked-ok")


def make_evidence(low, share, high, by="classifier", **changes):
    right = Estimate(share=share, low=low, high=high)
    labels = {"cat": right, "dog": Estimate(share=0.0, low=0.0, high=0.2)}
    facts = {"rows": 100, "rests_on": "it was tested on 40 held-out rows", "doubted_row_ids": ["a"], "doubted_rows": 30}
    return LabelEvidence(by=by, right=right, by_label=labels, **facts | changes)


@pytest.mark.parametrize(
    ("interval", "passed", "severity", "says"),
    [
        ((0.80, 0.90, 0.95), True, "critical", "Enough labels are right, at least 70% expected"),
        ((0.02, 0.10, 0.19), False, "critical", "Too many labels are wrong, at least 70% expected"),
        ((0.40, 0.75, 1.00), None, "warning", "Unknown whether enough labels are right, at least 70% expected"),
    ],
)
def test_the_interval_decides(interval, passed, severity, says):
    gate = make_precision_gate([make_evidence(*interval)], DEFAULT)
    assert (gate.passed, gate.severity, gate.figure, gate.limit) == (passed, severity, interval[1], 0.7)
    assert gate.message.startswith(says) and "of dog 0%" in gate.message and "40 held-out rows" in gate.message
    assert (gate.failing_row_ids, gate.failing_rows) == ((["a"], 30) if passed is False else ([], 0))


@pytest.mark.parametrize(
    ("people", "classifier", "passed", "figure"),
    [
        ((0.1, 0.2, 0.3), (0.8, 0.9, 1.0), False, 0.2),
        ((0.8, 0.9, 1.0), (0.1, 0.2, 0.3), True, 0.9),
        ((0.5, 0.8, 0.9), (0.1, 0.2, 0.3), False, 0.2),
        ((0.5, 0.8, 0.9), (0.6, 0.7, 0.8), None, 0.8),
    ],
    ids=["people say no", "people say yes", "people read too few rows", "none decides"],
)
def test_the_strongest_evidence_that_decides_counts(people, classifier, passed, figure):
    gate = make_precision_gate([make_evidence(*people, by="people"), make_evidence(*classifier)], DEFAULT)
    assert (gate.passed, gate.figure) == (passed, figure)


def test_without_a_check_nothing_is_published_unless_the_recipe_says_so():
    gate = make_precision_gate([], DEFAULT)
    assert (gate.passed, gate.severity, gate.figure) == (None, "critical", None)
    assert gate.message.startswith("Nobody has checked the labels, and the recipe asks for a check: give the recipe")
    allowed = make_precision_gate([], UNCHECKED)
    assert (allowed.passed, allowed.severity) == (None, "warning")
    assert allowed.message == "Nobody has checked the labels; the recipe allows it"


def test_what_is_known_is_held_to_the_limit_even_where_unchecked_labels_are_allowed():
    assert make_precision_gate([make_evidence(0.0, 0.1, 0.2)], UNCHECKED).passed is False


@pytest.mark.parametrize(("limit", "passed"), [(0.05, True), (0.3, False), (0, None)])
def test_the_limit_is_the_recipes(limit, passed):
    gate = make_precision_gate([make_evidence(0.06, 0.1, 0.2)], GateSettings(label_precision=limit))
    assert gate.passed is passed and (passed is not None or gate.severity == "warning")


@pytest.mark.parametrize("value", [1.1, -0.1, "unchecked", None])
def test_another_value_is_an_error(value):
    with pytest.raises(ValueError, match="label_precision"):
        GateSettings.model_validate({"label_precision": value})


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        ([], "Nobody has checked the labels"),
        (
            [make_evidence(0.43, 0.54, 0.64, by="people", name="Ann, Bo", rows=80)],
            "People (Ann, Bo) read 80 rows: by estimate 54% of the labels are right (95 % interval 43% to 64%); "
            "lowest dog with 0% (0% to 20%)",
        ),
        (
            [make_evidence(0.8, 0.9, 1.0)],
            "A classifier checked 100 rows: by estimate 90% of the labels are right (95 % interval 80% to 100%); "
            "lowest dog with 0% (0% to 20%). No person has checked them",
        ),
    ],
)
def test_what_is_known_is_a_sentence(evidence, says):
    assert describe_labels(evidence) == says
