"""A wrong command line is refused with exit status 2, and changes nothing."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pedigree.usefulness.fine_tuning import encoder
from tests.support.cli_runner import Shell, run_main
from tests.support.workspaces import make_workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pets(tmp_path, capsys):
    make_workspace(tmp_path)
    return Shell(tmp_path, capsys)


WRONG = {
    "an unknown option": (["run", "pets", "--frobnicate"], "No such option: --frobnicate"),
    "an unknown command": (["frobnicate"], "No such command 'frobnicate'"),
    "no recipe": (["run"], "Missing argument 'RECIPE'"),
    "no rows": (["run", "pets", "--rows", "0"], r"--rows 0\n  expected: a number such as 1500, or \+500"),
    "fewer rows": (["run", "pets", "--rows=-5"], "--rows -5\n  expected: a number"),
    "no number of rows": (["run", "pets", "--rows", "+-5"], r"--rows \+-5\n  expected: a number"),
    "digits that are no number": (["run", "pets", "--rows", "²"], "--rows ²\n  expected: a number"),
    "rows without end": (["run", "pets", "--rows", "9" * 5000], "--rows 999.*\n  expected: a number"),
    "an empty model": (["run", "pets", "--model", ""], "generators.0.model: found ''"),
    "a dataset elsewhere": (["run", "../pets"], "'../pets' is no dataset name"),
    "a dataset with a line's end": (["run", "pets\n"], r"'pets\\n' is no dataset name"),
    "no name": (["run", ""], "'' is no dataset name"),
    "a recipe elsewhere": (["run", "/etc/passwd.yaml"], "/etc/passwd.yaml is not in recipes/"),
    "a recipe that is not there": (
        ["run", "recipes/cats.yaml"],
        r"cats.yaml: no such recipe\n  expected: one of pets\n  to do: 'pedigree new",
    ),
    "an unknown label": (["preview", "pets", "--label", "cow"], "--label cow\n  expected: one of cat, dog"),
    "a new dataset that exists": (["new", "pets"], "recipes/pets.yaml exists already\n  to do: choose another name"),
    "a new dataset elsewhere": (["new", "../cats"], "'../cats' is no dataset name"),
    "a new dataset of one label": (["new", "cats", "--labels", "a"], "expected: two or more different labels"),
    "a new dataset of hostile labels": (["new", "cats", "--labels", "a\u202e,b"], "is no label: no control characters"),
    "no row id": (["trace", "zz"], "'zz' is no row id\n  expected: at least 4 of its hex digits"),
    "nothing to curate": (["curate", "pets"], "prompts.parquet is not here\n  to do: 'pedigree run pets' makes it"),
}


@pytest.mark.parametrize(("words", "found"), WRONG.values(), ids=WRONG)
def test_a_wrong_command(pets, words, found):
    before = sorted(pets.root.rglob("*")), (pets.root / "recipes/pets.yaml").read_bytes()
    assert re.search(found, pets.refuse(*words))
    assert (sorted(pets.root.rglob("*")), (pets.root / "recipes/pets.yaml").read_bytes()) == before


def test_an_override_of_a_run_that_cannot_start_is_not_kept(pets, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    before = (pets.root / "recipes/pets.yaml").read_bytes()
    said = pets.refuse("run", "pets", "--rows", "+8", "--model", "openai/gpt-4o-mini", "--no-publish", status=3)
    assert "openai/gpt-4o-mini needs OPENAI_API_KEY" in said and "to do: export OPENAI_API_KEY=" in said
    assert (pets.root / "recipes/pets.yaml").read_bytes() == before


def test_a_folder_that_is_no_workspace(tmp_path, capsys):
    said = Shell(tmp_path, capsys).refuse("run", "pets")
    assert "is in no Pedigree workspace\n  expected: a folder with recipes/, prompts/ and dvc.yaml" in said


def test_a_wrong_embedder_is_told_before_a_server_starts(tmp_path, capsys):
    make_workspace(tmp_path / "work")
    said = Shell(tmp_path / "work", capsys).refuse("evaluate", "pets", "--embedder", "potion-base-8M")
    assert "embedder: 'potion-base-8M' names no embedder: write model2vec/NAME-or-folder" in said


def test_a_baseline_that_is_none_is_told_before_a_server_starts(tmp_path, capsys):
    make_workspace(tmp_path / "work")
    shell = Shell(tmp_path / "work", capsys)
    assert "--baselines is empty" in shell.refuse("evaluate", "pets", "--baselines", "")
    said = shell.refuse("evaluate", "pets", "--baselines", "gan")
    assert "--baselines 'gan' is none\n  expected: all, or some of copula, smote, eda, template" in said


def test_an_encoder_that_cannot_be_fine_tuned_is_told_before_a_server_starts(tmp_path, capsys, monkeypatch):
    make_workspace(tmp_path / "work")
    shell = Shell(tmp_path / "work", capsys)
    said = shell.refuse("evaluate", "pets", "--fine-tune", "../model")
    assert "fine-tune: '../model' names no encoder: write a name of the hub, or a folder below the workspace" in said
    assert "--fine-tune is empty" in shell.refuse("evaluate", "pets", "--fine-tune", "")
    monkeypatch.setattr(encoder, "find_spec", lambda library: None)
    said = shell.refuse("evaluate", "pets", "--fine-tune", "models/m")
    assert "models/m can't be fine-tuned: torch is not installed\n  to do: pip install 'transformers>=4.50'" in said
    monkeypatch.setattr(encoder, "find_spec", lambda library: True)
    said = shell.refuse("evaluate", "pets", "--fine-tune", "models/m")
    assert "transformers/models/m is not on this machine\n  expected: the folder models/m in the workspace, or" in said


def in_shell(line, where):
    """Run a line of shell in which $PEDIGREE is the command; return exit status, output and complaints."""
    command = f"PYTHONPATH={ROOT} PEDIGREE='{sys.executable} -m cli'; export PYTHONPATH; {line}"
    done = subprocess.run(["bash", "-c", command], cwd=where, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("$PEDIGREE --help | true; exit ${PIPESTATUS[0]}", 141, ""),
        pytest.param("$PEDIGREE estimate pets --json | true; exit ${PIPESTATUS[0]}", 141, "", marks=pytest.mark.full),
        pytest.param("$PEDIGREE --help | head -1", 0, "", marks=pytest.mark.full),
        ("$PEDIGREE versions >&-", 2, "not a git repository"),
        ("$PEDIGREE versions >&- 2>&-", 2, ""),
        ("$PEDIGREE --help >/dev/full", 2, "No space left on device"),
        ("mkdir gone; cd gone; rmdir ../gone; $PEDIGREE doctor", 2, "the current folder was removed"),
        ("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 $PEDIGREE run fürs", 2, "is no dataset name"),
        pytest.param("env -u HOME $PEDIGREE run cats", 2, "cats.yaml: no such recipe", marks=pytest.mark.full),
    ],
)
def test_an_odd_shell(tmp_path, line, status, says):
    make_workspace(tmp_path / "work")
    found = in_shell(line, tmp_path / "work")
    assert found[0] == status and says in found[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_error_that_follows_from_a_signal_is_not_told(pets, monkeypatch, number):
    def lose_server():
        try:
            os.kill(os.getpid(), number)
        except BaseException:
            raise LookupError("connection refused") from None

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    monkeypatch.setattr("cli.app.app", lose_server)
    assert pets("run", "pets").err == "stopped; everything received is kept; 'pedigree run pets' goes on from here\n"
    assert run_main(pets.root, "run", "pets") == 128 + number
    signal.signal(signal.SIGINT, before)


def test_a_defect_keeps_its_traceback(pets, monkeypatch):
    def fail():
        raise LookupError("a defect")

    monkeypatch.setattr("cli.app.app", fail)
    with pytest.raises(LookupError):
        pets("run", "pets")
