"""A run says whose answers it takes from the ledger: of other datasets, or all from its own earlier runs."""

import logging

import polars as pl
import pytest

from pedigree.ledger.reuse import describe_reuse, name_origin
from pedigree.recipe.yaml_file import set_keys
from pedigree.versions.recipe_edit import changed_seed_alone
from pedigree.workspace import Workspace
from tests.support.fake_endpoint import Endpoint
from tests.support.make_completions import ask, job_for
from tests.support.make_publishable import git
from tests.support.workspaces import make_workspace


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
        (["c", "d"], 0, "all 2 answers of the first round come from earlier runs of cats and cost nothing; later"),
        (["e", "f"], 0, "all 2 answers of the first round are from a preview, a pilot or a run that did not finish"),
        (["e"], 0, "the first answer is from a preview, a pilot or a run that did not finish"),
        (["c"], 0, "the first answer comes from earlier runs of cats and costs nothing"),
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
    assert (told is None) if says is None else (says in told and "another 'draw'" in told and "'seed'" not in told)


def test_it_is_named_what_asked_for_an_answer(tmp_path):
    write_prompts(tmp_path, "dogs", "a")
    write_prompts(tmp_path, "cats", "c")
    assert name_origin(Workspace(tmp_path), "cats", ["c", "a"]) == "an earlier run of cats"
    assert name_origin(Workspace(tmp_path), "cats", ["a"]) == "a run of dogs, which asks the same"
    assert name_origin(Workspace(tmp_path), "cats", ["x"]).startswith("a preview, a pilot or a run that did not finish")


def test_only_where_the_seed_alone_was_changed_it_is_explained(tmp_path):
    workspace = make_workspace(tmp_path)
    path = workspace.recipe_path("pets")
    assert not changed_seed_alone(workspace, "pets")  # no repository
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "recipes")
    git(tmp_path, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "--quiet", "-m", "recipe")
    assert not changed_seed_alone(workspace, "pets")
    set_keys(path, {"seed": 5})
    assert changed_seed_alone(workspace, "pets")
    told = describe_reuse(workspace, "pets", ["a", "b"], 0, seed_alone=True)
    assert "another 'seed' alone changes no prompt without seed rows; another 'draw' of the generator" in told
    set_keys(path, {"rows": 6})
    assert not changed_seed_alone(workspace, "pets")
    path.write_text("[broken")
    assert not changed_seed_alone(workspace, "pets")


def test_a_run_says_that_all_is_there_before_it_goes_on(tmp_path, caplog):
    with Endpoint() as endpoint, caplog.at_level(logging.INFO, "pedigree"):
        job = job_for(endpoint, tmp_path)
        ask(job, 2)
        assert "earlier runs" not in caplog.text
        ask(job, 2)
    assert "all 2 answers of the first round are from a preview, a pilot or a run that did not finish" in caplog.text
