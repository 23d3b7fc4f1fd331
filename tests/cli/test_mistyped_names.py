"""A mistyped name of a dataset: every command says what was found, what there is, and which name was probably meant."""

import pytest

from cli.dataset_name import read_version
from pedigree.errors import CommandError
from pedigree.workspace import Workspace
from tests.support.cli_runner import Shell
from tests.support.workspaces import make_workspace

COMMANDS = [
    *(["run"], ["augment"], ["pilot"], ["preview"], ["refresh"], ["replicate", "--seed", "1", "--seed", "2"]),
    *(["check"], ["estimate"], ["generate"], ["curate"], ["validate"], ["measure"], ["verify"], ["evaluate"]),
    *(["export"], ["versions"], ["diff"], ["lineage"], ["audit"], ["bias"], ["patterns"], ["statistics"]),
    *(["review"], ["forget", "--text", "a text"], ["trace", "abcd", "--dataset"]),
]
VERSIONED = {"verify", "evaluate", "export", "lineage", "diff", "trace"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("mistyped") / "work"
    make_workspace(root)
    (root / "recipes/boats.yaml").write_bytes((root / "recipes/pets.yaml").read_bytes())
    return root


@pytest.mark.parametrize("name", ["pest", "recipes/pest.yaml"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_the_nearest_name_and_all_names_are_told(command, name, folder, capsys):
    said = Shell(folder, capsys).refuse(*command, name)
    assert "pest" in said.splitlines()[0]
    assert "expected: one of boats, pets" in said
    assert "did you mean pets?" in said


def test_a_name_that_is_like_none_is_not_guessed(folder, capsys):
    said = Shell(folder, capsys).refuse("verify", "weather")
    assert said == "error: there is no dataset weather\n  expected: one of boats, pets\n"


def test_of_many_recipes_some_are_named(folder, capsys, tmp_path):
    make_workspace(tmp_path / "work")
    for number in range(20):
        (tmp_path / f"work/recipes/set-{number:02}.yaml").write_text("rows: 1\n", encoding="utf-8")
    said = Shell(tmp_path / "work", capsys).refuse("check", "sett-07")
    assert "set-10 and 9 more" in said and "did you mean set-07?" in said


def test_a_dataset_without_a_recipe_that_has_files_is_still_one(folder, capsys):
    (folder / "data/old").mkdir(parents=True)
    said = Shell(folder, capsys).refuse("verify", "old")
    assert "data/old/manifest.json is not here" in said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_version_is_named_in_one_way_by_all_commands_that_take_one(command, folder, capsys):
    said = Shell(folder, capsys).refuse(*command, "pets@v9.8.7")
    if command[0] in VERSIONED:  # they look for it in git, which does not know this folder
        assert "names a version" not in said and ("git" in said or "no version" in said), said
    else:
        assert said.startswith("error: pets@v9.8.7 names a version\n") and "to do: write pets; verify, " in said


@pytest.mark.parametrize(
    ("named", "rev", "found"),
    [
        ("pets", "latest", ("pets", "latest")),
        ("pets", "v1.0.0", ("pets", "v1.0.0")),
        ("pets@v1.0.0", "latest", ("pets", "v1.0.0")),
        ("pets@1.0.0", "v1.0.0", ("pets", "1.0.0")),
        ("pets@v1.0.0", "pets@v1.0.0", ("pets", "v1.0.0")),
        ("pets@latest", None, ("pets", "latest")),
    ],
)
def test_an_argument_and_an_option_name_a_version(named, rev, found, folder):
    assert read_version(Workspace(folder), named, rev, "latest") == found


@pytest.mark.parametrize(
    ("named", "rev", "says"),
    [
        ("pets@v1.0.0", "v1.1.0", "pets@v1.0.0 and v1.1.0 name two versions"),
        ("pets@", None, "'pets@' names no version"),
        ("pest@v1.0.0", None, "there is no dataset pest"),
    ],
)
def test_an_argument_that_names_no_one_version_is_refused(named, rev, says, folder):
    with pytest.raises(CommandError, match=says):
        read_version(Workspace(folder), named, rev, "latest")
