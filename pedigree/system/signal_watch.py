"""A thread that hears signals at once, also while the main thread can't handle them.

Python runs a handler in the main thread, between two steps of its own. So a handler waits while the main thread is in a
long call of a C library; and if another thread receives the signal, a main thread that waits for a lock is not woken.
A library that takes the signal for itself and hands it on, as Polars does with Ctrl+C when it is imported, lets the
system go on with a wait for a lock (``SA_RESTART``), so that no handler runs in it.
But Python also writes each signal's number to a pipe at once (``signal.set_wakeup_fd``), and this thread reads it.
"""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

NUDGE = 0.2  # seconds after which an unhandled signal is sent to the main thread again
NO_SIGNAL = 0

_watches: set["SignalWatch"] = set()  # of this process


class SignalWatch:
    """Hears the signals whose handler is ``handler``, from ``start`` to ``close``, both called in the main thread.

    Until ``is_handled`` is true, a signal is sent to the main thread again and again, which wakes it. ``end`` is called
    with the first signal's number so many seconds after it, whatever the main thread does.
    """

    def __init__(
        self,
        handler: Callable[..., object],
        seconds: float,
        is_handled: Callable[[], bool],
        end: Callable[[int], object],
    ):
        self._handler, self._seconds, self._is_handled, self._end = handler, seconds, is_handled, end
        self._reader = self._writer = -1

    def start(self) -> None:
        """Start the thread."""
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        _watches.add(self)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, name="signal-watch", daemon=True).start()

    def tell(self, number: int = NO_SIGNAL) -> None:
        """Tell it of a signal, or that the process must end without one; safe in a handler."""
        with suppress(OSError):
            os.write(self._writer, bytes([number]))

    def close(self) -> None:
        """Hear no more signals."""
        if self in _watches:
            _watches.remove(self)
            if (other := signal.set_wakeup_fd(-1)) not in (-1, self._writer):
                signal.set_wakeup_fd(other)
            os.close(self._writer)
            self._writer = -1

    def _watch(self) -> None:
        number, until = NO_SIGNAL, None
        while True:
            wait = None if until is None else max(0.0, min(NUDGE, until - time.monotonic()))
            if select.select([self._reader], [], [], wait)[0]:
                told = os.read(self._reader, 64)
                if not told:
                    os.close(self._reader)
                    return
                if until is None and (ours := [one for one in told if self._is_ours(one)]):
                    number, until = ours[0], time.monotonic() + self._seconds
            elif until is not None and time.monotonic() >= until:
                self._end(number)
                until = None
            elif number and not self._is_handled() and signal.getsignal(number) is self._handler:
                signal.siginterrupt(number, True)
                signal.pthread_kill(threading.main_thread().ident or 0, number)

    def _is_ours(self, number: int) -> bool:
        """Return whether a number that was read stops this process; Prefect has a handler of its own for SIGTERM."""
        return number in (NO_SIGNAL, signal.SIGTERM) or signal.getsignal(number) is self._handler


def is_main_thread_handling() -> bool:
    """Return whether the main thread handles an exception: it is in an ``except``, a ``finally`` or an ``__exit__``."""
    found = sys._current_exceptions().get(threading.main_thread().ident or 0)
    return found is not None and found != (None, None, None)  # a tuple before Python 3.12


def _leave_pipes() -> None:
    """Let a forked process, which has no such thread, not write its signals to its parent's pipe."""
    while _watches:
        watch = next(iter(_watches))
        os.close(watch._reader)
        watch.close()


os.register_at_fork(after_in_child=_leave_pipes)
