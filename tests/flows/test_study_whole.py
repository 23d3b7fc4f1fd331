"""The commands of docs/study.md: a whole study, offline; killed, stopped by its budget, published and pulled."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from ruamel.yaml import YAML

from pedigree.studies.settings import Study
from tests.support.repository import Household, settle
from tests.support.workspaces import REPOSITORY

pytestmark = pytest.mark.full
PAGE = (REPOSITORY / "docs/study.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(pedigree study .*?) +#", PAGE, re.MULTILINE)
RESULTS = tuple(
    f"data/study-demo/{name}"
    for name in ("results.parquet", "results.csv", "results.json", "comparison.json", "manifest.json", "report.html")
)


def count_finished(home: Household) -> int:
    """Return how many datasets of the study are finished."""
    return len([*home.root.glob(".pedigree/studies/demo/cells/*/result.json")])


def test_the_study_of_the_page_is_valid():
    assert len(PAGE.splitlines()) <= 80 and len(COMMANDS) == 3
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert Study.model_validate(YAML(typ="safe").load(text)).study == "shop"


def test_a_study_killed_five_times_ends_with_the_same_bytes_and_is_published_and_pulled(tmp_path):
    home = settle(tmp_path / "home")
    for command in COMMANDS:
        said = home.run(*command.split()).stdout
    assert "macro-F1 of tfidf-logreg" in said and "2 tasks can't tell whether 4 systems differ" in said
    whole = home.read(*RESULTS)
    other = settle(tmp_path / "other")
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "cli", "study", "demo", "--no-publish"]
    for finished in range(1, 6):  # datasets after which it dies, in the middle of the next one
        process = subprocess.Popen(command, cwd=other.root, env=environment, start_new_session=True)
        while count_finished(other) < finished and process.poll() is None:
            time.sleep(0.05)
        time.sleep(0.4 * finished)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert count_finished(other) < 6
    other.run("pedigree", "study", "demo", "--no-publish")
    assert other.read(*RESULTS) == whole

    assert "version: study-demo@v1.0.0" in home.run("pedigree", "study", "demo").stdout
    assert home.read(*RESULTS) == whole and home.git("status", "--porcelain") == ""
    assert "version:" not in home.run("pedigree", "study", "demo").stdout  # the content equals that of the last one
    clone = home.clone(tmp_path / "clone")
    clone.run("dvc", "pull", *(f"{path}.dvc" for path in RESULTS if path.endswith((".parquet", ".html"))))
    assert clone.read(*RESULTS) == whole
    assert "results of the study demo, of 6 datasets" in clone.run("pedigree", "versions", "study-demo").stdout


def test_the_budget_stops_the_whole_study_and_keeps_what_is_paid(tmp_path):
    home = settle(tmp_path / "home")
    path = home.root / "studies/demo.yaml"
    path.write_text(path.read_text().replace("calls: 1000", "calls: 30"))
    done = home.run("pedigree", "study", "demo", "--no-publish", check=False)
    assert done.returncode == 3 and "the budget is used up: 30 of 30 calls are used" in done.stderr
    assert count_finished(home) == 2
    path.write_text(path.read_text().replace("calls: 30", "calls: 1000"))
    home.run("pedigree", "study", "demo", "--no-publish")
    assert (home.root / RESULTS[0]).is_file()
