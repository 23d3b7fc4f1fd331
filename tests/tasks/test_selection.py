"""Rows chosen by coverage: the same in any order, kept by growth and by decisions, spread over attribute cells."""

import json
from collections import Counter

import polars as pl
import pytest
from pydantic import ValidationError

from pedigree.dataset.review_decisions import Review
from pedigree.dataset.schemas import PROMPTS
from pedigree.job import Job
from tasks.balance import balance
from tests.support.make_candidates import make_candidates, make_job, make_recipe
from tests.support.make_review_sheets import decide
from tests.support.mixed_texts import mix

ANIMALS = ("yak", "emu", "gnu", "asp", "bat", "cod")
COVER = {"selection": "coverage", "rows": 12, "split": {"validation": 0.25}}


def make_texts(label):
    """Return 24 texts that are nearly the same, then six that are different."""
    alike = [f"the {label} sleeps on the mat near window {place}" for place in range(24)]
    return alike + [f"{animal} {label} {word}" for animal, word in zip(ANIMALS, mix(6, seed=len(label)), strict=True)]


def make_kept(job, *rounds):
    """Return the candidates of both labels, in the given rounds (the first: 0), and their prompts."""
    texts = [(text, label) for label in ("cat", "lion") for text in make_texts(label)]
    rounds = rounds or (1,)
    rows = [
        {"text": text, "label": label, "completion_id": f"c{rounds[place % len(rounds)]}", "position": place}
        for place, (text, label) in enumerate(texts)
    ]
    line = {"slot": 0, "strategy": "zero-shot", "variables": "{}"}
    prompts = [{"completion_id": f"c{number}", "round": number, **line} for number in sorted(set(rounds))]
    return make_candidates(job, *rows), pl.DataFrame(prompts, PROMPTS)


def make_cover_job(**changes):
    labels = {name: {"share": 0.5, "means": f"about a {name}"} for name in ("cat", "lion")}
    return make_job(**{"labels": labels, **COVER, **changes})


def read_ids(balanced):
    return {*balanced.train["row_id"], *balanced.validation["row_id"]}


def test_of_many_near_equal_rows_and_few_different_ones_coverage_takes_the_different_ones():
    job = make_cover_job()
    balanced = balance.fn(job, *make_kept(job))
    assert len(read_ids(balanced)) == 12
    different = {f"r{place}" for place in (*range(24, 30), *range(54, 60))}
    assert len(read_ids(balanced) & different) == 10  # and one of the many of each label
    by_arrival = balance.fn(make_cover_job(selection="arrival"), make_kept(job)[0])
    assert not read_ids(by_arrival) & different
    assert set(balanced.rejects["detail"]) == {
        "6 rows of cat were wanted; the rows are chosen by coverage (TF-IDF)",
        "6 rows of lion were wanted; the rows are chosen by coverage (TF-IDF)",
    }


def test_the_order_of_the_candidates_has_no_influence():
    job = make_cover_job()
    kept, prompts = make_kept(job)
    one = balance.fn(job, kept, prompts)
    other = balance.fn(job, kept.sample(fraction=1.0, shuffle=True, seed=2), prompts.reverse())
    assert one.train.equals(other.train) and one.validation.equals(other.validation)


def test_growth_keeps_the_rows_of_the_version_before_and_their_splits():
    small = make_cover_job()
    kept, prompts = make_kept(small, 1, 2)
    first = balance.fn(small, kept.filter(completion_id="c1"), prompts)
    large = make_cover_job(rows=16, grown_from=[{"version": "v1.0.0", "rows": 12, "rounds": 1}])
    grown = balance.fn(large, kept, prompts)
    assert len(read_ids(grown)) == 16 and read_ids(first) < read_ids(grown)
    assert {*first.validation["row_id"]} < {*grown.validation["row_id"]}
    anew = balance.fn(make_cover_job(rows=16), kept, prompts)
    assert not read_ids(first) < read_ids(anew)  # without its base, another choice is better


def test_a_decision_takes_out_no_other_row():
    job = make_cover_job()
    kept, prompts = make_kept(job)
    before = read_ids(balance.fn(job, kept, prompts))
    gone, brought = min(before), min({*kept["row_id"]} - before)
    decisions = Review([decide(gone, "reject"), decide(brought, "accept", reason="surplus")])
    after = read_ids(balance.fn(Job(job.workspace, job.recipe, review=decisions), kept, prompts))
    assert gone not in after and brought in after
    assert len(after) == 12 and len(before - after) <= 2


def test_cells_of_attributes_share_a_label_in_proportion_to_their_rows():
    job = make_cover_job(rows=20)
    kept, _ = make_kept(job)
    asked = [{"tone": "calm" if place % 2 else "angry"} for place in range(kept.height)]
    line = {"completion_id": "c1", "round": 1, "slot": 0, "strategy": "attributes"}
    prompts = pl.DataFrame([{**line, "variables": json.dumps({"rows": 60, "row_attributes": asked})}], PROMPTS)
    balanced = balance.fn(job, kept, prompts)
    rows = pl.concat([balanced.train, balanced.validation])
    tones = Counter((label, asked[place]["tone"]) for label, place in rows.select("label", "position").iter_rows())
    assert set(tones.values()) == {5} and len(tones) == 4


def test_a_version_without_its_rounds_is_no_base_of_a_choice_by_coverage():
    with pytest.raises(ValidationError, match=r"v1\.0\.0 has no rounds"):
        make_recipe(selection="coverage", grown_from=[{"version": "v1.0.0", "rows": 2}])


def test_recipes_without_the_key_keep_their_hashes():
    assert "selection" not in make_recipe().model_dump() and "selection" in make_recipe(**COVER).model_dump()
