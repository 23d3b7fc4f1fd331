"""Serves a local web site from a thread of this process."""

import socket
import threading
from contextlib import ExitStack

import uvicorn
from starlette.applications import Starlette

from pedigree.errors import CommandError

HOST = "127.0.0.1"


def open_port(port: int, option: str, stack: ExitStack) -> socket.socket:
    """Return a socket that listens on a port of this machine alone until the stack unwinds; port 0 is any free one."""
    bound = stack.enter_context(socket.socket())
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen()  # early requests wait until the thread is ready
    except OSError as error:
        raise CommandError(
            f"port {port}: {error.strerror}", expected="a free port for the pages", hint=f"choose another: {option}"
        ) from None
    return bound


def serve_from_thread(site: Starlette, bound: socket.socket, stack: ExitStack) -> None:
    """Serve a site on a socket until the stack unwinds."""
    server = uvicorn.Server(uvicorn.Config(site, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=5)

    stack.callback(stop)
