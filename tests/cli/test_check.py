"""The command check: everything that would stop a run, at once, without calling a model."""

import json
import subprocess
import sys
from itertools import count

import pytest

from tests.support.cli_runner import Shell
from tests.support.fake_endpoint import Endpoint
from tests.support.workspaces import REPOSITORY, make_workspace


class Checker:
    """Checks a new workspace at each call; ``again`` runs a command in the last one."""

    def __init__(self, folder, capsys):
        self._folder, self._capsys, self._numbers = folder, capsys, count()

    def __call__(self, *words, **changes):
        self.root = self._folder / str(next(self._numbers))
        make_workspace(self.root, **changes)
        return self.again("check", "pets", *words)

    def again(self, *words):
        return Shell(self.root, self._capsys)(*words)


@pytest.fixture
def check(tmp_path, capsys):
    """Check a recipe with these changes and files of rows."""

    return Checker(tmp_path, capsys)


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


@pytest.mark.parametrize(
    "budget, line",
    [
        ({"tokens": 500}, "budget allows 500 tokens, and by estimate"),
        ({"usd": 0.0001}, "budget allows 0.0001 USD, and by estimate"),
    ],
)
def test_a_hopeless_budget_is_an_error(check, budget, line):
    priced = {"strategy": "zero-shot", "model": "openai/fake", "rows_per_call": 4, "api_base": "http://127.0.0.1:9/v1"}
    prices = {"input": 5.0, "output": 5.0}
    told = check(budget=budget, rows=40, generators=[{**priced, "prices": prices}])
    assert told.status == 2 and line in " ".join(told.out.split()) and "raise budget." in told.out
    estimated = check.again("estimate", "pets")
    assert estimated.status == 2 and "the budget is far too small: " in estimated.err and "NOT enough" in estimated.out
    assert check.again("estimate", "pets", "--json").status == 2


def test_git_that_does_not_know_who_commits_is_an_error(check, monkeypatch, tmp_path):
    assert "git does not know" not in check().out  # no repository
    (tmp_path / "gitconfig").write_text("[user]\n useConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    subprocess.run(["git", "init", "-q", str(check.root)], check=True)
    told = check.again("check", "pets")
    assert told.status == 2 and "error: git does not know who you are" in told.out and "user.email" in told.out


def test_a_budget_that_is_only_short_by_estimate_is_a_warning(check):
    needed = json.loads(check("--json", budget={"tokens": 100}, rows=40).out)[0]["expected"]
    tokens = int(needed.split()[1].replace(",", ""))
    told = check(budget={"tokens": int(tokens / 1.5)}, rows=40)
    assert told.status == 0 and "warning: " in told.out and "a run may stop before it has all rows" in told.out
    assert "warning" not in check(budget={"tokens": tokens}, rows=40).out


def test_all_faults_of_the_recipe_and_of_its_files_are_told(tmp_path, capsys):
    rows = [{"text": "It purrs on the sofa", "label": "cat"}, {"text": "It barks", "label": "dug"}, {"label": "dog"}]
    make_workspace(tmp_path, seeds=rows, held_out=[{"text": "It flies", "label": "bird"}])
    shell = Shell(tmp_path, capsys)
    said = " ".join(shell.refuse("check", "pets").split())
    for part in ("seeds.jsonl, line 2: label 'dug'", "seeds.jsonl, line 3: text is missing", "line 1: label 'bird'"):
        assert said.count(part) == 1, said
    recipe = tmp_path / "recipes/pets.yaml"
    recipe.write_text(recipe.read_text() + "\nnonsense: 1\nwors: 2\n")
    said = shell.refuse("check", "pets")
    assert said.count("unknown key") == 2 and "nonsense" in said and "wors" in said


def test_the_recipes_path_is_as_good_as_its_name(tmp_path, capsys):
    make_workspace(tmp_path)
    shell = Shell(tmp_path, capsys)
    assert shell("check", "recipes/pets.yaml").status == 0
    assert "to do: write pets" in shell.refuse("new", "recipes/pets.yaml", "--labels", "a,b", "--task", "Which?")


@pytest.mark.full
def test_litellm_is_not_loaded_for_the_offline_model(tmp_path):
    make_workspace(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from cli.app import app; "
    code += "app(['check', 'pets'], standalone_mode=False); "
    code += "assert 'litellm' not in sys.modules and 'great_expectations' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_what_dvc_cannot_see_is_told(tmp_path, capsys):
    make_workspace(
        tmp_path, held_out=[{"text": "It barks at night", "label": "dog"}, {"text": "Miaow", "label": "cat"}]
    )
    shell, recipe = Shell(tmp_path, capsys), tmp_path / "recipes/pets.yaml"
    assert "warning" not in shell("check", "pets").out
    (tmp_path / "data/common").mkdir()
    (tmp_path / "data/seeds/pets/held_out.jsonl").rename(tmp_path / "data/common/test.jsonl")
    text = recipe.read_text().replace("data/seeds/pets/held_out.jsonl", "data/common/test.jsonl")
    recipe.write_text(text.replace("judges: []\n", ""))
    said = " ".join(shell("check", "pets").out.split())
    assert "data/common/test.jsonl: outside data/seeds/pets, so 'dvc repro' does not see when it changes" in said
    assert "only 'dvc repro' needs 1 key that it lacks; 'pedigree run' adds them, and 'pedigree check pets" in said
    assert "judges: []" not in said
    for all_of_it in ("--verbose", "--json"):
        assert "'pedigree run' adds them, or write: judges: []" in " ".join(
            shell("check", "pets", all_of_it).out.split()
        )
    recipe.write_text(recipe.read_text() + "judges: []\n")
    assert "that it lacks" not in shell("check", "pets").out


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
