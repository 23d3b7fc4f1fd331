"""A run that something stops says so, keeps what it paid for, and goes on where it stopped."""

import shutil
import signal
import subprocess
import sys

import pytest

from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tests.support.fake_endpoint import error
from tests.support.killable_processes import Counter, Process, make, read_job_outputs, settle
from tests.support.workspaces import REPOSITORY

RECIPE = "recipes/pets.yaml"
CAN_MOUNT = (
    shutil.which("unshare")
    and not subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode
)


@pytest.fixture
def endpoint():
    with Counter() as served:
        yield served


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an uninterrupted run makes, and how many requests it takes."""
    with Counter() as endpoint:
        root = settle(tmp_path_factory.mktemp("whole") / "w", endpoint.url)
        run = Process(make, root, root=root)
        assert run.wait() == 0, run.said
        return read_job_outputs(root), len(endpoint.served)


def finish(root, whole, endpoint, cut_off=0):
    """Run to the end: the content of an uninterrupted run, and no request more than were cut off."""
    run = Process(make, root, root=root)
    assert run.wait() == 0, run.said
    assert read_job_outputs(root) == whole[0]
    assert whole[1] <= len(endpoint.served) <= whole[1] + cut_off, run.said
    return run.said


@pytest.mark.parametrize(
    ("number", "status", "ended"),
    [
        (signal.SIGINT, 130, "was stopped"),
        # It ends the process itself; test_ledger.py holds what is said of a run that died.
        pytest.param(signal.SIGTERM, -signal.SIGTERM, "died", marks=pytest.mark.full),
    ],
)
def test_a_cancelled_run_goes_on_and_tells_what_was_in_flight(tmp_path, endpoint, whole, number, status, ended):
    root = settle(tmp_path / "w", endpoint.url)
    endpoint.hold(20)
    run = Process(make, root, root=root)
    assert endpoint.held.wait(60)
    run.signal(number)
    assert run.wait() == status
    endpoint.release()
    lost = len(Ledger(Workspace(root).ledger).lost)
    assert 0 < lost <= 8
    assert f"{lost} requests were in flight when the last run {ended}" in finish(root, whole, endpoint, lost)


def test_a_run_out_of_budget_goes_on_with_a_larger_one(tmp_path, endpoint, whole):
    root = settle(tmp_path / "w", endpoint.url, budget={"calls": 78})
    run = Process(make, root, root=root)
    assert run.wait() == 3
    assert "78 of 78 calls are used" in run.said and len(endpoint.served) == 78
    set_keys(root / RECIPE, {"budget.calls": 500})
    assert "in flight" not in finish(root, whole, endpoint)


@pytest.mark.full
def test_a_run_cut_off_from_its_endpoint_goes_on_with_another(tmp_path, endpoint, whole):
    root = settle(tmp_path / "w", endpoint.url, retries=0, patience=1)
    answer = endpoint.answer
    endpoint.answer = lambda body: answer(body) if len(endpoint.requests) <= 30 else error(503)
    run = Process(make, root, root=root)
    assert run.wait() == 3
    assert "does not answer" in run.said and len(Ledger(Workspace(root).ledger)) == 30
    with Counter() as other:
        set_keys(root / RECIPE, {"generators.0.api_base": other.url})
        other.served += endpoint.served[:30]
        assert "in flight" not in finish(root, whole, other)


@pytest.mark.full
@pytest.mark.skipif(
    not CAN_MOUNT, reason="needs 'unshare -rm', which mounts a small disk: not installed here, or this user may not"
)
def test_a_run_on_a_disk_that_fills_up_keeps_all_that_it_received(tmp_path, endpoint, whole):
    root = settle(tmp_path / "w", endpoint.url)
    state, kept = root / ".pedigree", tmp_path / "kept"
    state.mkdir()
    code = (
        "import os, sys; sys.path[:0] = ['.']; from cli.main import main; "
        f"os.chdir({str(root)!r}); sys.argv = ['pedigree', 'generate', 'pets']; main()"
    )
    room = (4 << 10) + 32  # KiB: the ledger's reserve, and some twenty answers
    script = f'mount -t tmpfs -o size={room}k small {state}; "$@"; status=$?; cp -r {state} {kept}; exit $status'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-c", code],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "can't be written: No space left on device" in done.stderr and "Traceback" not in done.stderr
    state.rmdir()
    kept.rename(state)
    ledger = Ledger(Workspace(root).ledger)
    assert 0 < len(ledger) == len(endpoint.served) < whole[1] and ledger.problems == ledger.lost == []
    assert "in flight" not in finish(root, whole, endpoint)


def test_a_ledger_that_cannot_be_written_or_read_is_said_before_anything_is_asked(tmp_path, endpoint):
    root = settle(tmp_path / "w", endpoint.url)
    folder = Workspace(root).ledger
    folder.parent.mkdir()
    folder.write_text("a file in the way")
    run = Process(make, root, root=root)
    assert run.wait() == 2 and f"{folder}: can't be written: File exists" in run.said

    folder.unlink()
    folder.mkdir()
    (folder / "newer.ledger").write_text("pedigree-ledger 2\n")
    run = Process(make, root, root=root)
    assert run.wait() == 2 and "newer.ledger: unread: format 2" in run.said

    (folder / "newer.ledger").unlink()
    assert endpoint.requests == []


@pytest.mark.full
def test_a_damaged_record_and_a_torn_one_are_asked_for_again_and_no_other(tmp_path, endpoint, whole):
    root = settle(tmp_path / "w", endpoint.url)
    finish(root, whole, endpoint)
    for table in Workspace(root).dataset_folder("pets").glob("*.parquet"):
        table.unlink()
    (segment,) = Workspace(root).ledger.glob("*.ledger")
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace(b"stop", b"step")
    segment.write_bytes(b"".join(lines)[:-20])
    said = finish(root, whole, endpoint, 2)
    assert "1 damaged record is passed over and asked for again; the first: " in said
    assert len(endpoint.served) == whole[1] + 2


def test_of_two_runs_at_once_one_waits_and_nothing_is_asked_for_twice(tmp_path, endpoint, whole):
    root = settle(tmp_path / "w", endpoint.url)
    runs = [Process(make, root, root=root) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert sum("waiting: another run (process " in run.said for run in runs) == 1
    assert len(endpoint.served) == whole[1] and read_job_outputs(root) == whole[0]


@pytest.mark.full
def test_runs_of_different_datasets_write_side_by_side(tmp_path, endpoint, whole):
    root = settle(tmp_path / "w", endpoint.url)
    for name in ("birds", "fish"):
        recipe = (root / RECIPE).read_text().replace("dataset: pets", f"dataset: {name}")
        (root / f"recipes/{name}.yaml").write_text(recipe)
        shutil.copytree(root / "data/seeds/pets", root / f"data/seeds/{name}")
        set_keys(root / f"recipes/{name}.yaml", {"seed": len(name)})
    runs = [Process(make, root, name, root=root) for name in ("pets", "birds", "fish")]
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert not any("waiting" in run.said for run in runs)
    ledger = Ledger(Workspace(root).ledger)
    assert ledger.segments == 3 and len(ledger) == len(endpoint.served) and read_job_outputs(root) == whole[0]
