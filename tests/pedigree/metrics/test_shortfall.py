"""Why rows are missing is read from the tables, and what to do is said with it."""

import polars as pl
import pytest

from pedigree.dataset import schemas
from pedigree.errors import GateError
from pedigree.ids import sha256_of
from pedigree.metrics.shortfall import find_full_rows, find_shortfall
from pedigree.recipe.schema import Recipe
from tasks.distribution import check_labels
from tasks.validate import require_gates, validate
from tests.support.make_validated_rows import make_job, make_reject, make_rows, write_tables
from tests.support.workspaces import RECIPE


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path)


def ask(job, *calls: tuple[str, int]) -> None:
    """Write a prompt for each call (label, round); the first of a label has the completion of its rows and rejects."""
    seen: dict[str, int] = {}
    lines = []
    for label, number in calls:
        seen[label] = seen.get(label, 0) + 1
        own = sha256_of(label) if seen[label] == 1 else sha256_of([label, number, seen[label]])
        lines.append({"completion_id": own, "label": label, "round": number, "slot": seen[label]})
    schemas.write_table(pl.DataFrame(lines, schema=schemas.PROMPTS), job.table("prompts"))


def test_a_full_dataset_lacks_nothing(job):
    write_tables(job, make_rows(job))
    ask(job, ("praise", 1), ("complaint", 1))
    assert find_shortfall(job, make_rows(job)) is None


def test_the_last_round_of_a_label_that_lacks_rows_says_why(job):
    write_tables(job, rows := make_rows(job, 20, 18), [make_reject("complaint", "near-duplicate", n) for n in range(8)])
    ask(job, ("praise", 1), *[("complaint", 5)] * 8)
    assert find_shortfall(job, rows).found == (
        "38 of 40 rows: complaint lacks 2: round 5, its last, brought 18 in 8 calls; "
        "most of its rejects: near-duplicate (8 of 8)"
    )
    gates = validate.fn(job, check_labels.fn(job))
    with pytest.raises(GateError, match=r"^38 of 40 rows: complaint lacks 2: round 5") as error:
        require_gates(gates)
    assert "'pedigree run notes --rows 36'" in error.value.hint and "another strategy" in error.value.hint
    assert "see gates.json" not in str(error.value)
    (gate,) = (gate for gate in gates.failed if gate.name == "rows")
    assert gate.message.endswith(f"found 38, expected 40. {gates.shortfall.found}")


def test_a_label_that_was_not_asked_for_is_told_as_that(job):
    write_tables(job, rows := make_rows(job, 20, 18))
    ask(job, ("praise", 1))
    assert find_shortfall(job, rows).found == "38 of 40 rows: complaint lacks 2 and was not asked for"


def test_answers_from_which_nothing_can_be_read_are_named_and_shown_without_secrets(job, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "abcdefgh12345")
    rejects = [make_reject(label, "malformed", whole=True) for label in ("praise", "complaint")]
    rejects = [(*one[:5], f"Sure! abcdefgh12345 {'x' * 900}", *one[6:]) for one in rejects]
    write_tables(job, rows := make_rows(job, 0, 0), rejects)
    ask(job, ("praise", 1), ("complaint", 1))
    found = find_shortfall(job, rows)
    assert found.found.startswith(
        "0 of 40 rows: no row could be read in any of 2 answers; most often: malformed; such as "
    )
    assert found.found.count("Sure! [secret] xxx") == 2 and len(found.found) < 500
    assert "structured: native" in found.to_do and "--rows" not in found.to_do


def test_a_used_up_budget_of_rounds_is_said(tmp_path):
    job = make_job(tmp_path, budget={"rounds": 2})
    write_tables(job, rows := make_rows(job, 20, 11))
    ask(job, ("praise", 1), ("complaint", 2))
    assert "raise budget.rounds above 2" in find_shortfall(job, rows).to_do


@pytest.mark.parametrize(
    ("kept", "changes", "rows"),
    [
        ({"cat": 100, "dog": 98}, {}, 197),
        ({"cat": 100, "dog": 99}, {}, 199),
        ({"cat": 100, "dog": 98}, {"grown_from": [{"version": "v1.0.0", "rows": 197}]}, None),
        ({"cat": 100, "dog": 5}, {"gates": {"class_floor": 10}}, None),
        ({"cat": 100, "dog": 0}, {}, None),
        ({"cat": 100}, {}, None),
    ],
)
def test_the_most_rows_in_the_same_shares_are_found(kept, changes, rows):
    recipe = Recipe.model_validate({**RECIPE, "rows": 200, **changes})
    assert find_full_rows(recipe, kept) == rows
