"""The gate on the share of right labels: passed, failed or unknown, and what it rests on."""

import pytest

from pedigree.dataset.label_evidence import collect_label_facts, describe_briefly, list_label_sentences
from pedigree.dataset.results import Estimate, GateResults, LabelEvidence
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


GUESSES = {"by": "judge", "name": "j, openai/j", "guesses": True, "caution": "no better than chance"}


@pytest.mark.parametrize("interval", [(0.0, 0.1, 0.2), (0.8, 0.9, 1.0), (0.1, 0.5, 0.9)])
def test_a_judge_that_guesses_decides_nothing_and_alone_it_is_no_check(interval):
    gate = make_precision_gate([make_evidence(*interval, **GUESSES)], DEFAULT)
    assert (gate.passed, gate.severity, gate.failing_rows) == (None, "critical", 0)
    assert "judge itself (j, openai/j) was tested" in gate.message and "no better than guessing" in gate.message
    assert gate.message.endswith("which counts more than any judge")
    assert make_precision_gate([make_evidence(*interval, **GUESSES)], UNCHECKED).severity == "warning"


def test_beside_a_judge_that_guesses_other_evidence_decides():
    for low, passed in ((0.8, True), (0.1, False)):
        judge, classifier = make_evidence(0.3, 0.4, 0.5, **GUESSES), make_evidence(low, low + 0.05, low + 0.1)
        gate = make_precision_gate([judge, classifier], DEFAULT)
        assert gate.passed is passed and gate.severity == "critical" and "guessing" not in gate.message
    unclear = make_evidence(0.5, 0.7, 0.9)
    gate = make_precision_gate([unclear, make_evidence(0.3, 0.4, 0.5, **GUESSES)], DEFAULT)
    assert (gate.passed, gate.severity) == (None, "critical") and "no better than guessing" in gate.message
    gate = make_precision_gate([unclear, make_evidence(0.3, 0.6, 0.9, **GUESSES)], DEFAULT)
    assert (gate.passed, gate.severity) == (None, "warning")


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


TESTED = "It was tested on 40 held-out rows"
DOG = "lowest dog with 0% (0% to 20%)"
ALONE = "No person has checked them"


def make_gates(*evidence, limit=0.7):
    gates = [make_precision_gate(evidence, GateSettings(label_precision=limit))]
    return GateResults(passed=True, suite="text-classification", gates=gates, labels=list(evidence))


def people(low, share, high, **changes):
    return make_evidence(low, share, high, by="people", name="Ann", **changes)


def judge(low, share, high, **changes):
    return make_evidence(low, share, high, by="judge", name="look, gpt", **changes)


PEOPLE = "People (Ann) read 100 rows: by estimate {} of the labels are right (95 % interval {})"
JUDGE = "A judge model (look, gpt) checked 100 rows: by estimate {} of the labels are right (95 % interval {})"
CLASSIFIER = "A classifier checked 100 rows: by estimate {} of the labels are right (95 % interval {})"
NINETY = ("90%", "80% to 95%")


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        ([], ["Nobody has checked the labels"]),
        ([people(0.8, 0.9, 0.95)], [f"{PEOPLE.format(*NINETY)}; {DOG}", TESTED]),
        ([judge(0.8, 0.9, 0.95)], [f"{JUDGE.format(*NINETY)}; {DOG}", TESTED, ALONE]),
        ([make_evidence(0.8, 0.9, 0.95)], [f"{CLASSIFIER.format(*NINETY)}; {DOG}", TESTED, ALONE]),
        (
            [judge(0.8, 0.9, 0.95, caution="It wrote them"), make_evidence(0.72, 0.85, 1.0)],
            [
                f"{JUDGE.format(*NINETY)}; {DOG}",
                TESTED,
                "Caution: It wrote them",
                f"{CLASSIFIER.format('85%', '72% to 100%')}; it was tested on 40 held-out rows. "
                "The intervals do not contradict",
                "The gate used the classifier's estimate: the judge model's does not decide at 70%, as it has "
                "a caution",
                ALONE,
            ],
        ),
        (
            [people(0.8, 0.9, 0.95), judge(0.1, 0.2, 0.3)],
            [
                f"{PEOPLE.format(*NINETY)}; {DOG}",
                TESTED,
                f"{JUDGE.format('20%', '10% to 30%')}; it was tested on 40 held-out rows. "
                "They DISAGREE: their intervals have no share in common",
                "The gate used the people's estimate: it is the strongest evidence and decides",
            ],
        ),
        (
            [judge(0.5, 0.8, 0.9), make_evidence(0.1, 0.2, 0.3)],
            [
                f"{JUDGE.format('80%', '50% to 90%')}; {DOG}",
                TESTED,
                f"{CLASSIFIER.format('20%', '10% to 30%')}; it was tested on 40 held-out rows. "
                "They DISAGREE: their intervals have no share in common",
                "The gate used the classifier's estimate: the judge model's does not decide at 70%, as its interval "
                "holds the limit",
                ALONE,
            ],
        ),
        (
            [judge(0.6, 0.8, 0.9), make_evidence(0.03, 0.53, 1.0)],
            [
                f"{JUDGE.format('80%', '60% to 90%')}; {DOG}",
                TESTED,
                "A classifier checked 100 rows, which does not tell how many labels are right: 3% to 100% (95 % "
                "interval; its middle estimate, 53%, says little); it was tested on 40 held-out rows. "
                "The intervals do not contradict",
                "The gate stays unknown: no estimate that it trusts lies wholly below or above its limit, 70%",
                ALONE,
            ],
        ),
    ],
    ids=[
        "none",
        "people",
        "judge",
        "classifier",
        "both agree",
        "people against the judge",
        "the weaker decides",
        "open",
    ],
)
def test_what_is_known_says_what_it_rests_on_and_which_evidence_the_gate_used(evidence, says):
    gates = make_gates(*evidence)
    assert list_label_sentences(gates) == says
    assert collect_label_facts(gates)["known"] == ". ".join(says)


def test_versions_say_where_an_interval_is_too_wide():
    assert describe_briefly(collect_label_facts(make_gates(make_evidence(0.03, 0.53, 1.0)))) == (
        "unknown how many are right (3% to 100%), 100 rows, by a classifier"
    )


@pytest.mark.parametrize(("low", "named"), [(0.42, True), (0.02, False)])
def test_a_label_is_named_as_the_lowest_only_where_its_interval_tells_something(low, named):
    evidence = make_evidence(0.92, 1.0, 1.0)
    evidence = evidence.model_copy(update={"by_label": {"dog": Estimate(share=0.5, low=low, high=0.9)}})
    assert ("lowest dog with 50%" in list_label_sentences(make_gates(evidence))[0]) is named


FAILED = "the last review of this dataset failed: people found 10 of 60 rows right that were drawn at random"


@pytest.mark.parametrize("evidence", [[], [make_evidence(0.8, 0.9, 0.95)], [make_evidence(0.4, 0.75, 1.0)]])
def test_after_a_review_that_failed_only_people_pass_the_gate(evidence):
    gate = make_precision_gate(evidence, DEFAULT, FAILED)
    assert (gate.passed, gate.severity) == (None, "critical")
    assert f"a review that failed: {FAILED}. To do: review a sample of the new rows" in gate.message
    allowed = make_precision_gate(evidence, UNCHECKED, FAILED)
    assert (allowed.passed, allowed.severity) == (None, "warning") and FAILED in allowed.message
    gates = GateResults(passed=True, suite="x", gates=[allowed], labels=evidence)
    told = list_label_sentences(gates)
    assert told[-1] == f"T{FAILED[1:]}. Nobody has checked the rows that were made after it"
    assert "No person has checked them" not in told
    assert describe_briefly(collect_label_facts(gates)).endswith(
        "; the last review failed, and these rows came after it"
    )


def test_what_fails_without_a_review_fails_with_one_that_failed_too():
    gate = make_precision_gate([make_evidence(0.0, 0.1, 0.2)], DEFAULT, FAILED)
    assert (gate.passed, gate.severity) == (False, "critical")
