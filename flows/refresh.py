"""Refresh: a published dataset grows, as long as what is added is like what was there."""

from prefect import flow

from flows import preload  # noqa: F401  before all that takes seconds
from flows.parameters import Branch, MoreRows, RecipeName
from flows.plain_logs import configure_run_logs
from flows.run_result import RunResult
from flows.synthesize import synthesize
from pedigree.versions.growth import count_grown_rows
from pedigree.workspace import find_workspace


@flow(name="refresh", flow_run_name="{dataset}: {more_rows} more rows", persist_result=False, validate_parameters=True)
def refresh(dataset: RecipeName, more_rows: MoreRows = 100, push_git: bool = False, branch: Branch = "") -> RunResult:
    """Add rows to the latest version of a dataset and publish the next one.

    The rows that are there stay as they are. The added ones are compared with them: where labels, lengths, vocabulary or
    diversity drifted further than the recipe's drift section allows, nothing is published.

    Args:
        dataset: Dataset to grow; it needs a published version, and a recipe that differs from its in rows alone.
        more_rows: Rows to add to those of the latest version, 1 to 100,000.
        push_git: Push branch and tag to the git remote, too.
        branch: Branch that versions go to; on another the run refuses. Empty takes the one that is checked out.
    """
    configure_run_logs()
    rows = count_grown_rows(find_workspace(), dataset, more_rows)
    state = synthesize(dataset, rows=rows, push_git=push_git, branch=branch, return_state=True)
    return state if state.is_cancelled() else state.result()
