"""Plan: from slots to prompts."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from pedigree.errors import RecipeError
from pedigree.generator import Generator
from pedigree.ids import sha256_of_file
from pedigree.job import Job
from pedigree.prompts import Press, Prompt
from pedigree.rounds import Rounds


class Batch:
    """The first prompts of a round's slots, in the order of the plan. No list: Prefect would walk through every value."""

    def __init__(self, prompts: list[Prompt]):
        self.prompts = prompts


def _name_run() -> str:
    return f"plan, round {task_run.parameters['rounds'].number + 1}"


@task(name="plan", task_run_name=_name_run, cache_policy=NO_CACHE, persist_result=False)
def plan(job: Job, rounds: Rounds, press: Press) -> Batch:
    """Read the plan on by one round and return the prompts of its slots.

    Raises RecipeError where a template or the seeds do not serve a slot.
    """
    slots = rounds.read_on()
    parameters = {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
    return Batch([press.write(slot, rounds.number, parameters[slot.generator.title]) for slot in slots])


def resolve_parameters(job: Job, generator: Generator) -> dict:
    """Return what is sent besides the messages; a replayed file counts by its content and its mapping."""
    if not generator.model.startswith("replay/"):
        return dict(generator.parameters)
    file = job.workspace.inside(generator.model.removeprefix("replay/"))
    mapping = {"replay": generator.replay.model_dump()} if generator.replay else {}
    return {**generator.parameters, "file_sha256": hash_replayed(file), **mapping}


def hash_replayed(file: Path) -> str:
    """Return the sha256 of a replayed file; raise RecipeError where it can't be read."""
    try:
        return sha256_of_file(file)
    except OSError as error:
        raise RecipeError(
            f"{file}: {error.strerror}", mend="correct the generator's model: replay/PATH of a file in this workspace"
        ) from None
