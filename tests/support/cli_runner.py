"""The command line in this process: ``Shell(root)("run", "pets")`` gives exit status, output and complaints."""

import logging
import os
import signal
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from cli.main import main
from pedigree.system import interrupt


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str


class Shell:
    """Runs commands in a folder."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]):
        self.root, self._capsys = root, capsys

    def __call__(self, *words: str) -> Said:
        """Run ``pedigree WORDS``; what is no exit of its own comes through."""
        self._capsys.readouterr()
        return Said(run_main(self.root, *words), *self._capsys.readouterr())

    def refuse(self, *words: str, status: int = 2) -> str:
        """Run a command that must fail so; return its complaint, which names a mend or what was expected."""
        said = self(*words)
        assert said.status == status, said
        assert "Traceback" not in said.err
        return said.err


def run_main(root: Path, *words: str) -> int:
    """Run ``pedigree WORDS`` in a folder and return its exit status; its environment variables end with it."""
    before = {number: signal.getsignal(number) for number in interrupt.SIGNALS}
    with chdir(root), mock.patch.dict(os.environ), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["pedigree", *words])
        for name, value in {"handlers": [], "propagate": True}.items():  # a command changes them for good
            patch.setattr(logging.getLogger("pedigree"), name, value)
        try:
            main()
        except SystemExit as stop:
            return stop.code or 0
        finally:
            interrupt.release()
            for number, handler in before.items():  # a command takes them for good
                signal.signal(number, handler)
    return 0
