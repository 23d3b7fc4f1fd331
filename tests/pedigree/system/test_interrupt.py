"""A signal ends a command whatever its main thread does: it waits, computes, or drops the interrupt.

Each case is a process whose main thread can't go on by itself; a lost signal would leave it waiting for ever.
"""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from tests.support.workspaces import REPOSITORY

START = """
import os, signal, sys, threading, time
from concurrent.futures import Future
from pedigree.system import interrupt
interrupt.SECONDS = {seconds}
interrupt.catch_signals(lambda: "the last line")
main = threading.main_thread().ident


def signal_from_elsewhere(name):
    '''Let this thread, not the main thread, receive the signal, once the main thread is in a function of that name.'''
    while sys._current_frames()[main].f_code.co_name != name:
        time.sleep(0.01)
    time.sleep(0.05)
    signal.pthread_kill(threading.get_ident(), signal.{number})


def run():
{body}


try:
    run()
except BaseException:
    if not interrupt.is_stopped():
        raise
    print("raised in the main thread", flush=True)
    interrupt.say_stop()
    sys.exit(interrupt.get_exit_status())
finally:
    interrupt.note_end(None)
"""
SOON, NEVER = 0.1, 600.0
OFTEN = "from pedigree.system import signal_watch\nsignal_watch.NUDGE = 0.02\n"  # seconds between two looks
WAITS = {
    "a future": ("wait", "    Future().result()"),
    "an event": ("wait", "    threading.Event().wait()"),
    "a thread": ("_wait_for_tstate_lock", "    thread = threading.Thread(target=time.sleep, args=(600,), daemon=True)\n"
                         "    thread.start()\n    thread.join()"),
    "a lock": ("run", "    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()"),
    "a pipe": ("run", "    os.read(os.pipe()[0], 1)"),
}  # fmt: skip


def end(body: str, number: str = "SIGINT", seconds: float = NEVER, before: str = "") -> tuple[int, str, str]:
    """Run the body in a process of its own; return its exit status, output and complaints."""
    code = before + START.format(seconds=seconds, number=number, body=body)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("wait", WAITS)
def test_a_signal_that_another_thread_receives_wakes_the_main_thread(wait, number):
    name, body = WAITS[wait]
    sender = f"    threading.Thread(target=signal_from_elsewhere, args=({name!r},), daemon=True).start()\n"
    status = 128 + getattr(signal, number)
    assert end(sender + body, number) == (status, "raised in the main thread\n", "the last line\n")


@pytest.mark.parametrize("wait", ["a future", "a lock"])
def test_a_library_that_lets_the_system_restart_waits_keeps_no_signal_away(wait):
    name, body = WAITS[wait]
    sender = f"    threading.Thread(target=signal_from_elsewhere, args=({name!r},), daemon=True).start()\n"
    before = "    import polars\n" if wait == "a future" else "    signal.siginterrupt(signal.SIGINT, False)\n"
    assert end(before + sender + body) == (130, "raised in the main thread\n", "the last line\n")


def test_a_main_thread_in_a_long_call_of_a_c_library_is_ended():
    body = """
    import hashlib
    threading.Thread(target=signal_from_elsewhere, args=("run",), daemon=True).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000_000)
    """
    assert end(textwrap.indent(textwrap.dedent(body), "    "), seconds=SOON)[::2] == (130, "the last line\n")


def test_an_interrupt_that_is_dropped_in_a_destructor_is_raised_again_without_a_word():
    body = """
    class Thing:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    Thing()
    while True:
        time.sleep(600)
    """
    said = end(textwrap.indent(textwrap.dedent(body), "    "))
    assert said == (130, "raised in the main thread\n", "the last line\n")


def test_an_interrupt_that_is_caught_once_with_all_errors_is_raised_again():
    body = """
    try:
        threading.Thread(target=signal_from_elsewhere, args=("run",), daemon=True).start()
        while True:
            time.sleep(600)
    except BaseException:
        pass
    threading.Event().wait()
    """
    said = end(textwrap.indent(textwrap.dedent(body), "    "), before=OFTEN)
    assert said == (130, "raised in the main thread\n", "the last line\n")


def test_what_cleans_up_after_an_interrupt_is_not_interrupted_again():
    body = """
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        with contextlib.suppress(ValueError), contextlib.ExitStack() as stack:
            stack.callback(time.sleep, 2 * interrupt.LOOKS * signal_watch.NUDGE)
        print("cleaned up")
    """
    said = end(textwrap.indent(textwrap.dedent(body), "    "), before=f"import contextlib\n{OFTEN}")
    assert said == (130, "cleaned up\nraised in the main thread\n", "the last line\n")


def test_an_interrupt_that_is_swallowed_ends_the_process_all_the_same():
    body = """
    while True:
        try:
            threading.Thread(target=signal_from_elsewhere, args=("run",), daemon=True).start()
            while True:
                time.sleep(600)
        except BaseException:
            pass
    """
    assert end(textwrap.indent(textwrap.dedent(body), "    "), seconds=SOON) == (130, "", "the last line\n")


def test_a_thread_that_the_interrupt_ends_says_nothing():
    body = """
    def work():
        signal.pthread_kill(main, signal.SIGINT)
        while not interrupt.is_stopped():
            time.sleep(0.01)
        raise KeyboardInterrupt

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while True:
            time.sleep(600)
    finally:
        thread.join()
    """
    said = end(textwrap.indent(textwrap.dedent(body), "    "))
    assert said == (130, "raised in the main thread\n", "the last line\n")


def test_a_signal_at_the_end_of_the_interpreter_says_that_nothing_is_lost():
    code = START.format(seconds=NEVER, number="SIGINT", body="    pass") + "\nsignal.raise_signal(signal.SIGINT)\n"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "stopped at its end; nothing is lost\n")


def test_a_command_that_is_done_cleans_up_and_unloads_no_library():
    code = START.format(seconds=NEVER, number="SIGINT", body="    pass") + textwrap.dedent("""
    import atexit

    class Library:
        def __del__(self):
            print("unloaded")

    library = Library()
    atexit.register(print, "cleaned up")
    interrupt.note_end(3)
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "cleaned up\n", "")


def test_an_interrupt_where_nothing_catches_it_is_no_traceback():
    code = START.format(seconds=NEVER, number="SIGINT", body="    pass") + "\ninterrupt._Stop.ending = False\n"
    code += "signal.raise_signal(signal.SIGINT)\ntime.sleep(600)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "the last line\n")


def test_a_full_pipe_does_not_keep_the_prompt_away():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"x" * 4096):
            pass
    except BlockingIOError:
        os.set_blocking(writer, True)
    code = START.format(seconds=SOON, number="SIGINT", body="    signal.raise_signal(signal.SIGINT)")
    process = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stderr=writer, stdout=subprocess.DEVNULL)
    try:
        assert process.wait(60) == 130
    finally:
        process.kill()
        os.close(reader)
        os.close(writer)


def test_a_signal_to_a_forked_process_does_not_stop_its_parent():
    body = """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, b"forked")
        time.sleep(600)
    os.read(reader, 6)
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    time.sleep(3 * interrupt.SECONDS)
    print("goes on", flush=True)
    os._exit(0)
    """
    assert end(textwrap.indent(textwrap.dedent(body), "    "), seconds=SOON)[0] == 0


def test_a_process_that_is_started_deaf_does_not_hear_ctrl_c():
    body = """
    import subprocess
    with interrupt.block_ctrl_c():
        child = subprocess.Popen([sys.executable, "-c", "input(); print('alive')"], stdin=subprocess.PIPE)
    child.send_signal(signal.SIGINT)
    child.communicate(b"go on")
    sys.exit(child.returncode)
    """
    assert end(textwrap.indent(textwrap.dedent(body), "    ")) == (0, "alive\n", "")
