"""The command optimise refuses, before a server is started, what can't be searched."""

from tests.support.cli_runner import Shell
from tests.support.workspaces import RECIPE, make_workspace

SEARCH = {"model": "offline/template"}


def test_what_can_not_be_searched_is_refused_with_what_to_do(tmp_path, capsys):
    few = [{"text": f"row {n} of a {label}", "label": label} for n in range(9) for label in ("cat", "dog")]
    workspace = make_workspace(tmp_path, seeds=few)
    shell, path = Shell(tmp_path, capsys), workspace.recipe_path("pets")
    without = shell.refuse("optimise", "pets")
    assert "has no key 'optimise'" in without and "add 'optimise: {model:" in without
    given = path.read_text()
    path.write_text(f"{given}optimise: {SEARCH}\n")
    said = shell.refuse("optimise", "pets")
    assert "too few rows of people for a search: 9 to be read in the rounds and 9 fresh ones" in said
    assert "at least 20 of each" in said
    path.write_text(f"{given}optimise: {{model: offline/template, generator: nobody}}\n")
    assert "no generator is named 'nobody': name one of ['zero-shot']" in shell.refuse("optimise", "pets")
    path.write_text(f"{given}optimise: {{model: offline/other}}\n")
    assert "offline/other" in shell.refuse("optimise", "pets")
    assert "no such recipe" in shell.refuse("optimise", "pots")
    assert RECIPE["dataset"] == "pets" and not (tmp_path / ".pedigree/ledger").exists()
