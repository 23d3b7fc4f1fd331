"""The temporary Prefect server of a command: Ctrl+C on a terminal does not reach it, so that a stopped run can end.

A terminal sends Ctrl+C to all processes in the foreground. Without its server, a run that stops would wait for minutes.
"""

import threading
from concurrent.futures import Future
from contextvars import copy_context

from prefect.settings import PREFECT_API_URL

from pedigree.system.interrupt import block_ctrl_c, close_at_end


def start_own_server() -> None:
    """Start the temporary server, if no server is configured, and return when it answers."""
    if PREFECT_API_URL.value():
        return
    started: Future[None] = Future()
    work = copy_context().run
    threading.Thread(target=work, args=(_start, started), name="own-server", daemon=True).start()
    started.result()


def _start(started: Future[None]) -> None:
    """Start the server deaf to Ctrl+C."""
    try:
        from prefect.server.api.server import SubprocessASGIServer

        server = SubprocessASGIServer()
        close_at_end(lambda: server.server_process and server.server_process.kill())
        with block_ctrl_c():
            server.start()
        started.set_result(None)
    except BaseException as error:
        started.set_exception(error)
