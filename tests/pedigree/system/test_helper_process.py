"""The helper process returns what this process would, in order; it ends with its run, and may die without harm."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pedigree.errors import RecipeError
from pedigree.system.helper_process import call_in_helper, submit_to_helper
from tests.support.workspaces import REPOSITORY

HEAD = f"""
import sys, time
sys.path[:0] = [{str(REPOSITORY)!r}]
from pedigree.system import helper_process
from pedigree.system.helper_process import call_in_helper, submit_to_helper
"""


def run(code, *preloads, **options):
    call = f"helper_process.start_helper(*{preloads!r})\n"
    return subprocess.Popen([sys.executable, "-c", HEAD + call + code], stdout=subprocess.PIPE, text=True, **options)


def read_lines(process):
    return process.communicate(timeout=60)[0].split("\n")[:-1]


def test_calls_and_preloads_run_in_the_helper_process():
    lines = read_lines(
        run(
            "helper = call_in_helper('os:getpid')\n"
            "print(helper == helper_process._helper.process.pid)\n"
            "print('pedigree.ids' in sys.modules)\n"
            "print(call_in_helper('pedigree.ids:sha256_of', [1, 'two']), "
            "call_in_helper('pedigree.ids:sha256_of', [1, 'two']))",
            "pedigree.ids",
        )
    )
    from pedigree.ids import sha256_of

    assert lines == ["True", "False", f"{sha256_of([1, 'two'])} {sha256_of([1, 'two'])}"]


def test_each_call_gets_its_own_result_in_any_order_of_waiting():
    lines = read_lines(
        run(
            "results = [submit_to_helper('builtins:pow', n, 2) for n in range(50)]\n"
            "print([result.get() for result in reversed(results)] == [n * n for n in reversed(range(50))])"
        )
    )
    assert lines == ["True"]


def test_large_calls_and_results_do_not_block_each_other():
    lines = read_lines(
        run(
            "text = 'x' * 5_000_000\n"
            "results = [submit_to_helper('builtins:str', text) for _ in range(4)]\n"
            "print(all(result.get() == text for result in results))"
        )
    )
    assert lines == ["True"]


def test_calls_of_a_dead_helper_run_in_this_process():
    lines = read_lines(
        run(
            "results = [submit_to_helper('time:sleep', 30), submit_to_helper('os:getpid')]\n"
            "import os\n"
            "helper_process._helper.process.kill()\n"
            "print(results[1].get() == os.getpid(), call_in_helper('os:getpid') == os.getpid())"
        )
    )
    assert lines == ["True True"]


def test_a_pedigree_error_is_raised_here_and_any_other_is_met_here():
    broken = "call_in_helper('json:no_such', 1)"
    lines = read_lines(
        run(
            "from pedigree.errors import PedigreeError\n"
            "try:\n    call_in_helper('pedigree.dataset.examples:read_records', "
            "__import__('pathlib').Path('/no/such.jsonl'))\n"
            "except PedigreeError as error:\n    print(type(error).__name__, error.hint)\n"
            f"try:\n    {broken}\nexcept AttributeError as error:\n    print('met here')",
            stderr=subprocess.DEVNULL,
        )
    )
    assert lines == ["RecipeError correct the path in the recipe, or set the key to null", "met here"]


def test_without_a_helper_calls_run_in_this_process():
    from pedigree.system import helper_process

    was, helper_process._helper = helper_process._helper, None
    try:
        assert call_in_helper("builtins:pow", 3, 2) == 9
        with pytest.raises(RecipeError, match="no such file"):
            submit_to_helper("pedigree.dataset.examples:read_records", Path("/no/such.jsonl")).get()
    finally:
        helper_process._helper = was


def test_the_helper_ends_when_its_run_is_killed():
    with run("print(call_in_helper('os:getpid'), flush=True)\ntime.sleep(600)") as process:
        helper = int(process.stdout.readline())
        assert _lives(helper)
        process.kill()
    give_up = time.monotonic() + 20
    while _lives(helper) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert not _lives(helper)


def test_the_helper_ends_with_its_run():
    with run("print(call_in_helper('os:getpid'), flush=True)") as process:
        helper = int(process.stdout.readline())
    assert process.returncode == 0 and not _lives(helper)


def test_ctrl_c_on_a_terminal_does_not_reach_the_helper():
    code = (
        "import os\n"
        "helper = call_in_helper('os:getpid')\n"
        "print(os.getsid(helper) == helper, os.getsid(helper) != os.getsid(0))"
    )
    assert read_lines(run(code)) == ["True True"]


def test_an_interrupt_resolves_what_another_thread_waits_for():
    code = (
        "import os\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as others:\n"
        "    try:\n"
        "        with helper_process.stop_on_interrupt():\n"
        "            submit_to_helper('time:sleep', 600)\n"
        "            waiting = others.submit(call_in_helper, 'os:getpid')\n"
        "            raise KeyboardInterrupt\n"
        "    except KeyboardInterrupt:\n"
        "        print(waiting.result() == os.getpid())\n"
        "    try:\n"
        "        with helper_process.stop_on_interrupt():\n"
        "            raise ValueError\n"
        "    except ValueError:\n"
        "        print('goes on')"
    )
    assert read_lines(run(code)) == ["True", "goes on"]


def test_the_helper_prints_nothing_when_its_run_is_killed_before_the_result():
    code = "answer = submit_to_helper('time:sleep', 0.5)\nprint('asked', flush=True)\ntime.sleep(600)"
    with run(code, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == "asked\n"
        process.kill()
        assert process.stderr.read() == ""  # to its end: the helper has closed it, too


def test_a_result_that_cannot_be_unpickled_is_computed_here():
    broken = "import pickle\nclass Never:\n    def __reduce__(self):\n        return (int, ('no number',))\n"
    code = (
        "import tempfile, os\n"
        "folder = tempfile.mkdtemp()\n"
        f"open(folder + '/oddity.py', 'w').write({broken!r})\n"
        "sys.path.insert(0, folder)\n"
        "helper_process.start_helper()\n"
        "answer = call_in_helper('oddity:Never')\n"
        "print(type(answer).__name__, call_in_helper('os:getpid') == os.getpid())"
    )
    process = subprocess.Popen([sys.executable, "-c", HEAD + code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)  # fmt: skip
    assert read_lines(process) == ["Never True"]


def _lives(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rsplit(")")[1].split()[0] != "Z"
