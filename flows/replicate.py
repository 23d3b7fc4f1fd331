"""The flow replicate: makes one recipe with several models or seeds and compares the results."""

import logging

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows import stages
from flows.parameters import ModelNames, RecipeName, RowsWanted, Seeds
from flows.plain_logs import configure_run_logs
from flows.run_names import name_replication
from pedigree.errors import BudgetError, ProviderError, RunCancelled
from pedigree.job import open_job
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace, find_workspace
from tasks.check import check_start
from tasks.compare import ReplicaComparison, compare, show_comparison
from tasks.curate import curate
from tasks.distribution import check_labels
from tasks.measure import measure
from tasks.replicas import Replica, create_replica, describe_stopped, find_replica, list_variants, read_replica
from tasks.secret_blocks import load_missing_keys
from tasks.validate import validate

log = logging.getLogger("pedigree")


@flow(name="replicate", flow_run_name=name_replication, persist_result=False, validate_parameters=True)
def replicate(
    dataset: RecipeName,
    models: ModelNames = [],  # noqa: B006  never changed; Prefect's form needs a list
    seeds: Seeds = [],  # noqa: B006
    rows: RowsWanted = 0,
) -> ReplicaComparison | State:
    """Make one recipe with several models or seeds and compare the results. Nothing is published.

    Each model is combined with each seed, at most 20 variants, made one after another. The recipe's budget applies to
    each variant, so the total cost may be that many times higher. The answers of a seed are its own.
    Recipe, data and versions stay unchanged.

    Args:
        dataset: Dataset to make, by the name of its recipe: a file in the folder recipes.
        models: Language models to compare, each as PROVIDER/NAME, such as openai/gpt-4o-mini; an empty list takes the
            recipe's.
        seeds: Numbers that chance begins from (random seeds), 0 or higher; an empty list takes the recipe's.
        rows: Rows of each variant, 1 to 10,000,000; 0 takes the recipe's number.
    """
    configure_run_logs()
    workspace, variants = find_workspace(), list_variants(models, seeds)
    workspace.recipe_path(dataset)
    with hold_dataset(workspace, f"{dataset}.replicas"):  # the dataset itself stays free for other runs
        for variant in variants:
            job = create_replica(workspace, dataset, variant, rows)
            load_missing_keys(job)
            check_start(job)
        try:
            replicas = tuple(_try_variant(workspace, dataset, variant.name) for variant in variants)
        except RunCancelled as stopped:
            return Cancelled(message=stopped.found)
        comparison = compare(workspace, dataset, replicas)
        show_comparison(comparison)
    if all(replica.stopped for replica in replicas):
        raise ProviderError(
            f"no variant was made; the first: {replicas[0].stopped}", hint="run again when the provider answers"
        )
    return comparison


@flow(name="replica", flow_run_name="{dataset}: {variant}", persist_result=False)
def make_replica(dataset: str, variant: str) -> Replica:
    """Make one variant in its own folder with the same steps; nothing is published."""
    workspace = find_workspace()
    own = find_replica(workspace, dataset, variant)
    stages.generate(own, dataset)
    job = open_job(own, dataset)
    curate(job)
    validate(job, check_labels(job))
    measure(job)
    return read_replica(workspace, job, variant)


def _try_variant(workspace: Workspace, dataset: str, variant: str) -> Replica:
    """Return the result of a variant; the provider or the budget may stop it without stopping the others."""
    try:
        return make_replica(dataset, variant)
    except (ProviderError, BudgetError) as error:
        log.warning("%s stopped; everything received is kept: %s", variant, error.found)
        return describe_stopped(open_job(find_replica(workspace, dataset, variant), dataset), variant, error)
