"""A mistake in a command is told before seconds of imports: no slow library is loaded for it."""

import json
import subprocess
import sys

import pytest

from tests.support.workspaces import REPOSITORY, make_workspace

SLOW = ("prefect", "litellm", "great_expectations", "sklearn", "dvc", "altair")
COMMANDS = [
    *(["run"], ["augment"], ["preview"], ["pilot"], ["estimate"], ["check"], ["generate"], ["curate"]),
    *(["validate"], ["measure"], ["verify"], ["refresh"], ["replicate", "--seed", "1"]),
]
# All in one process that starts with none of the libraries, in which each command may load none: as if each were first.
CODE = f"""
import contextlib, io, json, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from cli.main import main
from pedigree.system import interrupt
for words in {COMMANDS!r}:
    sys.argv, status = ["pedigree", *words, "nope"], 0
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as end:
            status = end.code
    loaded = sorted(set({SLOW}) & set(sys.modules))
    print(json.dumps([words[0], status, out.getvalue(), err.getvalue(), loaded]))
    interrupt.release()
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Of each command: its exit status, what it printed to both streams, and the slow libraries loaded by then."""
    folder = tmp_path_factory.mktemp("cold") / "work"
    make_workspace(folder)
    done = subprocess.run([sys.executable, "-c", CODE], cwd=folder, capture_output=True, text=True, check=True)
    return {name: found for name, *found in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("command", [words[0] for words in COMMANDS])
def test_a_dataset_that_is_not_there_is_told_at_once(told, command):
    status, out, err, loaded = told[command]
    assert status == 2 and err.startswith("error: ") and "nope" in err
    assert (out, loaded) == ("", [])
