"""The temporary Prefect server of a command: Ctrl+C on a terminal does not reach it, so that a stopped run can end.

A terminal sends Ctrl+C to all processes in the foreground. Without its server, a run that stops would wait for minutes.
"""

import signal
import threading
from concurrent.futures import Future, wait
from contextvars import copy_context

from prefect.settings import PREFECT_API_URL

from pedigree.system.interrupt import close_at_end

POLL = 0.1  # seconds


def start_own_server() -> None:
    """Start the temporary server, if no server is configured, and return when it answers."""
    if PREFECT_API_URL.value():
        return
    started: Future[None] = Future()
    work = copy_context().run
    threading.Thread(target=work, args=(_start, started), name="own-server", daemon=True).start()
    wait_open_to_signals(started)


def wait_open_to_signals(future: Future[None]) -> None:
    """Wait in the main thread until a future is done, and raise its error; a signal is handled within POLL seconds.

    Where another thread receives a signal, the main thread, which alone handles it, is not woken from a wait.
    """
    while not wait([future], timeout=POLL).done:
        pass
    future.result()


def _start(started: Future[None]) -> None:
    """Start the server with SIGINT blocked, which it inherits; this thread alone is deaf to it."""
    try:
        from prefect.server.api.server import SubprocessASGIServer

        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        server = SubprocessASGIServer()
        close_at_end(lambda: server.server_process and server.server_process.kill())
        server.start()
        started.set_result(None)
    except BaseException as error:
        started.set_exception(error)
