"""A command that waits for another one says at once for which, since when, and how to stop."""

import os
import re
import threading

from pedigree.system.dataset_lock import hold_dataset, is_held, tell_wait
from pedigree.workspace import Workspace


def test_who_waits_says_once_for_which_process_since_when_and_how_to_stop_it(tmp_path, caplog, monkeypatch):
    caplog.set_level("INFO", "pedigree")
    monkeypatch.setattr("sys.argv", ["/usr/bin/pedigree", "run", "pets", "--model", "sk-a-key-in-the-wrong-place"])
    workspace, had = Workspace(tmp_path), threading.Event()

    def wait():
        with hold_dataset(workspace, "pets"):
            had.set()

    tell_wait(workspace, "pets")  # nobody holds it
    with hold_dataset(workspace, "pets"):
        assert caplog.messages == [] and is_held(workspace, "pets")
        tell_wait(workspace, "pets")
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not had.is_set()
    waiting.join()
    assert had.is_set() and not is_held(workspace, "pets")
    [said] = caplog.messages
    since = r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    holder = rf"process {os.getpid()}, {since}: pedigree run pets --model \[secret]"
    assert re.match(rf"waiting: another run \({holder}\) works on pets\. ", said), said
    assert f"Ctrl+C stops this one, and 'kill -INT {os.getpid()}' the other" in said


def test_a_lock_of_an_earlier_pedigree_is_told_without_its_command(tmp_path, caplog):
    caplog.set_level("INFO", "pedigree")
    workspace = Workspace(tmp_path)
    with hold_dataset(workspace, "pets"):
        (tmp_path / ".pedigree/locks/pets.lock").write_text("123")
        tell_wait(workspace, "pets")
    [said] = caplog.messages
    assert said.startswith("waiting: another run works on pets. ") and "Ctrl+C" in said
