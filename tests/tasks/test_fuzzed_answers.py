"""Whatever a model says, every answer is rows or rejects with a reason, and nothing crashes on the way."""

import json
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.answer_parser import read_row_answer
from pedigree.curation.answer_rows import fold_key
from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.schemas import REJECTS, candidates_schema, write_table
from pedigree.job import open_duplicate_checker
from tasks.parse import parse
from tasks.screen import screen
from tests.support.fuzzing import SHAPES, TEXTS, cut, make_fuzzed
from tests.support.make_candidates import PAIR, make_answers, make_candidates, make_example, make_job, make_recipe

RECIPE = make_recipe()
TYPED = {
    "text": {},
    "mood": {"type": "category", "values": ["calm", "angry"]},
    "age": {"type": "integer", "min": 0, "max": 130},
    "score": {"type": "number"},
}


def curate(answers, job):
    """Return what parsing and screening make of answers."""
    parsed = parse.fn(job, *make_answers(*answers))
    return parsed, screen.fn(job, parsed.candidates, open_duplicate_checker(job))


def check_nothing_is_lost(answers, parsed, screened):
    """Every answer is in the tables, or is a whole, empty list; every candidate is kept or rejected, once."""
    told = {*parsed.candidates["completion_id"], *parsed.rejects["completion_id"]}
    for place, answer in enumerate(answers):
        read = read_row_answer(answer["text"] or "", answer.get("finish_reason"), "zero-shot", RECIPE)
        assert f"c{place}" in told or (read.blank and not read.found), answer["text"][:200]
    outcome = [*screened.kept["row_id"], *screened.rejects["row_id"]]
    assert sorted(outcome) == sorted(parsed.candidates["row_id"]) and len(set(outcome)) == len(outcome)
    for rejects in (parsed.rejects, screened.rejects):
        assert set(rejects["reason"]) <= set(MEANINGS)
        assert rejects["detail"].null_count() == 0 and rejects.filter(pl.col("detail") == "").is_empty()
        assert rejects["candidate"].null_count() == 0


def check_tables(parsed, screened, job, folder):
    """The tables have their columns, texts that people can read, and go to disk and back."""
    assert dict(screened.kept.schema) == dict(candidates_schema(job.recipe))
    for text in screened.kept["text"]:
        assert text == text.strip() and text and "\0" not in text
    rejects = pl.concat([parsed.rejects, screened.rejects])
    assert dict(rejects.schema) == dict(REJECTS)
    write_table(rejects, folder / "rejects.parquet")
    assert pl.read_parquet(folder / "rejects.parquet").height == rejects.height


def judge(count, seed, folder):
    answers, job = make_fuzzed(count, seed), make_job()
    parsed, screened = curate(answers, job)
    check_nothing_is_lost(answers, parsed, screened)
    check_tables(parsed, screened, job, folder)
    assert screened.kept.height > count / 10 and parsed.rejects.height > count / 10


def test_fuzzed_answers_are_rows_or_rejects_with_a_reason(tmp_path):
    judge(150, 1, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_fuzzed_answers_are_rows_or_rejects_with_a_reason(tmp_path, seed):
    judge(1000, 100 + seed, tmp_path)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cut_answer_gives_whole_rows_of_the_model_only(shape):
    chance = random.Random(7)
    rows = [{"text": f"{text} {place}"} for place, text in enumerate(TEXTS)]
    answers = [{"text": cut(shape(rows), chance), "finish_reason": "length"} for _ in range(40)]
    parsed, _ = curate(answers, make_job())
    assert set(parsed.candidates["text"]) <= {row["text"] for row in rows}


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=30)
KEY = st.sampled_from(["text", "mood", "age", "score", "label", "rows", "TEXT", "premise", "hypothesis", "x"])
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4), max_leaves=8
)
ROW = st.fixed_dictionaries(
    {},
    optional={"text": LEAF, "mood": LEAF | st.just("calm"), "age": LEAF | st.just("7"), "score": LEAF, "label": VALUE},
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW | VALUE, max_size=4), st.sampled_from([{"text": {}}, TYPED, PAIR]))
def test_values_of_any_type_are_read_as_the_recipe_types_them_or_told(rows, fields):
    job = make_job(fields=fields)
    parsed = parse.fn(job, *make_answers({"text": json.dumps({"rows": rows})}))
    assert dict(parsed.candidates.schema) == dict(candidates_schema(job.recipe))
    assert set(parsed.rejects["reason"]) <= set(MEANINGS)
    found = parsed.candidates.height + parsed.rejects.filter(pl.col("row_id").is_not_null()).height
    assert found >= sum(
        isinstance(row, dict) and any(fold_key(key) in fields for key in row) for row in rows if not _nests(row, fields)
    )


def _nests(row, fields):
    return isinstance(row, dict) and any(isinstance(value, dict | list) for value in row.values())


ODD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)
KNOWN = st.sampled_from(["jo@example.com", "+44 20 7946 0958", "cat", "I'm sorry, but I can't help with that.",
    "[name]", "As an AI", "٣٤٥", "👍" * 30])  # fmt: skip
WRITTEN = st.lists(ODD | KNOWN, min_size=1, max_size=4).map(" ".join).map(str.strip).filter(bool)


@settings(max_examples=15, deadline=None)
@given(st.lists(WRITTEN, max_size=6), st.booleans())
def test_no_text_crashes_a_screen_and_each_is_kept_or_rejected_once(texts, language):
    seeds, held_out = (make_example(text="the cat sat"),), (make_example(text="a held-out text"),)
    job = make_job(seeds=seeds, held_out=held_out, screens={"language": language})
    candidates = make_candidates(job, *texts)
    screened = screen.fn(job, candidates, open_duplicate_checker(job))
    order = {row: place for place, row in enumerate(candidates["row_id"])}
    kept = [order[row] for row in screened.kept["row_id"]]
    assert kept == sorted(kept)
    assert sorted([*screened.kept["row_id"], *screened.rejects["row_id"]]) == sorted(order)
    assert set(screened.rejects["reason"]) <= set(MEANINGS) and not set(screened.rejects["detail"]) & {None, ""}
