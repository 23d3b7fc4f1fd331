"""A head start: in a process that Prefect starts for a run, the companion is called before the flow's own imports.

They take seconds, on one core; the companion uses another one meanwhile.
"""

import os

from pedigree.companion import call_companion

CHORES = ("tasks.jury:load", "pedigree.usefulness", "pedigree.picture")


def call_for_run() -> None:
    """Have the companion load what a run that makes a dataset leaves to it."""
    call_companion(*CHORES)


if os.environ.get("PREFECT__FLOW_RUN_ID"):
    call_for_run()
