"""A helper process that loads slow imports and runs functions on another core while the run goes on.

Started early, it is ready for the first call. If it was never started, or has died, calls run in this process instead.
"""

import atexit
import gc
import importlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from pedigree.errors import PedigreeError
from pedigree.system.interrupt import close_at_end

CHILD = """
import sys
sys.path[:] = sys.argv[3:]
from pedigree.system.helper_process import serve
serve(int(sys.argv[1]), sys.argv[2].split())
"""
STOP_SECONDS = 2.0  # between termination and kill


@dataclass(frozen=True)
class Call:
    """A function as ``module:function`` with its arguments; ``module`` alone is only imported."""

    name: str
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Any:
        """Run the function in this process and return its result."""
        module, _, function = self.name.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, function)(*self.arguments, **self.keywords) if function else loaded


class HelperProcessLost(Exception):
    """The helper process died before it returned a result."""


@dataclass
class HelperProcess:
    """The child process and the connection to it. Results arrive in the order of the calls."""

    process: subprocess.Popen
    connection: Connection
    pending: list[Future] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, call: Call) -> Future:
        """Send a call; its future raises HelperProcessLost if the process dies before the result."""
        future: Future = Future()
        with self.lock:
            self.pending.append(future)
            try:
                self.connection.send(call)
            except OSError:
                self.pending.remove(future)
                future.set_exception(HelperProcessLost())
            except Exception:  # the call cannot be pickled
                self.pending.remove(future)
                raise
        return future

    def receive_results(self) -> None:
        """Resolve futures until the connection closes; results are read at once, so that neither side blocks."""
        try:
            while True:
                succeeded, value = self.connection.recv()
                future = self.pending.pop(0)
                future.set_result(value) if succeeded else future.set_exception(value)
        except (EOFError, OSError):  # the process died or was stopped
            pass
        finally:  # also after a result that cannot be unpickled: no caller waits forever
            with self.lock:
                for future in self.pending:
                    future.set_exception(HelperProcessLost())
                self.pending.clear()
                self.connection.close()

    def stop(self) -> None:
        """End the process, busy or not; ``receive_results`` then closes the connection."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class PendingResult:
    """The result of a call that was submitted."""

    call: Call
    future: Future | None

    def get(self) -> Any:
        """Return the result or raise the function's PedigreeError; without a living helper, run the call here."""
        if self.future is not None:
            try:
                return self.future.result()
            except HelperProcessLost:
                pass
        return self.call.run()


_helper: HelperProcess | None = None
_starting = threading.Lock()


def start_helper(*preloads: str) -> None:
    """Start the helper process, once; while idle it imports or calls the preloads (see ``Call``) in this order."""
    global _helper
    with _starting:
        if _helper is not None:
            return
        own, other = socket.socketpair()
        with other:
            process = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(other.fileno()), " ".join(preloads), *sys.path],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl+C on a terminal does not reach it: the run handles it and stops it
                env={**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")},
            )
        _helper = HelperProcess(process, Connection(own.detach()))
        threading.Thread(target=_helper.receive_results, name="helper-process", daemon=True).start()
        atexit.register(_helper.stop)
        close_at_end(process.kill)


@contextmanager
def stop_on_interrupt() -> Generator[None]:
    """Stop the helper when an interrupt or termination leaves the block, so that no thread waits for its result."""
    try:
        yield
    except BaseException as error:
        if _helper is not None and not isinstance(error, Exception):
            _helper.stop()
        raise


def submit_to_helper(name: str, *arguments: Any, **keywords: Any) -> PendingResult:
    """Submit a call of ``module:function`` and return at once."""
    call = Call(name, arguments, keywords)
    return PendingResult(call, _helper.submit(call) if _helper is not None else None)


def call_in_helper(name: str, *arguments: Any, **keywords: Any) -> Any:
    """Call ``module:function`` in the helper and return its result; raises the PedigreeError that it raises."""
    return submit_to_helper(name, *arguments, **keywords).get()


def serve(descriptor: int, preloads: Sequence[str]) -> None:
    """Run in the child: answer calls until the connection closes, and work off the preloads while idle.

    Any error other than a PedigreeError ends the process; the run then repeats the call itself and meets the error.
    """
    connection, remaining = Connection(descriptor), list(preloads)
    gc.disable()  # imports leave no garbage, and collection takes a quarter of their time
    while True:
        while remaining and not connection.poll():
            Call(remaining.pop(0)).run()
        if not remaining:
            gc.enable()
        try:
            call = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            result = True, call.run()
        except PedigreeError as error:
            result = False, error
        try:
            connection.send(result)
        except ConnectionError:  # the run was killed meanwhile
            return
