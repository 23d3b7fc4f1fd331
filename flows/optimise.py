"""The flow optimise: searches for the instructions of a generator, and writes the best ones into the recipe."""

from dataclasses import dataclass
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows.exclusive import hold_exclusively
from flows.parameters import RecipeName
from flows.plain_logs import configure_run_logs
from pedigree.errors import RunCancelled
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.models.gateway import remote_generators
from pedigree.report.search_rounds import describe_search
from pedigree.system.helper_process import stop_on_interrupt
from pedigree.workspace import find_workspace
from tasks.optimising.record import make_record, write_search
from tasks.optimising.search import require_settings, search_instructions
from tasks.secret_blocks import load_missing_model_keys
from tasks.ui.page import RunPage


@dataclass(frozen=True)
class Optimised:
    """The record of a search, the file it was written to (None: nothing was written), and what was paid just now."""

    record: dict[str, Any]
    path: str | None
    asked_now: int
    usd_now: float | None


@flow(name="optimise", flow_run_name="{dataset}: instructions searched", persist_result=False, validate_parameters=True)
def optimise(dataset: RecipeName, write: bool = True) -> Optimised | State:
    """Search for instructions by which a generator's rows are hardest to tell from people's.

    A classifier tells rows from people's; a model is told what gave them away, and rewrites the instructions. The best
    ones are written into the recipe if they are better on fresh rows of people, too. Nothing is published.

    Args:
        dataset: Dataset whose recipe has the key optimise: it says which model rewrites, and how often.
        write: Write the instructions and the record of the search; off, they are only shown.
    """
    configure_run_logs()
    workspace = find_workspace()
    with hold_exclusively(workspace, dataset), stop_on_interrupt(), Ledger(workspace.ledger) as ledger:
        job = open_job(workspace, dataset)
        asked = remote_generators([*job.recipe.generators, require_settings(job)])
        load_missing_model_keys(one.model for one in asked)
        try:
            search = search_instructions(job, ledger)
        except RunCancelled as stopped:
            return Cancelled(message=f"{stopped.found}; everything received is kept")
        record = make_record(job, search)
        page = RunPage()
        with page.open():
            page.put_artifact(f"{dataset}-instructions", "markdown", describe_search(record), "Search for instructions")
        path = write_search(job, search, record) if write else None
    return Optimised(record, path, search.asked_now, search.usd_now)
