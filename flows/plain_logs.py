"""Plain logs: an error that Pedigree raises on purpose is said in its own words, without a traceback."""

import logging

from pedigree.errors import PedigreeError

LOGGERS = ("prefect.flow_runs", "prefect.task_runs")
AGAIN = "Engine execution exited"


class PlainErrors(logging.Filter):
    """Puts what an error says into the place of its traceback, once; any other record stays as it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for the second record of an error that ends a flow run."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, PedigreeError):
            if str(record.msg).startswith(AGAIN):
                return False
            record.msg, record.args, record.exc_info, record.exc_text = str(error), (), None, None
        return True


def configure_run_logs() -> None:
    """From now on, let the run's page have Pedigree's news, and its errors in their own words."""
    news = logging.getLogger("pedigree")
    if news.level == logging.NOTSET:
        news.setLevel(logging.INFO)
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, PlainErrors) for one in logger.filters):
            logger.addFilter(PlainErrors())
