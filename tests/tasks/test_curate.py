"""Curating reads two tables and writes three, the same bytes every time."""

import json

import pytest

from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import WorkspaceError
from tasks.curate import curate
from tests.support.make_candidates import make_answers
from tests.support.workspaces import make_job

TEXTS = ["The tabby sleeps on the stove", "A kitten chased the red wool", "Whiskers were found in the soup",
         "He purrs as soon as I sit down", "The neighbour's cat sits in our tree"]  # fmt: skip


@pytest.fixture
def job(tmp_path):
    job = make_job(tmp_path, screens={"label_named": False})
    rows = json.dumps({"rows": [{"text": text} for text in [*TEXTS, "I am [name]", TEXTS[0]]]})
    prompts, completions = make_answers({"text": rows}, {"text": "I'm sorry, I can't.", "label": "dog"})
    write_table(prompts, job.table("prompts"))
    write_table(completions, job.table("completions"))
    return job


def test_rows_and_rejects_of_all_steps_are_written(job):
    curated = curate.fn(job)
    assert (curated.train, curated.validation) == (3, 1)
    assert curated.rejects == {"exact-duplicate": 1, "placeholder": 1, "refusal": 1, "surplus": 1}
    assert read_table(job.table("train")).height == 3
    assert read_table(job.table("rejects"))["reason"].len() == 4


def test_every_object_of_an_answer_is_in_one_table_exactly(job):
    curate.fn(job)
    ids = [id for name in ("train", "validation", "rejects") for id in read_table(job.table(name))["row_id"] if id]
    assert len(ids) == len(set(ids)) == 7


def test_curating_again_changes_no_byte(job):
    def read_bytes():
        curate.fn(job)
        return [job.table(name).read_bytes() for name in ("train", "validation", "rejects")]

    assert read_bytes() == read_bytes()


def test_an_absent_table_is_said(job):
    job.table("completions").unlink()
    with pytest.raises(WorkspaceError, match=r"completions\.parquet is not here"):
        curate.fn(job)
