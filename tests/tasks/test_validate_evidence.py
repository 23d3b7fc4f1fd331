"""A gate without evidence is unknown and never passed; what the screens took of a label is told."""

import json

import polars as pl
import pytest

from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import GateError
from pedigree.metrics.gate_sentences import FAILING
from tasks.distribution import check_labels
from tasks.validate import require_gates, validate
from tests.support.make_validated_rows import (
    REPOSITORY,
    find_gate,
    judge,
    make_job,
    make_reject,
    make_rows,
    write_suite,
    write_tables,
)


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path)


def test_without_seeds_what_is_read_is_unknown_and_blocks_nothing(tmp_path):
    job = make_job(tmp_path, seeds=False, gates={"label_precision": "unchecked-ok"})
    gates = judge(job, make_rows(job))
    gate, precision = find_gate(gates, "labels as read"), find_gate(gates, "label precision")
    assert (gate.passed, gate.figure, gates.passed) == (None, None, True)
    assert (gates.unknown, gates.warnings, gates.labels) == ([gate, precision], [], [])
    assert gate.message.startswith("Unknown whether ") and gate.message.endswith("there are no seeds to train on")


def test_without_rows_and_answers_nothing_passes_for_want_of_evidence(job):
    write_tables(job, make_rows(job, 0, 0), answered_as=())
    gates = validate.fn(job, check_labels.fn(job))
    assert not gates.passed
    assert {gate.name for gate in gates.gates if gate.passed} == {"columns", "answering models"}
    assert {gate.name for gate in gates.failed} >= {"rows", "class floor", "label distance", "labels as kept"}
    assert {"row ids", "duplicates", "near-duplicates", "labels as read", "screens by label"} <= {
        gate.name for gate in gates.unknown
    }
    assert all(gate.figure is None for gate in gates.unknown)
    assert all(gate.message.startswith(("Unknown whether ", "Nobody has checked the ")) for gate in gates.unknown)


def test_a_critical_gate_that_checked_nothing_blocks_the_dataset(tmp_path):
    job = make_job(tmp_path, fields={"text": {}, "note": {}}, gates={"suite": "mine"})
    write_suite(job, {"type": "expect_column_values_to_not_match_regex", "kwargs": {"column": "note", "regex": "x"}})
    gates = judge(job, make_rows(job).with_columns(note=pl.lit(None, pl.String)))
    assert not gates.passed and not gates.failed and [gate.figure for gate in gates.blocking] == [None]
    with pytest.raises(GateError, match="critical gates could not be checked: column values to not match regex"):
        require_gates(gates)


def test_models_that_do_not_tell_their_names_are_unknown(job):
    write_tables(job, make_rows(job))
    answers = read_table(job.table("completions")).with_columns(model_answered=pl.lit(None, pl.String))
    write_table(answers, job.table("completions"))
    assert find_gate(validate.fn(job, check_labels.fn(job)), "answering models").passed is None


def test_every_description_of_a_suite_has_a_sentence_for_its_failure(job):
    suites = (REPOSITORY / "expectations").glob("*.json")
    described = {one["description"] for suite in suites for one in json.loads(suite.read_text())["expectations"]}
    assert described == {*FAILING} and not described & {*FAILING.values()}


def test_a_failed_gate_never_reads_as_if_it_passed(job):
    failed = [gate for gate in judge(job, make_rows(job, 1, 0)).gates if gate.passed is False]
    assert failed and not [gate for gate in failed if gate.message.split(": ")[0] in FAILING]
    assert find_gate(judge(job, make_rows(job, 1, 0)), "labels as kept").message == (
        "The label shares of the kept rows are too far from the target shares (total-variation distance): "
        "found 0.5, expected at most 0.005"
    )


def test_a_screen_that_takes_most_of_a_label_warns(job):
    taken = [make_reject("praise", "near-duplicate", n) for n in range(21)]
    taken += [make_reject("complaint", "refusal", n) for n in range(20)]
    gates = judge(job, make_rows(job), taken)
    gate = find_gate(gates, "screens by label")
    assert (gate.severity, gate.passed, gate.figure, gate.limit) == ("warning", False, pytest.approx(21 / 41), 0.5)
    assert gate.message.startswith("A screen rejects more than 50% ")
    assert gate.message.endswith("of a label's candidates: near-duplicate rejects 21 of 41 of praise")
    assert gates.passed and gates.warnings == [gate]


def test_a_screen_is_judged_by_what_came_to_it_and_balancing_is_none(tmp_path):
    job = make_job(tmp_path, gates={"screen_share": 0.3})
    lost = {"malformed": 25, "near-duplicate": 10, "review": 2, "surplus": 200}
    rejects = [make_reject("praise", reason, n) for reason, count in lost.items() for n in range(count)]
    gate = find_gate(judge(job, make_rows(job), rejects), "screens by label")
    assert (gate.passed, gate.figure) == (True, round(25 / 257, 6))
    assert gate.message == (
        "No screen rejects more than 30% of a label's candidates: malformed rejects 25 of 257 of praise"
    )
    few = [reject for reject in rejects if reject[6] != "surplus"]
    gate = find_gate(judge(job, make_rows(job), few), "screens by label")
    assert gate.message.endswith("malformed rejects 25 of 57 of praise; near-duplicate rejects 10 of 32 of praise")


def test_many_greedy_screens_are_not_all_told(job):
    rejects = [
        make_reject(label, reason, n)
        for label in ("praise", "complaint")
        for place, reason in enumerate(["length", "pii"])
        for n in range(100 // (place + 1))
    ]
    gate = find_gate(judge(job, make_rows(job), rejects), "screens by label")
    assert gate.message.endswith(
        "pii rejects 50 of 70 of praise; pii rejects 50 of 70 of complaint; length rejects 100 of 170 of praise; 1 more"
    )
