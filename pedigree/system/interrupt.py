"""How a command ends when Ctrl+C or SIGTERM stops it: within seconds, with one line, whatever its threads wait for.

The first signal raises KeyboardInterrupt in the main thread, and what cleans up then has SECONDS: a lost server, a full
disk or a long call of a C library can't keep the prompt away. Further signals change nothing.
"""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from pedigree.system.signal_watch import SignalWatch, is_main_thread_handling

SECONDS = 6.0  # from the first signal to the end of the process, at most
SAY_SECONDS = 1.0  # for the last line, which a full pipe may hold up
SIGNALS = (signal.SIGINT, signal.SIGTERM)
OWN_RUN = "PREFECT__FLOW_RUN_ID"  # set in the process that a worker or 'pedigree serve' starts for one run
AT_ITS_END = b"stopped at its end; nothing is lost\n"
LOOKS = 5  # looks of the watch, a second in all, in which a main thread that was told handles no exception
SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it

_closers: list[Callable[[], object]] = []
_saying = threading.Lock()
_hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)  # as they were before ``catch_signals``


class _Stop:
    """The signal that stops this command, if one came, and what is said at the end."""

    status = 0
    ended: int | None = None  # the exit status of a command that is done
    reason = ""  # of a stop without a signal
    raised = False  # whether the main thread was told
    looks = 0  # how often, one after another, it was seen to go on as if it had not been told
    said = ending = False
    describe: Callable[[], str] = staticmethod(lambda: "stopped")
    paid: Callable[[], str] | None = None
    watch: SignalWatch | None = None


def catch_signals(describe: Callable[[], str]) -> None:
    """Let Ctrl+C and SIGTERM stop this process as above; ``describe`` returns the line that is said once."""
    global _hooks
    _Stop.status, _Stop.reason, _Stop.said, _Stop.ending, _Stop.paid = 0, "", False, False, None
    _Stop.ended, _Stop.looks = None, 0
    _Stop.raised, _Stop.describe = False, staticmethod(describe)
    _Stop.watch = SignalWatch(_receive, SECONDS, _is_heard, _end_late)
    _Stop.watch.start()
    _hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    sys.excepthook, threading.excepthook, sys.unraisablehook = _say_uncaught, _hear_thread, _hear_unraisable
    atexit.register(_end_stopped)  # the first to be registered is called last
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell starts its background jobs so
            signal.signal(number, _receive)


def let_signals_pass() -> None:
    """Let Ctrl+C and SIGTERM raise KeyboardInterrupt and nothing else, for a command that waits for them."""
    release()
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)


def wait_for_signal() -> NoReturn:
    """Wait until a signal raises KeyboardInterrupt; one that another thread receives would not wake an endless wait."""
    while True:
        time.sleep(1)


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
    if _Stop.watch and not _Stop.status:
        _Stop.reason, _Stop.status, _Stop.raised = reason, status, True
        _Stop.watch.tell()
    elif os.environ.get(OWN_RUN):
        threading.Thread(target=_end_run, args=(reason, status), name="end-run", daemon=True).start()


def tell_paid(paid: Callable[[], str]) -> None:
    """Let the line say what ``paid`` returns: what this command has paid for so far."""
    _Stop.paid = staticmethod(paid)


def format_paid() -> str:
    """Return what this command has paid for so far; an empty text if it called no model."""
    return _Stop.paid() if _Stop.paid else ""


def close_at_end(closer: Callable[[], object]) -> None:
    """Call ``closer`` at the end of a stopped command: it ends a process that this one started, without waiting."""
    _closers.append(closer)


def close_started() -> None:
    """End the processes that ``close_at_end`` was told of, which may take seconds to end by themselves."""
    while _closers:
        with suppress(Exception):
            _closers.pop()()


def say_stop() -> None:
    """Say on standard error that the command was stopped, once."""
    with _saying:
        if not _Stop.said:
            _Stop.said = True
            with suppress(OSError, ValueError):  # the terminal was closed
                cursor = SHOW_CURSOR if sys.stderr.isatty() else ""
                print(f"{cursor}{_Stop.describe()}", file=sys.stderr, flush=True)


def release() -> None:
    """Let signals be, in a process that goes on, such as one of tests."""
    if _Stop.watch:
        _Stop.watch.close()
        _Stop.watch = None
        sys.excepthook, threading.excepthook, sys.unraisablehook = _hooks


def note_end(status: int | None) -> None:
    """Note that the command is done: a signal now ends the process at once; the line says that nothing is lost.

    With an exit status, the process ends after its clean-up (atexit) and does not unload its libraries, which may take
    seconds in which Python hears no signal.
    """
    _Stop.ending, _Stop.ended = True, status


@contextmanager
def block_ctrl_c() -> Generator[None]:
    """Let processes that are started within be deaf to Ctrl+C, from their first moment on: they inherit it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _receive(number: int, frame: FrameType | None) -> None:
    """Handle a signal in the main thread. Nothing here takes a lock, which the main thread may hold."""
    if _Stop.ending:
        if not (_Stop.said or _Stop.status):
            with suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), AT_ITS_END)
        _end(128 + number)
    if _Stop.watch:
        _Stop.watch.tell(number)  # a library may have taken the place of the watch
    _Stop.status = _Stop.status or 128 + number
    if not _Stop.raised:
        _Stop.raised = True
        raise KeyboardInterrupt


def _is_heard() -> bool:
    """Return whether the main thread was told of the signal and cleans up; False too if it lost the interrupt.

    A library may catch it with all other errors, such as during an import; the command would then go on to the end of
    SECONDS. What cleans up does so while an exception is handled.
    """
    _Stop.looks = _Stop.looks + 1 if _Stop.raised and not (_Stop.ending or is_main_thread_handling()) else 0
    if _Stop.looks >= LOOKS:
        _Stop.raised, _Stop.looks = False, 0
    return _Stop.raised


def _say_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Say of an error that ends the process what is said of a stop, if one caused it."""
    say_stop() if is_stopped() else _hooks[0](kind, error, trace)


def _hear_thread(arguments: Any) -> None:
    """Say nothing of a thread that a stop ended, such as by an interrupted call of a C library."""
    if not is_stopped():
        _hooks[1](arguments)


def _hear_unraisable(arguments: Any) -> None:
    """Tell the main thread again if its interrupt was dropped, as one is that is raised in a destructor or callback."""
    if not is_stopped():
        _hooks[2](arguments)
    elif issubclass(arguments.exc_type, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
        _Stop.raised = False


def _end_late(number: int) -> None:
    """End the process from the thread that watches, with the last line."""
    _Stop.status = _Stop.status or 128 + number
    saying = threading.Thread(target=say_stop, name="last-line", daemon=True)
    saying.start()
    saying.join(SAY_SECONDS)
    _end_stopped()


def _end_run(reason: str, status: int) -> None:
    """End the process of one run, which is no command, in SECONDS."""
    time.sleep(SECONDS)
    with suppress(OSError, ValueError):
        print(f"stopped: {reason}; everything received is kept", file=sys.stderr, flush=True)
    _end(status)


def _end_stopped() -> None:
    """End a process that is stopped or done without the end of the interpreter, which may take many seconds."""
    if _Stop.watch and _Stop.status:
        _end(get_exit_status())
    if _Stop.watch and _Stop.ended is not None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # the terminal was closed
                stream.flush()
        _end(_Stop.ended)


def _end(status: int) -> NoReturn:
    """End the process now; what it received is in the ledger, which reads on after any end."""
    close_started()
    os._exit(status)
