"""A version whose data 'dvc gc' has removed: every command says so and what to do; nothing else is lost."""

import json

import pytest

from tests.support.cli_runner import Shell
from tests.support.make_published import NAME, copy_small, publish_again

OLD, NEW = f"{NAME}@v1.0.0", f"{NAME}@v1.1.0"
pytestmark = pytest.mark.full
TABLES = [f"data/{NAME}/{table}.parquet" for table in ("completions", "prompts", "rejects", "train", "validation")]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A workspace with v1.0.0, retired as DVC retires, and v1.1.0."""
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp("retired") / "work")
    assert publish_again(house, seed=1) == NEW
    house.run("dvc", "gc", "--workspace", "--cloud", "--force")
    return house


@pytest.fixture
def shell(house, capsys):
    return Shell(house.root, capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["verify", NAME, "--rev", "v1.0.0"],
        ["trace", "0123", "--rev", OLD],
        ["export", NAME, "--rev", "v1.0.0", "--to", "exported"],
        ["diff", NAME, "v1.0.0", "v1.1.0"],
    ],
    ids=lambda words: words[0],
)
def test_what_needs_the_data_says_that_they_are_gone(house, shell, words):
    said = shell.refuse(*words)
    assert said.startswith(f"error: the data of {OLD} are gone: neither DVC's cache nor its remote holds data/{NAME}/")
    assert f"data/{NAME}/train.parquet" in said
    assert "expected: what publishing put there, unless the version was retired since ('dvc gc')" in said
    assert "to do: 'dvc push' on a machine that has them; 'pedigree versions --data' shows" in said
    assert not (house.root / "exported").exists() and house.git("status", "--porcelain") == ""


def test_versions_says_which_can_be_pulled(shell):
    said = shell("versions", NAME, "--data").out
    assert f"\n{OLD} can't be pulled: neither DVC's cache nor its remote holds {', '.join(TABLES[:2])}" in said
    assert NEW not in said.split("can't be pulled")[0].rsplit("\n", 1)[-1]
    told = {entry["version"]: entry["gone"] for entry in json.loads(shell("versions", NAME, "--data", "--json").out)}
    assert told["v1.1.0"] == [] and {*TABLES} <= {*told["v1.0.0"]}
    unasked = json.loads(shell("versions", NAME, "--json").out)
    assert [entry["gone"] for entry in unasked] == [None, None]


def test_what_git_holds_of_it_and_the_other_version_are_as_before(house, shell):
    assert shell("lineage", NAME, "--rev", "v1.0.0").status == 0
    assert house.git("show", f"{OLD}:data/{NAME}/README.md").startswith("---")
    assert shell("verify", NAME, "--rev", "v1.1.0").status == 0
    assert shell("export", NAME, "--rev", "v1.1.0", "--to", str(house.root.parent / "exported")).status == 0


def test_the_next_run_goes_on_from_the_ledger_and_asks_for_nothing_twice(house):
    done = house.run("pedigree", "generate", NAME)
    assert ", 0 of them asked for now" in done.stdout, done.stdout
