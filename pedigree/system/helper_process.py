"""The companion: a process beside a run, which loads what takes seconds, and works out what the run need not wait for.

Called in time, it is ready when the first question comes. Where nobody called it, or it died, questions are answered in
this process.
"""

import atexit
import gc
import importlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from pedigree.errors import PedigreeError

# Ctrl+C is for the run, which ends the companion however it ends itself: so it is from the first moment.
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = sys.argv[3:]
from pedigree.companion import attend
attend(int(sys.argv[1]), sys.argv[2].split())
"""
GOING = 2.0  # seconds for it to end once it is told to


@dataclass(frozen=True)
class Question:
    """A function as ``module:function``, and what it is called with; a ``module`` alone is loaded."""

    name: str
    arguments: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)

    def work_out(self) -> Any:
        """Return what the function returns, in this process."""
        module, _, function = self.name.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, function)(*self.arguments, **self.named) if function else loaded


@dataclass
class HelperProcess:
    """The process, and the line to it: it answers in the order of the questions."""

    process: subprocess.Popen
    line: Connection
    waiting: list[Future] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: Question) -> Future:
        """Send a question; its answer is a CompanionLost where the companion dies before."""
        answer: Future = Future()
        with self.lock:
            self.waiting.append(answer)
            try:
                self.line.send(question)
            except OSError:
                self.waiting.remove(answer)
                answer.set_exception(HelperProcessLost())
            except Exception:  # it can't be sent
                self.waiting.remove(answer)
                raise
        return answer

    def listen(self) -> None:
        """Hand out answers until the line is closed: read at once, so that no side waits for the other to read."""
        try:
            while True:
                worked, said = self.line.recv()
                answer = self.waiting.pop(0)
                answer.set_result(said) if worked else answer.set_exception(said)
        except (EOFError, OSError):  # it died, for want of memory perhaps, or was dismissed
            pass
        finally:  # whatever ended it, an answer that can't be read too: nobody waits for ever
            with self.lock:
                for answer in self.waiting:
                    answer.set_exception(HelperProcessLost())
                self.waiting.clear()
                self.line.close()

    def dismiss(self) -> None:
        """End it, whatever it is at; its line is closed by who listens."""
        self.process.terminate()
        try:
            self.process.wait(GOING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class HelperProcessLost(Exception):
    """It died before it answered."""


@dataclass
class Answer:
    """What a question gives, once it is wanted."""

    question: Question
    coming: Future | None

    def get(self) -> Any:
        """Return it or raise its PedigreeError; worked out here where there is no companion, or none any more."""
        if self.coming is not None:
            try:
                return self.coming.result()
            except HelperProcessLost:
                pass
        return self.question.work_out()


_called: HelperProcess | None = None
_calling = threading.Lock()


def call_companion(*chores: str) -> None:
    """Have this done beside this process, on one core, while nothing is asked, in this order: load ``module``, or call ``module:function``.

    Nothing happens where it was called before.
    """
    global _called
    with _calling:
        if _called is not None:
            return
        own, other = socket.socketpair()
        with other:
            process = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(other.fileno()), " ".join(chores), *sys.path],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")},
            )
        _called = HelperProcess(process, Connection(own.detach()))
        threading.Thread(target=_called.listen, name="companion", daemon=True).start()
        atexit.register(_called.dismiss)


@contextmanager
def stop_on_interrupt() -> Iterator[None]:
    """End the companion where an interrupt or a termination leaves the block: no other thread waits for its answer then."""
    try:
        yield
    except BaseException as error:
        if _called is not None and not isinstance(error, Exception):
            _called.dismiss()
        raise


def submit_to_helper(name: str, *arguments: Any, **named: Any) -> Answer:
    """Put a question: a function as ``module:name``, and what it is called with; a task goes on meanwhile."""
    question = Question(name, arguments, named)
    return Answer(question, _called.ask(question) if _called is not None else None)


def ask(name: str, *arguments: Any, **named: Any) -> Any:
    """Put a question and wait for the answer; raises the PedigreeError that the function raises."""
    return submit_to_helper(name, *arguments, **named).get()


def attend(descriptor: int, chores: Sequence[str]) -> None:
    """Do the chores while nothing is asked, and answer questions until the other side of the line is closed.

    An error that is not ours ends this process: the run then works the question out itself, and meets it. Where the run
    was killed in the middle of an answer there is nobody to tell it to.
    """
    line, ahead = Connection(descriptor), list(chores)
    gc.disable()  # nothing of what is loaded is garbage, and looking takes a quarter of the time
    while True:
        while ahead and not line.poll():
            Question(ahead.pop(0)).work_out()
        if not ahead:
            gc.enable()
        try:
            question = line.recv()
        except (EOFError, ConnectionError):
            return
        try:
            answer = True, question.work_out()
        except PedigreeError as error:
            answer = False, error
        try:
            line.send(answer)
        except ConnectionError:
            return
