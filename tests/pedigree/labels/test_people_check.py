"""What people's random samples say of the rows as they are now: the rejected rows of a sample still count."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from pedigree.dataset.label_evidence import list_label_sentences
from pedigree.dataset.results import LabelEvidence
from pedigree.dataset.review_decisions import Review
from pedigree.dataset.sampling import draw_within
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.labels.evidence import warn_of_failed_review
from pedigree.labels.people_check import check_by_people, describe_earlier_reading, describe_failed_review
from pedigree.labels.precision_gate import make_precision_gate
from tests.support.make_review_sheets import decide
from tests.support.make_validated_rows import make_job, make_reject, make_rows, write_tables


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return make_job(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def rows(plain):
    return make_rows(plain, praise=150, complaint=50)


def sample(rows, size=60, wrong=frozenset(), who="Ann", sheet="a" * 8, mend="reject", **said):
    """Return decisions about a random sample; rows in ``wrong`` are rejected or relabelled."""
    drawn = draw_within(rows.sort("row_id"), size, "label", sheet).to_dicts()
    sizes = dict(rows["label"].value_counts().iter_rows())
    other = {"praise": "complaint", "complaint": "praise"}
    decisions = []
    for place, row in enumerate(drawn, start=1):
        verdict = mend if row["row_id"] in wrong else "accept"
        relabel = {"new_label": other[row["label"]]} if verdict == "relabel" else {}
        origin = {"sheet": sheet, "drawn": size, "place": place, "label_rows": sizes[row["label"]]}
        decisions.append(decide(row["row_id"], verdict, label=row["label"], who=who, **origin, **relabel, **said))
    return decisions


def check(plain, rows, decisions):
    """Curate the rows with the decisions, and return what is then known."""
    job = Job(plain.workspace, plain.recipe, review=Review(decisions))
    kept, rejected = job.review.apply(rows)
    lines = [make_reject(row["label"], "review") for row in rejected.iter_rows(named=True)]
    lines = [(row["row_id"], *line[1:]) for row, line in zip(rejected.iter_rows(named=True), lines, strict=True)]
    write_tables(job, kept, lines)
    return check_by_people(job, kept)


@pytest.mark.parametrize("mend", ["reject", "relabel"])
def test_the_wrong_rows_of_a_sample_tell_of_the_rows_that_nobody_read(plain, rows, mend):
    found = check(plain, rows, sample(rows, wrong=set(rows["row_id"]), mend=mend))
    gone = 60 if mend == "reject" else 0
    assert (found.by, found.name, found.rows) == ("people", "Ann", 60)
    assert found.right.share == pytest.approx((60 - gone) / (200 - gone), abs=1e-3)
    assert found.right.high < 0.4 and set(found.by_label) == {"praise", "complaint"}
    assert "people read 60 rows drawn at random and found 0 right" in found.rests_on
    assert "Each row was read by one person" in found.caution


def test_the_interval_holds_the_true_share_of_the_rows_as_published(plain, rows):
    held = 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        wrong = {row_id for row_id in rows["row_id"] if chance.random() < seed / 80}
        decisions = sample(rows, wrong=wrong, sheet=f"{seed:08d}", mend=("reject", "relabel")[seed % 2])
        found = check(plain, rows, decisions)
        kept, _ = Review(decisions).apply(rows)
        right = ~kept["row_id"].is_in(list(wrong - {one.row_id for one in decisions}))
        held += found.right.low <= right.mean() + 1e-4 and right.mean() - 1e-4 <= found.right.high
    assert held >= 37


def test_when_everybody_row_was_read_all_is_known(plain, rows):
    decisions = [decide(row["row_id"], "accept", label=row["label"]) for row in rows.iter_rows(named=True)]
    found = check(plain, rows, decisions)
    assert (found.right.low, found.right.high, found.rows) == (1, 1, 200)


def test_rows_that_were_not_drawn_at_random_are_no_evidence(plain, rows):
    assert check(plain, rows, []) is None
    assert check(plain, rows, [decide(row_id, "accept", label="praise") for row_id in rows["row_id"][:50]]) is None
    decided = sample(rows)
    assert check(plain, rows, [*decided[:20], *decided[21:]]) is None


def test_the_first_rows_of_a_sample_count_and_the_open_ones_are_told(plain, rows):
    found = check(plain, rows, sample(rows)[:25])
    assert found.rows == 25 and "35 drawn rows have no decision yet" in found.caution


def test_a_sheet_of_before_gives_the_same_kind_of_evidence(plain, rows):
    old = {"place": None, "label_rows": None}
    decisions = [one.model_copy(update=old) for one in sample(rows, wrong=set(rows["row_id"][:40]))]
    assert check(plain, rows, decisions).right.low > 0.5
    assert check(plain, rows, decisions[:-1]) is None


def test_a_sample_of_rows_that_are_gone_says_nothing_of_others(plain, rows):
    before = rows.with_columns(row_id=pl.col("row_id").map_elements(sha256_of, return_dtype=pl.String))
    assert check(plain, rows, sample(before, wrong=set(before["row_id"]))) is None
    mixed = pl.concat([before.head(20), rows[20:]])
    assert "rows that people read are no longer in the dataset" in check(plain, rows, sample(mixed)).caution


def test_a_sample_that_does_not_count_any_more_is_told_and_nobody_says_that_no_person_read(plain, rows):
    wrong = set(rows["row_id"][:100])
    decisions = sample(rows, wrong=wrong)
    right = sum(one.row_id not in wrong for one in decisions)
    new = rows.with_columns(row_id=pl.col("row_id").map_elements(sha256_of, pl.String))
    job = Job(plain.workspace, plain.recipe, review=Review(decisions))
    told = describe_earlier_reading(job, new)
    assert f"people read 60 rows drawn at random from an earlier state of this dataset and found {right} right" in told
    assert "of its 200 rows 200 are not among those that people decided on" in told
    assert describe_earlier_reading(plain, new) is None
    one = {"share": 0.8, "low": 0.49, "high": 1.0}
    evidence = LabelEvidence(by="classifier", name="", rows=200, right=one, by_label={}, rests_on="seeds")
    gates = SimpleNamespace(gates=[], judges=[], labels=[evidence])
    assert list_label_sentences(gates)[-1] == "No person has checked them"
    gates.labels = [evidence.model_copy(update={"caution": told})]
    said = list_label_sentences(gates)
    assert said[-1] == f"Caution: {told}" and not any("No person" in one for one in said)


def test_rows_made_since_are_told_and_too_many_of_them_leave_nothing_known(plain, rows):
    half = rows.sample(fraction=1, shuffle=True, seed=0).head(170)
    assert "rows were made after the rows were drawn" in check(plain, rows, sample(half)).caution
    assert check(plain, rows, sample(half.head(110))) is None
    assert "made after" not in check(plain, rows, sample(rows, wrong=set(rows["row_id"][::3]))).caution


def test_two_people_are_compared_and_rows_in_conflict_are_doubted(plain, rows):
    wrong = set(rows["row_id"][::4])
    decisions = [*sample(rows), *sample(rows, wrong=wrong, who="Bo", mend="relabel", take=2)]
    found = check(plain, rows, decisions)
    conflicts = {one.row_id for one in decisions} & wrong
    assert f"Ann and Bo agree on {60 - len(conflicts)} of 60 rows" in found.rests_on and "kappa 0." in found.rests_on
    assert found.doubted_rows == len(conflicts) and set(found.doubted_row_ids) <= conflicts
    assert found.name == "Bo" and "one person" not in (found.caution or "")
    noisy = [*sample(rows), *sample(rows, wrong=set(rows["row_id"][::2]), who="Bo", mend="relabel", take=2)]
    assert "Ann and Bo often disagree" in check(plain, rows, noisy).caution


def test_a_label_that_nobody_sampled_has_no_estimate(plain, rows):
    few = [one for one in sample(rows, size=8) if one.label == "praise"]
    decisions = [one.model_copy(update={"place": place, "drawn": len(few)}) for place, one in enumerate(few, 1)]
    found = check(plain, rows, decisions)
    assert set(found.by_label) == {"praise"}
    assert found.right.low < 0.6  # a quarter of the rows may all be wrong


def test_the_gate_fails_where_people_found_all_wrong_and_passes_where_they_found_all_right(plain, rows):
    for wrong, passed in ((set(rows["row_id"]), False), (set(), True)):
        found = check(plain, rows, sample(rows, wrong=wrong))
        gate = make_precision_gate([found], plain.recipe.gates.model_copy(update={"label_precision": 0.7}))
        assert (gate.passed, gate.severity) == (passed, "critical")
        assert "People (Ann) read 60 rows" in gate.message and ". Each row was read by one person" in gate.message


@pytest.mark.parametrize(("wrong", "failed"), [(60, True), (0, False)])
def test_a_review_that_failed_is_told_of_rows_that_replaced_those_that_were_read(plain, rows, wrong, failed):
    decisions = sample(rows, wrong={one.row_id for one in sample(rows)[:wrong]})
    job = Job(plain.workspace, plain.recipe, review=Review(decisions))
    told = describe_failed_review(job)
    assert (told is not None) == failed
    assert not failed or told.startswith("the last review of this dataset failed: people found 0 of 60 rows right")


def test_a_run_says_first_that_the_last_review_failed(tmp_path, rows, caplog):
    job = make_job(tmp_path)
    warn_of_failed_review(Job(job.workspace, job.recipe, review=Review(sample(rows))))
    assert caplog.messages == []
    failed = Job(job.workspace, job.recipe, review=Review(sample(rows, wrong=set(rows["row_id"]))))
    warn_of_failed_review(failed)
    [said] = caplog.messages
    assert said.startswith(f"{job.dataset}: the last review of this dataset failed: people found 0 of 60 rows right")
    assert f"'pedigree review {job.dataset} --sample 100'" in said


def test_only_the_last_review_counts(plain, rows):
    first = [one.model_copy(update={"take": 1}) for one in sample(rows, wrong=set(rows["row_id"]))]
    other = rows.with_columns(row_id=pl.col("row_id").map_elements(sha256_of, return_dtype=pl.String))
    later = [one.model_copy(update={"take": 2}) for one in sample(other, sheet="b" * 8)]
    assert describe_failed_review(Job(plain.workspace, plain.recipe, review=Review([*first, *later]))) is None
    assert describe_failed_review(Job(plain.workspace, plain.recipe, review=Review([]))) is None
