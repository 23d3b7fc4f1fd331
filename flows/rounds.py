"""The rounds of a run: plan, complete, parse, screen and judge, until each label has its rows or something stops it."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pedigree.generation.rounds import StopReason
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from tasks.complete import complete
from tasks.generation_state import Generation
from tasks.judging.judge import judge
from tasks.parse import parse
from tasks.plan import plan
from tasks.screen import screen
from tasks.ui.step import Step

P = ParamSpec("P")
R = TypeVar("R")


def take_rounds(job: Job, generation: Generation, ledger: Ledger, *, retry_failed: bool, as_tasks: bool) -> StopReason:
    """Take rounds until the generation stops, and return why.

    ``as_tasks``: call the steps as tasks of the current flow, else as plain functions. Raises StoppedError if the
    budget, a provider or a person stops it.
    """

    def step(task: Step[P, R]) -> Callable[P, R]:
        return task if as_tasks else task.fn

    while generation.stop is None:
        prompts = step(plan)(job, generation.rounds, generation.builder)
        answers = step(complete)(
            job,
            prompts,
            ledger,
            endpoints=generation.endpoints,
            spent=generation.spent,
            retry_failed=retry_failed,
            live=generation.live,
        )
        parsed = step(parse)(job, answers.prompt_table(), answers.completion_table())
        screened = step(screen)(job, parsed.candidates, generation.duplicates)
        judged = None
        if job.recipe.judges:
            judged = step(judge)(
                job,
                screened.kept,
                generation.verdict_prompts,
                generation.rounds.number,
                ledger,
                endpoints=generation.endpoints,
                spent=generation.count_spent(answers),
                retry_failed=retry_failed,
                live=generation.live,
            )
        generation.record(answers, parsed, screened, judged)
    return generation.stop
