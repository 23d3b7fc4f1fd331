"""Replicate: one recipe is made with several models or seeds, and the results are compared."""

import logging

from prefect import flow
from prefect.states import Cancelled

from flows import stages
from flows.parameters import ModelNames, RecipeName, RowsWanted, Seeds
from flows.plain_logs import configure_run_logs
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


@flow(name="replicate", flow_run_name="{dataset}: replicas", persist_result=False, validate_parameters=True)
def replicate(
    dataset: RecipeName, models: ModelNames = (), seeds: Seeds = (), rows: RowsWanted = 0
) -> ReplicaComparison:
    """Make one recipe with several models or seeds, and compare what comes out. Nothing is published.

    Each model is combined with each seed, 20 variants at most, made one after another. The budget of the recipe holds
    for each of them: all together may cost as many times that. Prompts that two seeds have in common are answered once.
    Recipe, data and versions stay as they are.

    Args:
        dataset: Recipe to make, one of recipes/.
        models: Models of every generator, as LiteLLM writes them; none takes the recipe's.
        seeds: Seeds of all chance, 0 and up; none takes the recipe's.
        rows: Rows of each variant, 1 to 10,000,000; 0 takes the recipe's.
    """
    configure_run_logs()
    workspace, variants = find_workspace(), list_variants(models, seeds)
    workspace.recipe_path(dataset)
    with hold_dataset(workspace, f"{dataset}.replicas"):  # and not the dataset, which may be made meanwhile
        for variant in variants:
            job = create_replica(workspace, dataset, variant, rows)
            load_missing_keys(job)
            check_start(job)
        try:
            replicas = tuple(_try(workspace, dataset, variant.name) for variant in variants)
        except RunCancelled as stopped:
            return Cancelled(message=stopped.found)
        comparison = compare(workspace, dataset, replicas)
        show_comparison(comparison)
    if all(replica.stopped for replica in replicas):
        raise ProviderError(f"no variant was made; the first: {replicas[0].stopped}", hint="run again when it answers")
    return comparison


@flow(name="replica", flow_run_name="{dataset}: {variant}", persist_result=False)
def make_replica(dataset: str, variant: str) -> Replica:
    """Make one variant in its own folder: the same steps, but nothing is published."""
    workspace = find_workspace()
    own = find_replica(workspace, dataset, variant)
    stages.generate(own, dataset)
    job = open_job(own, dataset)
    curate(job)
    validate(job, check_labels(job))
    measure(job)
    return read_replica(workspace, job, variant)


def _try(workspace: Workspace, dataset: str, variant: str) -> Replica:
    """Return what became of a variant; one that its provider or its budget stops does not stop the others."""
    try:
        return make_replica(dataset, variant)
    except (ProviderError, BudgetError) as error:
        log.warning("%s is left as it is, with everything received kept: %s", variant, error.found)
        return describe_stopped(open_job(find_replica(workspace, dataset, variant), dataset), variant, error)
