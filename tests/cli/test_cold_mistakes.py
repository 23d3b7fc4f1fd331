"""A mistake in a command is told before seconds of imports: no slow library is loaded for it."""

import subprocess
import sys

import pytest

from tests.support.workspaces import REPOSITORY, make_workspace

SLOW = ("prefect", "litellm", "great_expectations", "sklearn", "dvc", "altair")
CODE = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from cli.main import main
try:
    main()
finally:
    print("LOADED", sorted(set({SLOW}) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "words",
    [
        *(["run"], ["augment"], ["preview"], ["pilot"], ["estimate"], ["check"], ["generate"], ["curate"]),
        *(["validate"], ["measure"], ["verify"], ["refresh"], ["replicate", "--seed", "1"]),
    ],
    ids=lambda words: words[0],
)
def test_a_dataset_that_is_not_there_is_told_at_once(tmp_path, words):
    make_workspace(tmp_path)
    done = subprocess.run([sys.executable, "-c", CODE, *words, "nope"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and "nope" in done.stderr
    assert done.stdout == "LOADED []\n"
