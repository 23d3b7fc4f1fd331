"""The command line `pedigree`: all its subcommands."""

import typer

from cli import (
    check,
    estimate,
    export,
    forget,
    ledger,
    lineage,
    maintain,
    new_doctor,
    optimise,
    pilot,
    review,
    run,
    serve,
    stages,
    study,
    trace_verify,
    versions_diff,
)
from cli.audits import audit, bias, canaries, coverage, patterns, statistics

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
study.add_to(app)
optimise.add_to(app)
stages.add_to(app)
trace_verify.add_to(app)
versions_diff.add_to(app)
export.add_to(app)
lineage.add_to(app)
audit.add_to(app)
bias.add_to(app)
patterns.add_to(app)
coverage.add_to(app)
canaries.add_to(app)
statistics.add_to(app)
ledger.add_to(app)
forget.add_to(app)
review.add_to(app)
serve.add_to(app)
