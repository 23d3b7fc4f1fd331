"""Runs that go through batches, in processes that end themselves (SIGKILL) at a moment that is told."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pedigree.ledger.ledger import Ledger
from pedigree.models.batches import pace
from pedigree.models.batches.batch_api import BatchApi
from pedigree.models.batches.collecting import Collector
from pedigree.models.scheduler import CompletionScheduler
from tests.support.killable_processes import make, make_seeds
from tests.support.workspaces import make_workspace

MOMENTS = {  # when a run ends: the function, and whether the end comes before it or after it
    "before the upload": (BatchApi, "upload", "before"),
    "after the upload": (BatchApi, "upload", "after"),
    "after the batch is made": (BatchApi, "create", "after"),
    "while it waits": (Collector, "_look", "after"),
    "between two lines": (Ledger, "append", "after"),
    "after the last line": (CompletionScheduler, "run", "after"),
}


def hurry(most: int) -> None:
    """Let batches have so many requests at most, and wait for nothing."""
    pace.FIRST_PAUSE, pace.LONGEST_PAUSE, pace.QUIET, pace.SETTLED = 0.02, 0.05, 0.05, 0.05
    pace.MAX_REQUESTS = most


def settle_batched(root: Path, url: str, rows: int, **generator: Any) -> Path:
    """Make a workspace whose rows are asked for in batches, two a request, and return its root."""
    asking = {
        "strategy": "few-shot", "shots": 3, "rows_per_call": 2, "model": "openai/fake", "api_base": url,
        "structured": "text", "batch": True, **generator,
    }  # fmt: skip
    make_workspace(root, seeds=make_seeds(40), rows=rows, generators=[asking], budget={"calls": 10 * rows})
    return root


def end_at(moment: str, number: int, end: Callable[[], None]) -> tuple[type, str, Callable]:
    """Return the class and the name of a function, and what to put there: ``end`` is called at the moment."""
    owner, name, place = MOMENTS[moment]
    return owner, name, _die(getattr(owner, name), place, number, end)


def make_in_batches(root: Path, most: int, moment: str | None = None, number: int = 1) -> None:
    """Generate and curate; with a moment, end when it has come so many times."""
    hurry(most)
    if moment is not None:
        setattr(*end_at(moment, number, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    make(root)


def _die(function: Callable, place: str, number: int, end: Callable[[], None]) -> Callable:
    left = [number]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            end()

    def called(*arguments: Any) -> Any:
        done = function(*arguments)
        count()
        return done

    async def awaited(*arguments: Any) -> Any:
        if place == "before":
            count()
        done = await function(*arguments)
        if place == "after":
            count()
        return done

    return called if function.__name__ == "append" else awaited
