"""The flow augment: adds synthetic rows to the rare labels of a real labelled set and publishes both."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows import preload  # noqa: F401  first: it starts the helper process
from flows.parameters import Branch, FilledLabels, FillTo, ModelName, RealFile, RecipeName, Usd
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
    labels: FilledLabels = "",
    model: ModelName = "",
    budget_usd: Usd = 0.0,
    publish_version: bool = True,
    push_git: bool = False,
    retry_failed: bool = False,
    branch: Branch = "",
) -> RunResult | State:
    """Fill up the rare labels of a real labelled set and publish both as a version; its column "real" tells them apart.

    The real rows enter unchanged. Every label gets as many synthetic rows, so that who wrote a row does not tell its
    label. Only the missing rows of each label are requested, the rarest label first; near-duplicates of real rows are
    rejected. Real set, rows and shares are written into the recipe and published with the version.

    Args:
        dataset: Dataset to make, by the name of its recipe: a file in the folder recipes. It names labels and models.
        real: File in the folder data with labelled rows that people wrote; empty takes the recipe's.
        fill_to: Rows that each label shall have at least, real ones included, 1 to 1,000,000; 0 takes the count of the
            most frequent label, or the recipe's number if it names this set and asks for more.
        labels: every: each label gets as many synthetic rows as the rarest needs; rare: only labels with fewer rows get
            any. Empty: every, but rare for a published dataset that fills up this set so.
        model: Language model that writes all rows, as PROVIDER/NAME, such as openai/gpt-4o-mini; empty takes the
            recipe's models.
        budget_usd: Most that the dataset may cost, in US dollars; 0 takes the recipe's budget.
        publish_version: Publish the dataset as a version if it passes every gate (a check that can stop a version). Git
            keeps recipe and figures, DVC the tables.
        push_git: Also send the version's commit and tag to the git repository that others use (git push).
        retry_failed: Ask again for answers that failed for good in earlier runs.
        branch: Git branch that the version is committed to; the run stops if another is checked out. Empty: the current
            one.
    """
    configure_run_logs()
    workspace = find_workspace()
    plan = plan_augmentation(workspace, dataset, real, fill_to, labels)
    overrides = plan.make_overrides(model or None, budget_usd or None)
    return make_version(workspace, dataset, overrides, publish_version, push_git, retry_failed, branch)
