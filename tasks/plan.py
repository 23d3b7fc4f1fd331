"""Plan: the prompts of the next round."""

from collections import Counter

from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.job import Job
from tasks.ui.step import step


def _name_run() -> str:
    from prefect.runtime import task_run

    return f"write prompts, round {task_run.parameters['rounds'].number + 1}"


@step("plan", _name_run)
def plan(job: Job, rounds: Rounds, builder: PromptBuilder) -> Batch:
    """Return the next round's slots as a batch; its prompts are built if no list request is open.

    Raises RecipeError if a template or the seeds don't fit a slot.
    """
    slots = rounds.next_round()
    parameters = {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
    # Augmentation is for rare labels, so they are requested first.
    rare, fills_up = Counter(one.label for one in job.real or job.seeds), bool(job.real)
    batch = Batch(
        builder=builder, slots=slots, round_=rounds.number, parameters=parameters, rare=rare, fills_up=fills_up
    )
    if not builder.list_open_requests(slots):
        batch.build()
    return batch
