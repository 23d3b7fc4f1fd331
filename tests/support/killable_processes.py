"""Processes to be killed, or to run side by side: forked in milliseconds from one that has imported what is slow."""

import hashlib
import json
import logging
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from prefect.settings import PREFECT_API_URL, temporary_settings
from rich.console import Console

from flows import stages
from flows.run_result import call_flow
from flows.synthesize import synthesize
from pedigree.dataset.schemas import SORT, content_sha256, read_table
from pedigree.errors import PedigreeError
from pedigree.job import open_job
from pedigree.system import dvc, git
from pedigree.workspace import Workspace
from tasks.publish import publish
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.workspaces import make_workspace

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["flows.synthesize", "flows.stages", "litellm", "openai.resources", "dvc.repo"])

CONCURRENCY = 8
READ_ONLY = {"rev-parse", "cat-file", "var", "symbolic-ref", "config", "check-ignore", "ls-files", "for-each-ref",
             "show-ref", "merge-base", "ls-remote", "diff", "log", "rev-list", "remote"}  # fmt: skip
STARTS = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"]
ENDS = ["dan", "fel", "gim", "kor", "lus", "mat", "nep", "rin"]
WORDS = [start + end for start in STARTS for end in ENDS]


class Process:
    """A running piece of work, what it logged and printed, and its exit status (negative: the signal that ended it)."""

    def __init__(self, work: Callable, *arguments, root: Path, environment: dict[str, str] | None = None):
        self._log = root.parent / f"{root.name}-{time.monotonic_ns()}.log"
        self._process = _forks.Process(target=_work, args=(work, arguments, root, self._log, environment or {}))
        self._process.start()
        self.pid = self._process.pid

    def kill(self) -> float:
        """End it with SIGKILL and return when, on the monotonic clock."""
        when = time.monotonic()
        self._process.kill()
        self._process.join()
        return when

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self, seconds: float = 600) -> int:
        """Return the exit status."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"still running: {self.said}"
        return self._process.exitcode

    @property
    def said(self) -> str:
        """Return what it has logged and printed so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


def _work(work: Callable, arguments: tuple, root: Path, log: Path, environment: dict[str, str]) -> None:
    os.environ |= environment
    os.chdir(root)
    sys.stdout = sys.stderr = log.open("w", buffering=1, encoding="utf-8")
    logging.getLogger("pedigree").addHandler(logging.StreamHandler(sys.stdout))
    logging.getLogger("pedigree").setLevel(logging.INFO)
    try:
        work(*arguments)
    except PedigreeError as error:
        print(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        traceback.print_exc()
        sys.exit(70)


def settle(root: Path, url: str, budget: dict | None = None, **generator) -> Path:
    """Make a workspace whose 150 rows take some 80 requests of that endpoint, and return its root."""
    asking = {
        "strategy": "few-shot", "shots": 3, "turns": 2, "rows_per_call": 2, "model": "openai/fake", "api_base": url,
        "concurrency": CONCURRENCY, "structured": "text", **generator,
    }  # fmt: skip
    make_workspace(root, seeds=make_seeds(40), rows=150, generators=[asking], budget=budget or {})
    return root


def make(root: Path, dataset: str = "pets") -> None:
    """Generate and curate a dataset."""
    stages.generate(Workspace(root), dataset)
    stages.curate(Workspace(root), dataset)


def make_all(root: Path, dataset: str = "pets") -> None:
    """Run the four stages."""
    make(root, dataset)
    stages.validate(Workspace(root), dataset, Console(quiet=True), record=True)
    stages.measure(Workspace(root), dataset)


def run_flow(root: Path, dataset: str, url: str, publish_version: bool = True) -> None:
    """Run the flow against the Prefect server at a URL."""
    with temporary_settings({PREFECT_API_URL: url}):
        call_flow(synthesize, dataset, publish_version=publish_version)


def read_job_outputs(root: Path, dataset: str = "pets") -> dict[str, str]:
    """Return the content sha256 of each table of a dataset."""
    return {name: content_sha256(read_table(Workspace(root).table(dataset, name)), name) for name in SORT}


def make_seeds(each: int) -> list[dict]:
    """Return so many seed rows of each label."""
    chance = random.Random(5)
    return [
        {"text": f"the {label} {' '.join(chance.sample(WORDS, 6))}", "label": label}
        for label in ("cat", "dog")
        for _ in range(each)
    ]


def key_of(body: dict) -> str:
    """Return what tells one request from another: its messages."""
    return hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()


def answer(body: dict) -> dict:
    """Answer by what was asked alone: two rows of made-up words, at times one that was said before or a broken end."""
    key = key_of(body)
    chance = random.Random(key)
    texts = [" ".join(chance.choices(WORDS, k=9)) for _ in range(2)]
    if chance.random() < 0.15:
        texts[1] = "the very same row again and again and again"
    said = rows(*texts, id=f"r-{key[:12]}")
    said["body"]["usage"] = {"prompt_tokens": 90, "completion_tokens": chance.randint(20, 60), "total_tokens": 150}
    return said


class Counter(Endpoint):
    """Answers as above after a moment; ``served`` is when it had sent each answer wholly (monotonic), and to what.

    From ``hold`` to ``release`` it stops answering after so many answers; ``held`` is set once a request waits.
    """

    def __init__(self, least: float = 0.01, most: float = 0.06):
        super().__init__(answer)
        self.served: list[tuple[float, str]] = []
        self._hold_after: int | None = None
        self.held = threading.Event()
        self._released = threading.Event()
        self._least, self._most = least, most

    def hold(self, more: int) -> None:
        """Answer so many more requests, then none."""
        self.held.clear()
        self._released.clear()
        self._hold_after = len(self.served) + more

    def release(self) -> None:
        """Answer what was held, and all that comes."""
        self._hold_after = None
        self._released.set()

    def _next(self, body: dict) -> dict:
        said = super()._next(body)
        time.sleep(random.uniform(self._least, self._most))
        if self._hold_after is not None and len(self.served) >= self._hold_after:
            self.held.set()
            self._released.wait(60)
        return said

    def _make_handler(self):
        endpoint, handler = self, super()._make_handler()

        class Handler(handler):
            def _send(self, answer, body):
                super()._send(answer, body)
                endpoint.served.append((time.monotonic(), key_of(body)))

        return Handler


def publish_and_die(root: Path, dataset: str, last: str, number: int) -> None:
    """Publish, and die (SIGKILL) when so many calls of a step have returned.

    ``last``: a function of pedigree.system.dvc, a git command, "any" for whatever changes something, "none", or "time":
    so many milliseconds after the first step began.
    """
    left = [number]

    def watch(function, name_of):
        def watched(*arguments, **options):
            done = function(*arguments, **options)
            left[0] -= name_of(arguments) == last or (last == "any" and name_of(arguments) not in READ_ONLY)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return watched

    def wait_and_die(function):
        def timed(*arguments):
            threading.Timer(number / 1000, os.kill, (os.getpid(), signal.SIGKILL)).start()
            return function(*arguments)

        return timed

    git._run = watch(git._run, lambda arguments: arguments[1][0])
    for name in ("commit_stages", "push_data"):
        setattr(dvc, name, watch(getattr(dvc, name), lambda _, name=name: name))
    if last == "time":
        dvc.commit_stages = wait_and_die(dvc.commit_stages)
    publish.fn(open_job(Workspace(root), dataset), push_git=True)
