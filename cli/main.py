"""The command `pedigree`: its groups of subcommands, and how errors leave it."""

import os
import sys

import typer

from cli import consumers, estimating, forgetting, ledger, making, stages, workspace
from cli.console import complain
from pedigree.errors import PedigreeError

# Each neighbour reads these when it is imported: fetch nothing, send nothing, say nothing that is no news.
QUIET = {
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "pedigree",
    # The run's page has every line; the shell has Pedigree's own, and an error once.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Synthetic datasets for text classification, each row traceable to its prompt, model and run.",
    epilog="Exit status: 0 done; 1 a gate failed, nothing published; 2 the recipe or the command is wrong; "
    "3 the provider or the budget stopped it, everything paid for is kept.",
)
workspace.add_to(app)
making.add_to(app)
estimating.add_to(app)
stages.add_to(app)
consumers.add_to(app)
ledger.add_to(app)
forgetting.add_to(app)


def main() -> None:
    """Run the command line; a PedigreeError becomes a message on standard error and its exit status."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        app()
    except PedigreeError as error:
        complain(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("stopped; everything received is kept, and 'pedigree run DATASET' goes on from here", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
