"""The jury: Great Expectations in a process of its own, which loads it for seconds while the run does other work.

Called in time, it is ready when the first question comes. Where nobody called it, this process loads Great Expectations
itself when it is asked.
"""

import atexit
import logging
import os
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import polars as pl

from pedigree.errors import PedigreeError
from pedigree.suite import Check, Judgement

# Ctrl+C is for the run: the jury ends when the run closes its side, however it ends.
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = sys.argv[2:]
from tasks.jury import sit
sit(int(sys.argv[1]))
"""
GOING = 2.0  # seconds for it to end once its line is closed


@dataclass
class Jury:
    """The process, and the line to it."""

    process: subprocess.Popen
    line: Connection

    def dismiss(self) -> None:
        """End it: it goes when its line is closed."""
        self.line.close()
        try:
            self.process.wait(GOING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_asking = threading.Lock()
_called: Jury | None = None


def call_jury() -> None:
    """Have Great Expectations loaded beside this process from now on; nothing where this process has loaded it."""
    global _called
    with _asking:
        if _called is not None or "great_expectations" in sys.modules:
            return
        own, other = socket.socketpair()
        with other:
            process = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(other.fileno()), *sys.path],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        _called = Jury(process, Connection(own.detach()))
        atexit.register(_called.dismiss)


def judge(rows: pl.DataFrame, checks: Sequence[Check]) -> list[Judgement]:
    """Return the judgement of each check over the rows; raises SuiteError where a check can't be judged."""
    return _ask("judge", rows, checks)


def check(checks: Sequence[Check], columns: Sequence[str]) -> None:
    """Raise SuiteError where a check could not judge any rows of these columns."""
    _ask("check", checks, columns)


def sit(descriptor: int) -> None:
    """Load Great Expectations and answer questions until the other side of the line is closed."""
    line = Connection(descriptor)
    with _quiet():
        import expectations
    while True:
        try:
            question, arguments = line.recv()
        except EOFError:
            return
        try:
            with _quiet():
                answer = getattr(expectations, question)(*arguments)
        except PedigreeError as error:
            answer = error
        line.send(answer)


def _ask(question: str, *arguments: Any) -> Any:
    global _called
    with _asking:
        if _called is not None:
            try:
                _called.line.send((question, arguments))
                answer = _called.line.recv()
            except (EOFError, OSError):  # it died, for want of memory perhaps
                _called = None
            else:
                if isinstance(answer, PedigreeError):
                    raise answer
                return answer
    with _quiet():
        import expectations

        return getattr(expectations, question)(*arguments)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Great Expectations from writing to the terminal or sending anything, while it is imported and run."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logger, nowhere = logging.getLogger("great_expectations"), logging.NullHandler()
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(nowhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = propagates
        logging.captureWarnings(False)  # its import turns all warnings of the process into log lines
