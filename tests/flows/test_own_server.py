"""While the temporary Prefect server starts, which may take long, a command can be stopped."""

import signal
import sys
import threading
import time

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import own_server


def test_a_signal_that_another_thread_receives_stops_the_wait_before_the_server_has_started(monkeypatch):
    events, stopped = [], threading.Event()

    def start(started):
        while sys._current_frames()[threading.main_thread().ident].f_code.co_name != "wait":
            time.sleep(0.01)
        time.sleep(0.05)  # the main thread waits for the server
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # this thread receives it, and the main thread sleeps
        stopped.wait(10)
        events.append("started")
        started.set_result(None)

    monkeypatch.setattr(own_server, "_start", start)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with temporary_settings({PREFECT_API_URL: None}), pytest.raises(KeyboardInterrupt):
            own_server.start_own_server()
        events.append("stopped")
    finally:
        stopped.set()
        signal.signal(signal.SIGINT, before)
    assert events[0] == "stopped"


def test_an_error_of_the_start_is_raised(monkeypatch):
    monkeypatch.setattr(own_server, "_start", lambda started: started.set_exception(OSError("no room")))
    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(OSError, match="no room"):
        own_server.start_own_server()
