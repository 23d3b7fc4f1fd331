"""A coroutine in the background loop is never interrupted in the middle of a step: on_cancel is called first."""

import asyncio
import os
import signal
import threading
import time

import pytest

from pedigree.system.background_loop import GRACE, run_in_background_loop


class Work:
    """Steps of 0.2 s that must not be cut in two, until told to wind up."""

    def __init__(self, steps=100, stubborn=False):
        self.begun = self.ended = 0
        self.told, self.cancelled = [], False
        self._steps, self._stubborn = steps, stubborn

    async def run(self):
        try:
            while self.begun < self._steps and (self._stubborn or not self.told):
                self.begun += 1
                time.sleep(0.1)
                self.ended += 1
                await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    def on_cancel(self, error):
        self.told.append((error, threading.current_thread().name))


def nothing():
    """Tend to nothing."""


def test_what_the_work_raises_is_raised_here_and_what_it_did_is_done():
    work, looks = Work(steps=3), []
    run_in_background_loop(work.run(), lambda: looks.append(threading.current_thread()), work.on_cancel)
    assert work.ended == 3 and set(looks) == {threading.main_thread()} and work.told == []

    async def fail():
        raise TimeoutError("the work's own")

    with pytest.raises(TimeoutError, match="the work's own"):
        run_in_background_loop(fail(), nothing, nothing)


def test_what_tending_raises_lets_the_work_wind_up():
    def poll():
        if work.begun > 1:
            raise ValueError("enough")

    work = Work()
    with pytest.raises(ValueError, match="enough"):
        run_in_background_loop(work.run(), poll, work.on_cancel)
    assert work.begun == work.ended < 10 and not work.cancelled
    assert [(str(error), name) for error, name in work.told] == [("enough", "background-loop")]


def test_work_that_does_not_wind_up_is_cancelled():
    def poll():
        raise ValueError("enough")

    work, start = Work(stubborn=True), time.monotonic()
    with pytest.raises(ValueError, match="enough"):
        run_in_background_loop(work.run(), poll, work.on_cancel)
    assert work.cancelled and work.begun == work.ended and time.monotonic() - start >= GRACE


def test_an_interrupt_cancels_at_once_and_between_two_steps():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background process of a shell ignores it
    work = Work(stubborn=True)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run_in_background_loop(work.run(), nothing, work.on_cancel)
    assert work.cancelled and work.begun == work.ended and work.told == []
