"""The command `pedigree`: its subcommands, and the exit status of each error."""

import os
import shlex
import signal
import sys

import typer

from cli import (
    audit,
    check,
    estimate,
    export,
    forget,
    ledger,
    lineage,
    maintain,
    new_doctor,
    pilot,
    review,
    run,
    serve,
    stages,
    trace_verify,
    versions_diff,
)
from cli.console import print_error
from pedigree.errors import PedigreeError, WorkspaceError
from pedigree.system.loopback import bypass_proxy

# Libraries read these when they are imported: no downloads, no telemetry, no log lines but Pedigree's.
ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "pedigree",
    # The run's page shows every line; the shell shows only Pedigree's lines, and each error once.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}
INTERRUPTED, BROKEN_PIPE = 128 + signal.SIGINT, 128 + signal.SIGPIPE  # as shells report a signal

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Synthetic datasets for text classification, each row traceable to its prompt, model and run.",
    epilog="Exit status: 0 done; 1 a gate failed, nothing published; 2 the recipe or the command is wrong; "
    "3 the provider or the budget stopped it, 130 it was interrupted: everything paid for is kept.",
)
new_doctor.add_to(app)
check.add_to(app)
run.add_to(app)
maintain.add_to(app)
estimate.add_to(app)
pilot.add_to(app)
stages.add_to(app)
trace_verify.add_to(app)
versions_diff.add_to(app)
export.add_to(app)
lineage.add_to(app)
audit.add_to(app)
ledger.add_to(app)
forget.add_to(app)
review.add_to(app)
serve.add_to(app)


def main() -> None:
    """Run the command line; a PedigreeError becomes a message on standard error and its exit status."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    bypass_proxy()
    _harden_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except PedigreeError as error:
        print_error(error)
        sys.exit(error.exit_status)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            print(_describe_stop(), file=sys.stderr)
        if isinstance(stop.__context__, BrokenPipeError):  # typer would exit with 1, the status of a failed gate
            sys.exit(BROKEN_PIPE)
        raise
    except BrokenPipeError:
        _drop_output()
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        name = error.filename or "standard output"
        print_error(
            WorkspaceError(f"{name}: {error.strerror or error}", hint="make it writable, or make room; then again")
        )
        _drop_output()
        sys.exit(WorkspaceError.exit_status)
    except Exception as error:
        if not _follows_interrupt(error):
            raise
        print(_describe_stop(), file=sys.stderr)
        sys.exit(INTERRUPTED)


def _describe_stop() -> str:
    """Return what to do after Ctrl+C: the same command, as it was given."""
    return f"stopped; everything received is kept, and '{shlex.join(['pedigree', *sys.argv[1:]])}' goes on from here"


def _follows_interrupt(error: BaseException | None) -> bool:
    """Return whether Ctrl+C caused an error: a terminal also sends it to the run's own Prefect server, which ends."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


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
