"""The command `pedigree`: the exit status of each error, and what a stopped command says."""

import os
import shlex
import signal
import sys

from pedigree.errors import PedigreeError, WorkspaceError
from pedigree.system import interrupt
from pedigree.system.loopback import bypass_proxy

# Libraries read these when they are imported: no downloads, no telemetry, no log lines but Pedigree's.
ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "pedigree",
    # The run's page shows every line; the shell shows only Pedigree's lines, and each error once.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}
# Commands that change no dataset, recipe or version, and whose work starts anew after a stop.
READING = {
    *("check", "doctor", "estimate", "trace", "verify", "versions", "diff", "export", "lineage"),
    *("audit", "bias", "patterns", "coverage", "statistics"),
}
BROKEN_PIPE = 128 + signal.SIGPIPE  # as shells report a signal


def main() -> None:
    """Run the command line; a PedigreeError becomes a message on standard error and its exit status."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    interrupt.catch_signals(_describe_stop)
    bypass_proxy()
    _harden_streams()
    status = None  # of an error that is a defect, Python says it
    try:
        _run()
        status = 0
    except BaseException as error:
        if not interrupt.is_stopped():
            if isinstance(error, SystemExit) and not isinstance(error.code, str):
                status = error.code or 0
            raise
        interrupt.say_stop()  # whatever error followed from the signal
        interrupt.close_started()
        sys.exit(interrupt.get_exit_status())
    finally:
        interrupt.note_end(status)


def _run() -> None:
    """Run the command; raise SystemExit with its status, or the error of a defect."""
    try:
        try:
            from cli.app import app  # here, as its imports take seconds in which Ctrl+C may come

            app()
        finally:
            sys.stdout.flush()
    except PedigreeError as error:
        from cli.console import print_error

        print_error(error)
        sys.exit(error.exit_status)
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # typer would exit with 1, the status of a failed gate
            sys.exit(BROKEN_PIPE)
        raise
    except BrokenPipeError:
        _drop_output()
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        from cli.console import print_error

        name = error.filename or "standard output"
        print_error(
            WorkspaceError(f"{name}: {error.strerror or error}", hint="make it writable, or make room; then again")
        )
        _drop_output()
        sys.exit(WorkspaceError.exit_status)


def _describe_stop() -> str:
    """Return what a stopped command says: what it paid for, and the same command, as it was given, to go on."""
    again = f"'{shlex.join(['pedigree', *sys.argv[1:]])}'"
    if sys.argv[1:] and sys.argv[1] in READING:
        return f"stopped; nothing was changed; {again} starts anew"
    again = f"{again} goes on from here"
    paid = interrupt.format_paid()
    stopped = f"stopped: {reason}" if (reason := interrupt.get_reason()) else "stopped"
    return "; ".join(filter(None, [stopped, paid, "everything received is kept", again]))


def _drop_output() -> None:
    """Send the rest of standard output to /dev/null; Python would otherwise retry at its exit and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _harden_streams() -> None:
    """Make a closed stream or an encoding that lacks a character harmless to a running command."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
