"""Augment: a real labelled set goes in; its rare labels are filled up, and the published rows say which are real."""

from prefect import flow

from flows import preload  # noqa: F401  before all that takes seconds
from flows.parameters import Branch, FillTo, ModelName, RealFile, RecipeName, Usd
from flows.plain_logs import configure_run_logs
from flows.run_names import name_augmentation
from flows.run_result import RunResult
from flows.synthesize import make_version
from pedigree.workspace import find_workspace
from tasks.augmentation import plan_augmentation


@flow(name="augment", flow_run_name=name_augmentation, persist_result=False, validate_parameters=True)
def augment(
    dataset: RecipeName,
    real: RealFile = "",
    fill_to: FillTo = 0,
    model: ModelName = "",
    budget_usd: Usd = 0.0,
    publish_version: bool = True,
    push_git: bool = False,
    retry_failed: bool = False,
    branch: Branch = "",
) -> RunResult:
    """Fill up the rare labels of a real labelled set and publish both as a version; its column "real" tells them apart.

    The real rows enter as they are. Only what a label lacks beside them is asked for, the rarest label first, and what is
    too like a real row is rejected. Real set, rows and shares are written into the recipe and published with the version.

    Args:
        dataset: Recipe to make, one of recipes/; it names the labels, and the generators that fill them up.
        real: File of labelled rows that people wrote, below data/; empty takes the recipe's.
        fill_to: Rows that each label gets at least, real ones included, 1 to 1,000,000; 0 is as many as the most frequent label has, and no fewer than a recipe that names this set asks for.
        model: Model of every generator, as LiteLLM writes it; empty takes the recipe's.
        budget_usd: Most that the dataset may cost, in USD; 0 takes the recipe's budget.
        publish_version: Publish a version (DVC and git) when the gates pass.
        push_git: Push branch and tag to the git remote, too.
        retry_failed: Ask again for what finally failed in earlier runs.
        branch: Branch that versions go to; on another the run refuses. Empty takes the one that is checked out.
    """
    configure_run_logs()
    workspace = find_workspace()
    overrides = plan_augmentation(workspace, dataset, real, fill_to).make_overrides(model or None, budget_usd or None)
    return make_version(workspace, dataset, overrides, publish_version, push_git, retry_failed, branch)
