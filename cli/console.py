"""How commands speak: results on standard output, news and complaints on standard error."""

import json
import logging
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape

from pedigree.errors import PedigreeError


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


# A file or a pipe has no width: lines are not broken there, and a table gets room.
out = Console(soft_wrap=True, highlight=False, width=None if _is_terminal(sys.stdout) else 100)
err = Console(stderr=True, soft_wrap=True, highlight=False, width=None if _is_terminal(sys.stderr) else 100)


class _Lines(logging.Handler):
    """Prints to whatever standard error is by then: above a progress bar, while there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


def print_log_lines() -> None:
    """Show what Pedigree logs, as plain lines on standard error."""
    logger = logging.getLogger("pedigree")
    if not any(type(handler) is _Lines for handler in logger.handlers):
        logger.addHandler(_Lines())
    logger.setLevel(logging.INFO)
    logger.propagate = False


def print_error(error: PedigreeError) -> None:
    """Print an error: what was found, what was expected, what to do."""
    err.print(f"[bold red]error:[/] {escape(str(error))}")


def format_usd(usd: float | None) -> str:
    """Return a cost for people; one that is not known is no 0."""
    return "cost unknown" if usd is None else f"{usd:.4f} USD"


def print_json(value: Any) -> None:
    """Print a result for programs."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
