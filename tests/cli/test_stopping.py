"""A command on a terminal that a person stops: one line, the exit status of the signal, and the prompt is back."""

import os
import signal
import subprocess
import sys

import pytest

from cli.app import app
from cli.main import READING, _describe_stop
from pedigree.system import interrupt
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.terminal import Terminal
from tests.support.workspaces import REPOSITORY, make_workspace

STUBBORN = """
import time
from pedigree.system import interrupt
interrupt.SECONDS = 0.1
interrupt.catch_signals(lambda: "the last line")
interrupt.close_at_end(lambda: print("closed"))
try:
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_cleans_up_for_ever_is_ended(number):
    command = [sys.executable, "-u", "-c", "import signal; signal.signal(2, signal.default_int_handler)" + STUBBORN]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (128 + number, "closed\n", "the last line\n")


def test_a_command_whose_server_is_lost_ends_although_prefect_still_tries():
    code = STUBBORN.replace('print("ready", flush=True)', 'interrupt.stop_soon("no server", 3)').replace(
        '"the last line"', 'f"stopped: {interrupt.get_reason()}"'
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (3, "stopped: no server\n")


def test_the_process_of_one_run_whose_server_is_lost_ends_too():
    code = """
import time
from pedigree.system import interrupt
interrupt.SECONDS = 0.1
interrupt.stop_soon("no server", 3)
time.sleep(600)
"""
    environment = {**os.environ, interrupt.OWN_RUN: "a-run"}
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (3, "stopped: no server; everything received is kept\n")


def test_a_command_that_only_reads_says_that_nothing_was_changed(monkeypatch):
    assert {command.name or command.callback.__name__ for command in app.registered_commands} >= READING
    monkeypatch.setattr(interrupt._Stop, "paid", None)  # what an earlier test of this process paid for
    monkeypatch.setattr("sys.argv", ["pedigree", "verify", "pets"])
    assert _describe_stop() == "stopped; nothing was changed; 'pedigree verify pets' starts anew"
    monkeypatch.setattr("sys.argv", ["pedigree", "run", "pets"])
    assert _describe_stop() == "stopped; everything received is kept; 'pedigree run pets' goes on from here"


@pytest.mark.full
def test_ctrl_c_at_a_question_says_one_line(tmp_path):
    make_workspace(tmp_path, seeds=[{"text": f"the {label} sleeps", "label": label} for label in ("cat", "dog")])
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    terminal = Terminal(tmp_path, "forget", "pets", "--text", "the cat sleeps", environment=os.environ)
    try:
        terminal.read_until("Forget it?", 60)
        asked = len(terminal.screen)
        terminal.press_ctrl_c()
        while terminal.read(0.1):
            pass
    finally:
        terminal.close()
    [line] = terminal.screen[asked:].replace("^C", "").split("\n")[:-1]
    assert terminal.status == 130 and line.startswith("stopped; everything received is kept; ")


@pytest.mark.full
def test_ctrl_c_twice_on_a_terminal_says_one_line(tmp_path):
    with Endpoint(lambda body: rows("a text of some words"), seconds=600) as endpoint:
        asked = {"strategy": "zero-shot", "model": "openai/fake", "api_base": endpoint.url, "concurrency": 2}
        make_workspace(tmp_path, generators=[{**asked, "rows_per_call": 1, "structured": "text"}], screens={})
        terminal = Terminal(tmp_path, "generate", "pets", environment={**os.environ, "OPENAI_API_KEY": "none"})
        try:
            while not endpoint.in_flight:
                assert terminal.read(0.1), terminal.screen
            terminal.press_ctrl_c()
            terminal.read(0.2)
            terminal.press_ctrl_c()
            while terminal.read(0.1):
                pass
            screen = terminal.screen
        finally:
            terminal.close()
    assert terminal.status == 130, screen
    lines = [line for line in screen.replace("^C", "").splitlines() if line.strip()]
    [line] = [line for line in lines if line.startswith("stopped")]
    assert line == lines[-1]
    assert line.startswith("stopped; 0 calls paid for in this run, 0 tokens, 0.0000 USD; ")
    assert line.endswith("may be charged; everything received is kept; 'pedigree generate pets' goes on from here")
