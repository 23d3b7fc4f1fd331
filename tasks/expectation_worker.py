"""Runs Great Expectations in the helper process, if there is one, as its import takes seconds."""

import importlib
import logging
import os
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from pedigree.dataset.expectation_suite import Check, ExpectationResult
from pedigree.system.garbage_collection import pause_garbage_collection
from pedigree.system.helper_process import call_in_helper


def evaluate_checks(rows: pl.DataFrame, checks: Sequence[Check]) -> list[ExpectationResult]:
    """Return the result of each check over the rows; raise SuiteError if a check can't be evaluated."""
    return call_in_helper("tasks.expectation_worker:call_expectations", "evaluate_checks", rows, checks)


def check_suite(checks: Sequence[Check], columns: Sequence[str]) -> None:
    """Raise SuiteError if a check can't be evaluated on any rows with these columns."""
    call_in_helper("tasks.expectation_worker:call_expectations", "check_suite", checks, columns)


def load() -> Any:
    """Import what runs Great Expectations in this process, and return it."""
    with _silence(), pause_garbage_collection():
        return importlib.import_module("expectations")


def call_expectations(function: str, *arguments: Any) -> Any:
    """Call a function of ``expectations`` in this process."""
    expectations = load()
    with _silence():
        return getattr(expectations, function)(*arguments)


@contextmanager
def _silence() -> Generator[None]:
    """Keep Great Expectations from writing to the terminal and from sending analytics."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logger, null = logging.getLogger("great_expectations"), logging.NullHandler()
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(null)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(null)
        logger.propagate = propagates
        logging.captureWarnings(False)  # importing it redirects all warnings of the process to the log
