"""The companion answers as this process would, in order, and neither outlives its run nor takes the run down with it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pedigree.errors import RecipeError
from pedigree.system.helper_process import ask, submit_to_helper
from tests.support.workspaces import REPOSITORY

HEAD = f"""
import sys, time
sys.path[:0] = [{str(REPOSITORY)!r}]
from pedigree import companion
from pedigree.companion import ask, ask_ahead
"""


def run(code, *chores, **options):
    call = f"companion.call_companion(*{chores!r})\n"
    return subprocess.Popen([sys.executable, "-c", HEAD + call + code], stdout=subprocess.PIPE, text=True, **options)


def tell(process):
    return process.communicate(timeout=60)[0].split("\n")[:-1]


def test_chores_are_done_and_questions_answered_beside_this_process():
    said = tell(
        run(
            "there = ask('os:getpid')\n"
            "print(there == companion._called.process.pid)\n"
            "print('pedigree.ids' in sys.modules)\n"
            "print(ask('pedigree.ids:sha256_of', [1, 'two']), ask('pedigree.ids:sha256_of', [1, 'two']))",
            "pedigree.ids",
        )
    )
    from pedigree.ids import sha256_of

    assert said == ["True", "False", f"{sha256_of([1, 'two'])} {sha256_of([1, 'two'])}"]


def test_answers_come_to_their_questions_whichever_is_wanted_first():
    said = tell(
        run(
            "asked = [ask_ahead('builtins:pow', n, 2) for n in range(50)]\n"
            "print([answer.get() for answer in reversed(asked)] == [n * n for n in reversed(range(50))])"
        )
    )
    assert said == ["True"]


def test_large_questions_and_answers_do_not_wait_for_each_other():
    said = tell(
        run(
            "text = 'x' * 5_000_000\n"
            "asked = [ask_ahead('builtins:str', text) for _ in range(4)]\n"
            "print(all(answer.get() == text for answer in asked))"
        )
    )
    assert said == ["True"]


def test_what_dies_with_the_companion_is_worked_out_here():
    said = tell(
        run(
            "asked = [ask_ahead('time:sleep', 30), ask_ahead('os:getpid')]\n"
            "import os\n"
            "companion._called.process.kill()\n"
            "print(asked[1].get() == os.getpid(), ask('os:getpid') == os.getpid())"
        )
    )
    assert said == ["True True"]


def test_its_errors_are_ours():
    broken = "ask('pedigree.generation.strategies:no_such', 1)"
    said = tell(
        run(
            "from pedigree.errors import PedigreeError\n"
            "try:\n    ask('pedigree.dataset.examples:read_records', __import__('pathlib').Path('/no/such.jsonl'))\n"
            "except PedigreeError as error:\n    print(type(error).__name__, error.mend)\n"
            f"try:\n    {broken}\nexcept AttributeError as error:\n    print('met here')",
            stderr=subprocess.DEVNULL,
        )
    )
    assert said == ["RecipeError correct the path in the recipe, or set the key to null", "met here"]


def test_without_a_companion_the_question_is_answered_here():
    from pedigree.system import helper_process

    was, helper_process._called = helper_process._called, None
    try:
        assert ask("builtins:pow", 3, 2) == 9
        with pytest.raises(RecipeError, match="no such file"):
            submit_to_helper("pedigree.dataset.examples:read_records", Path("/no/such.jsonl")).get()
    finally:
        helper_process._called = was


def test_it_ends_when_its_run_is_killed():
    with run("print(ask('os:getpid'), flush=True)\ntime.sleep(600)") as process:
        beside = int(process.stdout.readline())
        assert _lives(beside)
        process.kill()
    give_up = time.monotonic() + 20
    while _lives(beside) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert not _lives(beside)


def test_it_ends_with_its_run():
    with run("print(ask('os:getpid'), flush=True)") as process:
        beside = int(process.stdout.readline())
    assert process.returncode == 0 and not _lives(beside)


def test_ctrl_c_is_not_for_it():
    code = (
        "import os, signal\n"
        "there = ask('os:getpid')\n"
        "os.kill(there, signal.SIGINT)\n"
        "print(ask('os:getpid') == there != os.getpid())"
    )
    assert tell(run(code)) == ["True"]


def test_an_interrupt_ends_what_another_thread_waits_for():
    code = (
        "import os\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as others:\n"
        "    try:\n"
        "        with companion.part_when_interrupted():\n"
        "            ask_ahead('time:sleep', 600)\n"
        "            waiting = others.submit(ask, 'os:getpid')\n"
        "            raise KeyboardInterrupt\n"
        "    except KeyboardInterrupt:\n"
        "        print(waiting.result() == os.getpid())\n"
        "    try:\n"
        "        with companion.part_when_interrupted():\n"
        "            raise ValueError\n"
        "    except ValueError:\n"
        "        print('goes on')"
    )
    assert tell(run(code)) == ["True", "goes on"]


def test_it_has_nothing_to_say_where_its_run_is_killed_before_the_answer():
    code = "answer = ask_ahead('time:sleep', 0.5)\nprint('asked', flush=True)\ntime.sleep(600)"
    with run(code, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == "asked\n"
        process.kill()
        assert process.stderr.read() == ""  # to the end: the companion has closed it, too


def test_an_answer_that_cannot_be_read_is_worked_out_here():
    broken = "import pickle\nclass Never:\n    def __reduce__(self):\n        return (int, ('no number',))\n"
    code = (
        "import tempfile, os\n"
        "folder = tempfile.mkdtemp()\n"
        f"open(folder + '/oddity.py', 'w').write({broken!r})\n"
        "sys.path.insert(0, folder)\n"
        "companion.call_companion()\n"
        "answer = ask('oddity:Never')\n"
        "print(type(answer).__name__, ask('os:getpid') == os.getpid())"
    )
    process = subprocess.Popen([sys.executable, "-c", HEAD + code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert tell(process) == ["Never True"]


def _lives(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rsplit(")")[1].split()[0] != "Z"
