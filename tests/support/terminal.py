"""A command on a pseudo-terminal, as a person starts it in a shell: Ctrl+C reaches all processes of the foreground."""

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.support.workspaces import REPOSITORY

QUIET = "import signal; signal.signal(2, signal.SIG_DFL); "  # as the command's launcher begins
START = QUIET + f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from cli.main import main; main()"
CTRL_C = b"\x03"
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # of colours and the cursor
OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")  # such as a progress bar


class Terminal:
    """A running command of this checkout; ``screen`` is what it has written, without the controls of a terminal."""

    def __init__(self, root: Path, *words: str, environment: Mapping[str, str]):
        self.began, self._said, self.status = time.monotonic(), b"", None
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(root)
            os.execve(sys.executable, [sys.executable, "-c", START, *words], dict(environment))

    @property
    def screen(self) -> str:
        """Return the text that was written so far."""
        shown = CONTROLS.sub("", self._said.decode(errors="replace")).replace("\r\n", "\n")
        return OVERWRITTEN.sub("", shown)

    def press_ctrl_c(self) -> None:
        """Press Ctrl+C: the terminal sends SIGINT to the command and to the processes that it started."""
        os.write(self._master, CTRL_C)

    def signal(self, number: int) -> None:
        """Send a signal to the command alone, as a service manager does."""
        os.kill(self.pid, number)

    def read(self, seconds: float) -> bool:
        """Read what is written within a time; return whether the command still runs."""
        until = time.monotonic() + seconds
        while self.status is None and (rest := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], min(rest, 0.05))
            with suppress(OSError):  # the terminal is closed
                self._said += os.read(self._master, 65536) if ready else b""
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if ended else None
        if self.status is not None:
            self._read_rest()
        return self.status is None

    def _read_rest(self) -> None:
        """Read what a command that has ended wrote last."""
        with suppress(OSError):  # nothing is left, and the terminal is closed
            while select.select([self._master], [], [], 0)[0] and (last := os.read(self._master, 65536)):
                self._said += last

    def read_until(self, text: str, seconds: float) -> None:
        """Read until a text is written; raise AssertionError if the command ends or takes longer."""
        until = time.monotonic() + seconds
        while text not in self.screen:
            assert self.read(0.1) and time.monotonic() < until, self.screen

    def close(self) -> None:
        """End the command if it still runs, and close the terminal."""
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._master)
