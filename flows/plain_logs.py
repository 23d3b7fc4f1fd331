"""Logging of a flow run: errors that Pedigree raises on purpose appear as their message, without a traceback.

Steps that succeed add no line of their own: Pedigree's lines say what each round and step brought.
"""

import logging

from pedigree.errors import PedigreeError

LOGGERS = ("prefect.flow_runs", "prefect.task_runs")
STEPS, SUCCEEDED = "prefect.task_runs", "Finished in state Completed"
SECOND_RECORD = "Engine execution exited"


class PlainErrors(logging.Filter):
    """Replaces the traceback of a PedigreeError by its message; other records are unchanged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a step that succeeded, and for the second record of an error that ends a flow run."""
        if record.name == STEPS and str(record.msg).startswith(SUCCEEDED):
            return False
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, PedigreeError):
            if str(record.msg).startswith(SECOND_RECORD):
                return False
            record.msg, record.args, record.exc_info, record.exc_text = str(error), (), None, None
        return True


def configure_run_logs() -> None:
    """Send Pedigree's log lines to the run's page, and its errors without tracebacks. Can be called repeatedly."""
    logger = logging.getLogger("pedigree")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, PlainErrors) for known in logger.filters):
            logger.addFilter(PlainErrors())
