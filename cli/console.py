"""Output of commands: results on standard output, log lines and errors on standard error."""

import json
import logging
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape

from pedigree.errors import PedigreeError
from pedigree.ids import write_date


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


# Files and pipes have no width: lines are not wrapped there, and tables are 100 characters wide.
out = Console(soft_wrap=True, highlight=False, width=None if _is_terminal(sys.stdout) else 100)
err = Console(stderr=True, soft_wrap=True, highlight=False, width=None if _is_terminal(sys.stderr) else 100)


class _StderrHandler(logging.Handler):
    """Prints to the current ``sys.stderr``, which a progress bar replaces while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


def print_log_lines() -> None:
    """Print Pedigree's log records as plain lines on standard error."""
    logger = logging.getLogger("pedigree")
    if not any(type(handler) is _StderrHandler for handler in logger.handlers):
        logger.addHandler(_StderrHandler())
    logger.setLevel(logging.INFO)
    logger.propagate = False


def print_error(error: PedigreeError) -> None:
    """Print an error: what was found, what was expected, what to do."""
    err.print(f"[bold red]error:[/] {escape(str(error))}")


def format_usd(usd: float | None) -> str:
    """Return a cost as text; None is an unknown cost."""
    return "cost unknown" if usd is None else f"{usd:.4f} USD"


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; dates as ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=write_date) + "\n")
