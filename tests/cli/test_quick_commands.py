"""Commands that only look load no library that takes seconds: each is the first in a process of its own."""

import json
import subprocess
import sys

import pytest

from tests.support.workspaces import REPOSITORY, make_workspace

SLOW = ("prefect", "litellm", "great_expectations", "sklearn", "scipy.stats", "pandas", "dvc", "altair", "vl_convert")
HELP = [["--help"], ["run", "--help"]]
COMMANDS = [*(pytest.param(words, marks=pytest.mark.full) for words in HELP), ["estimate", "pets"], ["check", "pets"]]
CODE = f"""
import json, sys
sys.path.insert(0, {str(REPOSITORY)!r})
sys.argv = ["pedigree", *sys.argv[1:]]
from cli.main import main
try:
    status = main()
except SystemExit as end:
    status = end.code
print(json.dumps([status or 0, sorted(set({SLOW}) & set(sys.modules))]))
"""


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_quick_command_loads_nothing_slow(words, tmp_path):
    make_workspace(tmp_path / "work")
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words], cwd=tmp_path / "work", capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []], done.stderr
