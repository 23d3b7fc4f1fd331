"""A run says whose answers it takes from the ledger: of other datasets, or all from its own earlier runs."""

import logging

import polars as pl
import pytest

from pedigree.ledger.reuse import describe_reuse
from pedigree.workspace import Workspace
from tests.support.fake_endpoint import Endpoint
from tests.support.make_completions import ask, job_for


def write_prompts(root, dataset, *ids):
    path = Workspace(root).table(dataset, "prompts")
    path.parent.mkdir(parents=True)
    pl.DataFrame({"completion_id": list(ids)}).write_parquet(path)


@pytest.mark.parametrize(
    ("held", "asked", "says"),
    [
        (["a", "b"], 0, "all 2 answers come from earlier runs of dogs, which asks the same"),
        (["a", "b", "c"], 0, "2 of 3 answers come from earlier runs of dogs"),
        (["a", "c"], 3, "1 of 5 answers come from earlier runs of dogs"),
        (["c", "d"], 0, "all 2 answers of the first round come from earlier runs of cats, so nothing is asked for"),
        (["c", "d"], 1, None),
        ([], 4, None),
        ([], 0, None),
    ],
)
def test_it_is_told_where_answers_come_from(tmp_path, held, asked, says):
    write_prompts(tmp_path, "dogs", "a", "b", "x")
    write_prompts(tmp_path, "cats", "c", "d")
    (tmp_path / "data/broken").mkdir()
    (tmp_path / "data/broken/prompts.parquet").write_bytes(b"no table")
    told = describe_reuse(Workspace(tmp_path), "cats", held, asked)
    assert (told is None) if says is None else (says in told and "another 'draw'" in told)


def test_a_run_after_a_change_of_the_seed_says_so_before_it_goes_on(tmp_path, caplog):
    with Endpoint() as endpoint, caplog.at_level(logging.INFO, "pedigree"):
        job = job_for(endpoint, tmp_path)
        ask(job, 2)
        assert "earlier runs" not in caplog.text
        ask(job, 2)
    assert "all 2 answers of the first round come from earlier runs of pets" in caplog.text
