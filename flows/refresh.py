"""The flow refresh: adds rows to a published dataset, unless the added rows drift from the earlier ones."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.exceptions import CancelledRun
from prefect.states import Cancelled

from flows import preload  # noqa: F401  first: it starts the helper process
from flows.parameters import Branch, MoreRows, RecipeName
from flows.plain_logs import configure_run_logs
from flows.run_result import RunResult, describe_result
from flows.synthesize import synthesize
from pedigree.versions.growth import count_grown_rows
from pedigree.workspace import find_workspace
from tasks.ui.artifacts import announce_result


@flow(name="refresh", flow_run_name="{dataset}: {more_rows} more rows", persist_result=False, validate_parameters=True)
def refresh(
    dataset: RecipeName, more_rows: MoreRows = 100, push_git: bool = False, branch: Branch = ""
) -> RunResult | State:
    """Add rows to the latest version of a dataset and publish the next one.

    The published rows stay unchanged. The added rows are compared with them: if labels, lengths, vocabulary or
    diversity drifted further than the recipe's drift section allows, nothing is published.

    Args:
        dataset: Dataset that gets more rows. It needs a version, from which its recipe may differ in rows only.
        more_rows: Rows to add to those of the latest version, 1 to 100,000.
        push_git: Also send the version's commit and tag to the git repository that others use (git push).
        branch: Git branch that the version is committed to; the run stops if another is checked out. Empty: the current
            one.
    """
    configure_run_logs()
    rows = count_grown_rows(find_workspace(), dataset, more_rows)
    try:
        result = synthesize(dataset, rows=rows, push_git=push_git, branch=branch)
    except CancelledRun as stopped:
        return Cancelled(message=str(stopped))
    if isinstance(result, RunResult):
        announce_result(dataset, describe_result(result))
    return result
