"""What a run does first: starts the helper process and pauses garbage collection before the slow imports.

The helper process imports its modules on another core. Garbage collection during the imports finds nothing and would
take a quarter of their time.
"""

import gc
import os

from pedigree.system.helper_process import start_helper
from pedigree.system.loopback import bypass_proxy

PRELOADS = (
    "tasks.expectation_worker:load",
    "pedigree.usefulness.tstr",
    "pedigree.report.html:bundle_vega",
    "pedigree.report.chart_image",
)


def start_run_helper() -> None:
    """Start the helper process with the modules that a run calls in it."""
    start_helper(*PRELOADS)


def resume_garbage_collection() -> None:
    """Turn garbage collection on again; objects that exist by now are never scanned."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


bypass_proxy()  # before Prefect makes a client
if os.environ.get("PREFECT__FLOW_RUN_ID"):
    gc.disable()
    start_run_helper()
