"""What people decide changes the rows that they decided on, and what comes in their place, and nothing else."""

import logging
import random

import polars as pl

from pedigree.dataset.review_decisions import Review
from pedigree.dataset.schemas import read_table
from pedigree.job import Job, open_duplicate_checker
from pedigree.workspace import Workspace
from tasks.balance import balance
from tasks.curate import save_rows
from tasks.screen import screen
from tests.support.make_candidates import make_candidates, make_example, make_job
from tests.support.make_review_sheets import decide


def review(job: Job, *decisions) -> Job:
    return Job(job.workspace, job.recipe, job.seeds, job.held_out, Review(decisions))


def make_texts(count):
    chance = random.Random(5)
    return ["".join(chance.choices("abcdefghijklmnop ", k=60)) for _ in range(count)]


def make_kept(job, cats=30, dogs=30):
    labels = ["cat"] * cats + ["dog"] * dogs
    rows = zip(make_texts(cats + dogs), labels, strict=True)
    return make_candidates(job, *({"text": text, "label": label} for text, label in rows))


def keep(job, *rows):
    return screen.fn(job, make_candidates(job, *rows), open_duplicate_checker(job)).kept["row_id"].to_list()


def read_sides(balanced):
    frames = {"train": balanced.train, "validation": balanced.validation}
    return {id: side for side, frame in frames.items() for id in frame["row_id"]}


def test_an_accepted_reject_passes_the_screens_that_do_not_bind_people():
    job = make_job(fields={"text": {"min_chars": 3, "max_chars": 60}})
    rows = ("As an AI language model I can't", "this text is about a [name] here", "no")
    assert keep(job, *rows) == []
    accepted = review(job, *(decide(f"r{n}", "accept", reason="any") for n in range(3)))
    assert keep(accepted, *rows) == ["r0", "r1"]


def test_personal_data_and_what_overlaps_with_held_out_rows_stay_out():
    job = make_job(held_out=(make_example(text="my kitten sleeps on the warm roof"),))
    rows = (
        "write to jo@example.org please",
        "My kitten sleeps on the warm roof!",
        "one and the same",
        "one and the same",
    )
    accepted = review(job, *(decide(f"r{n}", "accept", reason="any") for n in range(4)))
    assert keep(accepted, *rows) == ["r2"]


def test_an_accepted_near_duplicate_is_a_row_and_what_is_like_it_is_none():
    job = make_job()
    said = "she sat on the warm mat by the window and slept until the evening"
    rows = (said, said + " x", said + " y", said + " x")
    assert keep(job, *rows) == ["r0"]
    assert keep(review(job, decide("r1", "accept", reason="near-duplicate")), *rows) == ["r0", "r1"]


def test_what_is_like_a_rejected_row_stays_out():
    rows = ("she sat on the mat and slept", "she sat on the mat and slept", "it barks at the moon")
    assert keep(review(make_job(), decide("r0", "reject")), *rows) == ["r0", "r2"]  # balancing turns r0 away


def test_a_rejected_row_is_a_reject_with_who_and_why_and_the_next_row_takes_its_place():
    job = review(make_job(rows=40), decide("r3", "reject", who="Ann", why="=no cat"))
    balanced = balance.fn(job, make_kept(job))
    assert balanced.rejects.filter(reason="review").select("row_id", "label", "detail").rows() == [
        ("r3", "cat", "Ann: =no cat")
    ]
    assert set(read_sides(balanced)) == {f"r{n}" for n in (*range(21), *range(30, 50))} - {"r3"}


def test_a_relabelled_row_counts_for_its_new_label_before_others():
    job = review(make_job(rows=40), decide("r29", "relabel", new_label="dog"), decide("r0", "relabel", new_label="dog"))
    balanced = balance.fn(job, make_kept(job))
    rows = pl.concat([balanced.train, balanced.validation])
    assert dict(rows["label"].value_counts().iter_rows()) == {"cat": 20, "dog": 20}
    assert set(rows.filter(label="dog")["row_id"]) == {"r0", "r29", *(f"r{n}" for n in range(30, 48))}
    assert set(rows.filter(label="cat")["row_id"]) == {f"r{n}" for n in range(1, 21)}


def test_an_accepted_surplus_row_has_its_place_before_the_last_that_nobody_accepted():
    job = review(make_job(rows=40), decide("r25", "accept", reason="surplus"))
    balanced = balance.fn(job, make_kept(job))
    assert "r25" in read_sides(balanced)
    assert "r19" in set(balanced.rejects.filter(reason="surplus")["row_id"])


def test_no_decision_moves_another_row_to_the_other_side():
    job = make_job(rows=40, split={"validation": 0.25})
    before = read_sides(balance.fn(job, make_kept(job)))
    decisions = [decide(f"r{n}", "reject") for n in (0, 4, 9, 31)] + [
        decide("r7", "relabel", new_label="dog"), decide("r33", "relabel", new_label="cat", label="dog"),
        decide("r28", "accept", reason="refusal"), decide("r58", "accept", reason="surplus"),
    ]  # fmt: skip
    after = read_sides(balance.fn(review(job, *decisions), make_kept(job)))
    assert all(after[id] == side for id, side in before.items() if id in after)
    assert len(after) == 40 and list(after.values()).count("validation") in (9, 10, 11)


def test_rows_of_the_base_of_a_grown_version_keep_their_sides():
    base, grown = {"rows": 30}, {"rows": 50, "grown_from": [{"version": "v1.0.0", "rows": 30}]}
    job, larger = (make_job(split={"validation": 0.2}, **changes) for changes in (base, grown))
    before = read_sides(balance.fn(job, make_kept(job)))
    decided = [decide("r2", "reject"), decide("r5", "relabel", new_label="dog"), decide("r40", "reject", label="dog")]
    after = read_sides(balance.fn(review(larger, *decided), make_kept(larger)))
    assert len(after) == 50
    assert before.keys() - after.keys() == {"r2", "r40"}
    assert all(after[id] == side for id, side in before.items() if id in after)


def test_decisions_that_change_nothing_are_told(tmp_path, caplog):
    job = make_job(rows=40, review="data/reviews/pets/review.jsonl")
    job = review(job, decide("gone", "reject"), decide("r60", "accept", reason="pii"), decide("r25", "accept"))
    job.workspace = Workspace(tmp_path)
    private = {"row_id": "r60", "text": "write to jo@example.org please"}
    screened = screen.fn(job, make_candidates(job, private), open_duplicate_checker(job))
    with caplog.at_level(logging.WARNING, "pedigree"):
        save_rows.fn(job, balance.fn(job, make_kept(job)), screened.rejects)
    assert [record.getMessage() for record in caplog.records] == [
        "data/reviews/pets/review.jsonl: 1 of its decisions are about rows that are here no more: gone",
        "data/reviews/pets/review.jsonl: 1 of the rows that it accepts stay out (pii): r60",
    ]
    assert read_table(job.table("train")).height + read_table(job.table("validation")).height == 40
