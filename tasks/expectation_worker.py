"""The jury: Great Expectations, which takes seconds to load and so sits in the companion's process where there is one."""

import importlib
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from pedigree.dataset.expectation_suite import Check, ExpectationResult
from pedigree.system.helper_process import call_in_helper


def judge(rows: pl.DataFrame, checks: Sequence[Check]) -> list[ExpectationResult]:
    """Return the judgement of each check over the rows; raises SuiteError where a check can't be judged."""
    return call_in_helper("tasks.expectation_worker:hear", "judge", rows, checks)


def check(checks: Sequence[Check], columns: Sequence[str]) -> None:
    """Raise SuiteError where a check could not judge any rows of these columns."""
    call_in_helper("tasks.expectation_worker:hear", "check", checks, columns)


def load() -> None:
    """Load Great Expectations in this process."""
    with _quiet():
        importlib.import_module("expectations")


def hear(question: str, *arguments: Any) -> Any:
    """Answer with Great Expectations in this process: ``judge`` or ``check``."""
    with _quiet():
        return getattr(importlib.import_module("expectations"), question)(*arguments)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Great Expectations from writing to the terminal or sending anything, while it is imported and run."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logger, nowhere = logging.getLogger("great_expectations"), logging.NullHandler()
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(nowhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = propagates
        logging.captureWarnings(False)  # its import turns all warnings of the process into log lines
