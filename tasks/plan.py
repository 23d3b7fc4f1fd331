"""Plan: from slots to prompts."""

from collections import Counter

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.prompts import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.job import Job


def _name_run() -> str:
    return f"plan, round {task_run.parameters['rounds'].number + 1}"


@task(name="plan", task_run_name=_name_run, cache_policy=NO_CACHE, persist_result=False)
def plan(job: Job, rounds: Rounds, builder: PromptBuilder) -> Batch:
    """Read the plan on by one round and return what its slots ask, written where no inquiry is open.

    Raises RecipeError where a template or the seeds do not serve a slot.
    """
    slots = rounds.next_round()
    parameters = {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
    # Augmentation is for the rare labels, so they are asked for first.
    rare, fills_up = Counter(one.label for one in job.real or job.seeds), bool(job.real)
    batch = Batch(
        builder=builder, slots=slots, round_=rounds.number, parameters=parameters, rare=rare, fills_up=fills_up
    )
    if not builder.list_open_requests(slots):
        batch.build()
    return batch
