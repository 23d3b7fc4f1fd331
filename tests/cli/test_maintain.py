"""The commands refresh, evaluate and replicate: what they print, for people and for programs, and what they refuse."""

import json
from shutil import copytree

import pytest

from tests.support.cli_runner import Shell
from tests.support.make_published import NAME, share_small
from tests.support.repository import Household


@pytest.fixture(scope="module")
def work(prefect, tmp_path_factory):
    """A copy of a workspace with v1.0.0 and v1.0.1 of 60 rows."""
    return Household(copytree(share_small(tmp_path_factory).root, tmp_path_factory.mktemp("kept") / "work"))


@pytest.fixture
def shell(work, capsys):
    return Shell(work.root, capsys)


@pytest.mark.full
def test_evaluate_shows_each_figure_now_and_then(shell):
    said = shell("evaluate", NAME, "v1.0.0")
    assert said.status == 0 and said.out.splitlines()[0] == f"{NAME}@v1.0.0 on data/seeds/{NAME}/held-out.jsonl"
    (line,) = (line for line in said.out.splitlines() if "macro-F1, trained on the synthetic rows" in line)
    *_, now, then, difference = line.split()
    assert now == then and float(now) > 0 and difference == "+0.0000"
    assert "note: The rows are from the offline template model" in said.out
    assert "No advice: figures of rows from the offline model are only a demonstration" in said.out
    assert f"kept in .pedigree/evaluations/{NAME}@v1.0.0.json" in said.out
    found = json.loads(shell("evaluate", NAME, "--json").out)
    assert (found["version"], found["own"]) == (f"{NAME}@v1.0.1", True)


@pytest.mark.full
def test_replicate_shows_variants_side_by_side(shell):
    said = shell("replicate", NAME, "--seed", "1", "--seed", "2", "--rows", "40")
    assert said.status == 0
    lines = {line.split()[0]: line.split()[1:] for line in said.out.splitlines() if line.split()}
    assert lines["seed-1"] == ["seed-2"] and lines["rows"] == ["40", "40"] and lines["seed"] == ["1", "2"]
    found = json.loads(shell("replicate", NAME, "--model", "offline/template", "--seed", "1", "--json").out)
    (one,) = found["replicas"]
    assert one["models"] == ["offline/template"] and one["passed"] is True and one["rows"] == 60


@pytest.mark.full
def test_refresh_publishes_the_next_version(shell):
    said = shell("refresh", NAME, "--more-rows", "20")
    assert said.status == 0 and said.out.splitlines()[-1] == f"version: {NAME}@v1.1.0"
    found = json.loads(shell("refresh", NAME, "--more-rows", "1", "--json").out)
    assert (found["rows"], found["version"]) == (81, f"{NAME}@v1.2.0")


WRONG = {
    "no such version": (["evaluate", NAME, "v9"], "has no version 'v9'\n  expected: one of v1.0.0"),
    "no version's name": (["evaluate", NAME, ""], "has no version ''"),
    "held-out rows elsewhere": (["evaluate", NAME, "--held-out", "/etc/passwd"], "must be a path below data/"),
    "nothing to vary": (["replicate", NAME], "no models and no seeds"),
    "a model without a name": (["replicate", NAME, "--model", ""], "an empty model"),
    "a seed below 0": (["replicate", NAME, "--seed", "-1"], "--seed"),
    "too many variants": (
        ["replicate", NAME, *(word for n in range(21) for word in ("--seed", str(n)))],
        "are 21 variants",
    ),
    "no rows to add": (["refresh", NAME, "--more-rows", "0"], "--more-rows"),
    "nothing to refresh": (["refresh", "shop-entailment"], "'pedigree run shop-entailment' makes the first"),
}


@pytest.mark.parametrize(("words", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_is_refused(shell, words, says):
    assert says in shell.refuse(*words)
