"""The command check: everything that would stop a run, at once, without calling a model."""

import json

import pytest

from tests.support.cli_runner import Shell
from tests.support.fake_endpoint import Endpoint
from tests.support.workspaces import make_workspace


@pytest.fixture
def check(tmp_path, capsys):
    """Check a recipe with these changes and files of rows."""

    def run(*words, **changes):
        make_workspace(tmp_path, **changes)
        return Shell(tmp_path, capsys)("check", "pets", *words)

    return run


def test_a_recipe_that_can_run_is_told(check):
    told = check()
    assert told.status == 0 and "recipes/pets.yaml can run" in told.out and "error" not in told.out


def test_all_errors_are_told_at_once_with_what_to_do(check):
    told = check(
        gates={"class_floor": 10, "label_precision": 0.7},
        seeds=[{"text": "It purrs on the sofa all day long", "label": "cat"}] * 2,
        budget={"calls": 1},
    )
    assert told.status == 2
    parts = (
        "every row has the label 'cat'",
        "class_floor is 10",
        "can't be paid for with 1 calls",
        "nothing can check",
    )
    for part in parts:
        assert told.out.count(part) == 1, part
    assert told.out.count("to do:") >= 4
    assert "recipes/pets.yaml: 4 errors" in told.err


def test_warnings_do_not_fail_it(check):
    told = check(language="xx")
    assert told.status == 0 and "warning: " in told.out and "1 warning" in told.out


def test_programs_get_json(check):
    told = check("--json", budget={"calls": 1})
    [finding] = json.loads(told.out)
    assert told.status == 2 and finding["level"] == "error" and finding["hint"]


def test_no_model_is_called_and_nothing_is_written(tmp_path, capsys):
    with Endpoint() as endpoint:
        generator = {"strategy": "zero-shot", "model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 4}
        make_workspace(tmp_path, generators=[generator])
        before = {path for path in tmp_path.rglob("*") if path.is_file()}
        assert Shell(tmp_path, capsys)("check", "pets").status == 0
        assert not endpoint.requests
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("recipe", ["nobody", "../pets", "", "Pets"])
def test_a_recipe_that_is_not_there_is_refused(tmp_path, capsys, recipe):
    make_workspace(tmp_path)
    assert "error" in Shell(tmp_path, capsys).refuse("check", recipe)


def test_programs_get_json_of_a_recipe_that_cannot_be_read(tmp_path, capsys):
    make_workspace(tmp_path)
    (tmp_path / "recipes/pets.yaml").write_text("- a\n- b\n")
    told = Shell(tmp_path, capsys)("check", "pets", "--json")
    [finding] = json.loads(told.out)
    assert told.status == 2 and finding["level"] == "error" and finding["found"].endswith("a list")
