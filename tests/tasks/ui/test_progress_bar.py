"""The bar on a terminal: what is done, what it cost, and below it how long it still takes."""

import io

import pytest

from tasks.ui.progress_bar import show_progress


class FakeTerminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("said", ["time left: unknown yet", "no answer for 12 s; last error: [overloaded] (busy)"])
def test_the_line_below_the_bar_says_what_is_known(monkeypatch, said):
    terminal = FakeTerminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress("completions", 10, lambda: said) as update:
        update(3, 0.25)
    shown = terminal.getvalue()
    assert said in shown and "3/10" in shown and "0.2500 USD" in shown


def test_without_a_terminal_nothing_is_shown(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with show_progress("completions", 10, lambda: 1 / 0) as update:
        update(3)
    assert file.getvalue() == ""
