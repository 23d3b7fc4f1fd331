"""Plain logs: an error that Pedigree raises on purpose is said in its own words, without a traceback."""

import logging

from pedigree.errors import PedigreeError

LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


class PlainErrors(logging.Filter):
    """Puts what an error says into the place of its traceback; any other record stays as it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: no record is dropped."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, PedigreeError):
            record.msg, record.args, record.exc_info, record.exc_text = str(error), (), None, None
        return True


def say_errors_plainly() -> None:
    """Have Prefect's run logs say Pedigree's errors in their own words, from now on."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, PlainErrors) for one in logger.filters):
            logger.addFilter(PlainErrors())
