"""Runs a coroutine in a thread of its own, so that no signal interrupts it in the middle of a step.

Python raises the exception of a signal handler (an interrupt, Prefect's termination) wherever the main thread is. With
this module that is never where an answer is being stored.

anyio's ``start_blocking_portal`` was tried for it. It joins its thread without a time limit: work that blocked for 20 s
held an interrupt for 20 s, here for CANCEL_SECONDS. And its future counts as done before a cancelled task has ended.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any

POLL_SECONDS = 0.25  # between two calls of ``poll``
GRACE = 1.5  # seconds for the calls in flight after a cancellation
CANCEL_SECONDS = 5.0  # for the coroutine to end after it was cancelled


def run_in_background_loop(
    work: Coroutine[Any, Any, None], poll: Callable[[], None], on_cancel: Callable[[BaseException], None]
) -> None:
    """Run a coroutine in a thread and raise what it raises; meanwhile call ``poll`` here four times a second.

    If ``poll`` or a signal raises, ``on_cancel`` is called in the coroutine's thread and has GRACE seconds (none after
    an interrupt); then the coroutine is cancelled and the error is raised.
    """
    loop = _BackgroundLoop(work)
    try:
        loop.start()
        while not loop.ended.wait(POLL_SECONDS):
            poll()
    except BaseException as error:
        loop.stop(on_cancel, error)
        raise
    if loop.error is not None:
        raise loop.error


class _BackgroundLoop:
    """A coroutine that runs in a thread; ``error`` is what it raised, once ``ended`` is set."""

    def __init__(self, work: Coroutine[Any, Any, None]):
        self.ended = threading.Event()
        self.error: BaseException | None = None
        self._started = threading.Event()
        self._task: asyncio.Task | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run, work), name="background-loop", daemon=True)

    def start(self) -> None:
        """Start the thread, and return once the coroutine can be cancelled."""
        self._thread.start()
        self._started.wait()

    def stop(self, on_cancel: Callable[[BaseException], None], error: BaseException) -> None:
        """Let the coroutine finish its calls, then cancel it; a second signal cancels it at once."""
        self._started.wait(CANCEL_SECONDS)
        try:
            if not isinstance(error, KeyboardInterrupt):
                self._call_in_loop(on_cancel, error)
                self.ended.wait(GRACE)
        finally:
            if self._task is not None:
                self._call_in_loop(self._task.cancel)
            self.ended.wait(CANCEL_SECONDS)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run(self._work(work))
        except BaseException as error:  # raised again by run_in_background_loop
            self.error = error
        finally:
            self._started.set()
            self.ended.set()

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._started.set()
        await work

    def _call_in_loop(self, function: Callable[..., Any], *arguments: Any) -> None:
        if self._loop is not None and not self.ended.is_set():
            try:
                self._loop.call_soon_threadsafe(function, *arguments)
            except RuntimeError:  # the coroutine has just ended, and its loop is closed
                self.ended.wait(CANCEL_SECONDS)
