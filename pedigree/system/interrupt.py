"""How a command ends when Ctrl+C or SIGTERM stops it: within seconds, with one line, whatever its threads wait for.

The first signal raises KeyboardInterrupt in the main thread, and what cleans up then has SECONDS: a lost server or a
full disk can't keep the prompt away. Further signals change nothing.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

SECONDS = 6.0  # from the first signal to the end of the process, at most
SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it

_closers: list[Callable[[], object]] = []
_saying = threading.Lock()


class _Stop:
    """The signal that stops this command, if one came, and what is said at the end."""

    status = 0
    reason = ""  # of a stop without a signal
    caught = said = ending = False
    describe: Callable[[], str] = staticmethod(lambda: "stopped")
    paid: Callable[[], str] | None = None
    released = threading.Event()


def catch_signals(describe: Callable[[], str]) -> None:
    """Let Ctrl+C and SIGTERM stop this process as above; ``describe`` returns the line that is said once."""
    _Stop.status, _Stop.reason, _Stop.said, _Stop.ending, _Stop.paid = 0, "", False, False, None
    _Stop.caught = True
    _Stop.describe, _Stop.released = staticmethod(describe), threading.Event()
    atexit.register(_end_stopped)  # the first to be registered is called last
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell starts its background jobs so
            signal.signal(number, _receive)


def let_signals_pass() -> None:
    """Let Ctrl+C and SIGTERM raise KeyboardInterrupt and nothing else, for a command that waits for them."""
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)


def is_stopped() -> bool:
    """Return whether a signal stopped this command, or ``stop_soon``."""
    return _Stop.status > 0


def get_exit_status() -> int:
    """Return the exit status of a stopped command; of a signal, as shells report it."""
    return _Stop.status


def get_reason() -> str:
    """Return why the command stopped; an empty text if a person stopped it."""
    return _Stop.reason


def stop_soon(reason: str, status: int) -> None:
    """Let this command end within SECONDS with a line that says why; the caller raises an error.

    It is for a stop after which Prefect would try for minutes to reach its server. Other processes are left alone.
    """
    if _Stop.caught and not _Stop.status:
        _Stop.reason, _Stop.status = reason, status
        threading.Thread(target=_end_late, name="end-late", daemon=True).start()


def tell_paid(paid: Callable[[], str]) -> None:
    """Let the line say what ``paid`` returns: what this command has paid for so far."""
    _Stop.paid = staticmethod(paid)


def format_paid() -> str:
    """Return what this command has paid for so far; an empty text if it called no model."""
    return _Stop.paid() if _Stop.paid else ""


def close_at_end(closer: Callable[[], object]) -> None:
    """Call ``closer`` before a process that cleans up too slowly ends: it ends a process that this one started."""
    _closers.append(closer)


def say_stop() -> None:
    """Say on standard error that the command was stopped, once."""
    with _saying:
        if not _Stop.said:
            _Stop.said = True
            with suppress(OSError, ValueError):  # the terminal was closed
                cursor = SHOW_CURSOR if sys.stderr.isatty() else ""
                print(f"{cursor}{_Stop.describe()}", file=sys.stderr, flush=True)


def release() -> None:
    """Let a process that goes on after a stopped command live, such as one of tests."""
    _Stop.released.set()
    _Stop.caught = False


def note_end() -> None:
    """Note that the command is done: a signal now ends the process at once, without a word."""
    _Stop.ending = True


def _receive(number: int, frame: FrameType | None) -> None:
    """Handle a signal in the main thread."""
    if _Stop.ending:
        _end(128 + number)
    if not _Stop.status:
        _Stop.status = 128 + number
        threading.Thread(target=_end_late, name="end-late", daemon=True).start()
        raise KeyboardInterrupt


def _end_late() -> None:
    if not _Stop.released.wait(SECONDS):
        say_stop()
        _end_stopped()


def _end_stopped() -> None:
    """End a stopped process without the end of the interpreter, which may take many seconds."""
    if _Stop.status and not _Stop.released.is_set():
        _end(get_exit_status())


def _end(status: int) -> NoReturn:
    """End the process now; what it received is in the ledger, which reads on after any end."""
    while _closers:
        with suppress(Exception):
            _closers.pop()()
    os._exit(status)
