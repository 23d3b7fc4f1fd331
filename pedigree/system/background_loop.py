"""Aside: coroutines in a thread of their own, so that no signal cuts one off in the middle of a step.

Python raises what a signal's handler raises (an interrupt, Prefect's termination) wherever the main thread happens to be.
Here that is never where an answer is being kept.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any

TICK = 0.25  # seconds between two looks at what else there is to do
GRACE = 1.5  # seconds for what is in flight, once somebody has cancelled it
LAST = 5.0  # seconds for the coroutine to end, once it was cancelled itself


def run_in_background_loop(
    work: Coroutine[Any, Any, None], tend: Callable[[], None], on_cancel: Callable[[BaseException], None]
) -> None:
    """Run a coroutine in a thread beside, and raise what it raises; ``tend`` is called here four times a second meanwhile.

    Where ``tend`` or a signal raises, ``on_cancel`` is told in the coroutine's own thread and has GRACE seconds (none
    after an interrupt); then the coroutine is cancelled, and the error goes on.
    """
    aside = _BackgroundLoop(work)
    try:
        aside.start()
        while not aside.ended.wait(TICK):
            tend()
    except BaseException as error:
        aside.end(on_cancel, error)
        raise
    if aside.error is not None:
        raise aside.error


class _BackgroundLoop:
    """A coroutine that runs; ``error`` is what it raised, once ``ended`` is set."""

    def __init__(self, work: Coroutine[Any, Any, None]):
        self.ended, self.error = threading.Event(), None
        self._begun = threading.Event()
        self._task: asyncio.Task | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run, work), name="aside", daemon=True)

    def start(self) -> None:
        """Start, and return when it can be cancelled."""
        self._thread.start()
        self._begun.wait()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run(self._work(work))
        except BaseException as error:  # raised where the coroutine is waited for
            self.error = error
        finally:
            self._begun.set()
            self.ended.set()

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._begun.set()
        await work

    def end(self, on_cancel: Callable[[BaseException], None], error: BaseException) -> None:
        """Let the coroutine wind up, then cancel it; a second signal cancels it at once."""
        self._begun.wait(LAST)
        try:
            if not isinstance(error, KeyboardInterrupt):
                self._tell(on_cancel, error)
                self.ended.wait(GRACE)
        finally:
            self._tell(lambda: self._task.cancel())
            self.ended.wait(LAST)

    def _tell(self, call: Callable[..., Any], *arguments: Any) -> None:
        if self._loop is not None and not self.ended.is_set():
            try:
                self._loop.call_soon_threadsafe(call, *arguments)
            except RuntimeError:  # it has ended just now, and its loop is closed
                self.ended.wait(LAST)
