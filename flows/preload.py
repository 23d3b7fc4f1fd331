"""A head start for a process that Prefect starts for a run: what is done before the flow's own imports, which take seconds.

The companion is called, which loads its part on another core. Garbage is not looked for until all is loaded: nothing of
what is loaded is garbage, and looking takes a quarter of the time.
"""

import gc
import os

from pedigree.system.helper_process import start_helper

PRELOADS = (
    "tasks.expectation_worker:load",
    "pedigree.usefulness.tstr",
    "pedigree.report.html:bundle_vega",
    "pedigree.report.chart_image",
)


def call_for_run() -> None:
    """Have the companion load what a run that makes a dataset leaves to it."""
    start_helper(*PRELOADS)


def resume_garbage_collection() -> None:
    """Look for garbage again, but not among what is loaded."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


if os.environ.get("PREFECT__FLOW_RUN_ID"):
    gc.disable()
    call_for_run()
