"""A model server that runs as long as a block of code: started, waited for, and ended whatever happens."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

HOST = "127.0.0.1"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is never reached through a proxy
END_SECONDS = 5


class ServerError(Exception):
    """The server did not start or ended too early; ``log`` is the last it wrote."""

    def __init__(self, found: str, to_do: str, log: str = ""):
        self.found, self.to_do, self.log = found, to_do, log
        super().__init__(found)


def is_free(port: int) -> bool:
    """Return whether a server could listen at this port of 127.0.0.1."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: closed connections are no obstacle
        try:
            one.bind((HOST, port))
        except OSError:
            return False
    return True


def find_free_port() -> int:
    """Return a port of 127.0.0.1 at which nothing listens."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


@contextmanager
def serve(command: Sequence[str], port: int, log: Path, seconds: float) -> Iterator[subprocess.Popen]:
    """Run a server that listens at ``port`` and ends when its standard input does; yield its process once it answers.

    It has a session of its own, so that Ctrl+C does not reach it, and writes to the file ``log``. Raises ServerError if
    it ends before it answers, or does not answer within ``seconds``.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            raise ServerError(
                f"the model server can't be started: {error}", "rm -r .venv-llm, and run make demo-llm again"
            ) from None
    try:
        _wait(process, port, log, seconds)
        yield process
    finally:
        _end(process)


def describe_end(process: subprocess.Popen, log: Path) -> ServerError:
    """Return the error that a server ended by itself."""
    status = process.poll() or 0
    how = f"by signal {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    to_do = f"read {log}; rm -r .venv-llm makes make demo-llm install server and model anew"
    if -status == signal.SIGILL:
        to_do = "use another machine: this processor lacks an instruction that the ready-made server needs"
    elif -status == signal.SIGKILL:
        to_do = "make memory free (the server needs about 500 MB), then run make demo-llm again"
    return ServerError(f"the model server ended {how}", to_do, read_end(log))


def read_end(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _wait(process: subprocess.Popen, port: int, log: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise describe_end(process, log)
        if _answers(port):
            return
        time.sleep(0.1)
    raise ServerError(
        f"the model server did not answer within {seconds:g} s",
        f"read {log}, and run make demo-llm again",
        read_end(log),
    )


def _answers(port: int) -> bool:
    url = f"http://{HOST}:{port}/v1/models"
    with suppress(OSError, ValueError, KeyError, HTTPException), DIRECT.open(url, timeout=2) as got:
        return bool(json.load(got)["data"])
    return False


def _end(process: subprocess.Popen) -> None:
    """End the server: by the end of its input, else by a signal."""
    with suppress(OSError):
        process.stdin.close()
    for signal_number in (None, signal.SIGTERM, signal.SIGKILL):
        if signal_number is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal_number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
            return
