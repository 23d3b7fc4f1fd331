"""Complete: asks the models for the completions that the ledger does not hold. The only step that costs money."""

import logging

from pedigree.generation.batch import Batch
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, BudgetTracker, Usage, sum_budget_usage
from pedigree.generation.prompts import Prompt
from pedigree.generation.receipt import of_process
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from pedigree.ledger.reuse import describe_reuse
from pedigree.models.gateway import remote_generators
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.models.refusals import UNCLEAR
from pedigree.models.scheduler import CompletionScheduler
from pedigree.system import interrupt
from pedigree.system.background_loop import run_in_background_loop
from pedigree.versions.recipe_edit import changed_seed_alone
from tasks.ui.progress import LiveProgress
from tasks.ui.progress_bar import show_progress
from tasks.ui.step import step

log = logging.getLogger("pedigree")


def _name_run() -> str:
    from prefect.runtime import task_run

    live = task_run.parameters["live"]
    return f"ask models, round {live.progress.round + 1}" if live else "ask models"


def _log_reuse(job: Job, ledger: Ledger, prompts: list[Prompt]) -> None:
    """Log, before the first calls, if answers that cost money come from other datasets, or if all are there."""
    paid = {generator.title for generator in remote_generators(job.recipe.generators)}
    ids = [prompt.completion_id for prompt in prompts if prompt.slot.generator.title in paid]
    held = [one for one in ids if ledger.holds(one, answered=True)]
    seed_alone = bool(held) and len(held) == len(ids) and changed_seed_alone(job.workspace, job.dataset)
    if told := describe_reuse(job.workspace, job.dataset, held, len(ids) - len(held), seed_alone=seed_alone):
        log.info("%s", told)


@step("complete", _name_run)
def complete(
    job: Job,
    batch: Batch,
    ledger: Ledger,
    *,
    endpoints: Endpoints | None = None,
    spent: Usage = NO_USAGE,
    retry_failed: bool = False,
    live: LiveProgress | None = None,
) -> BatchResult:
    """Return a completion, or a recorded failure, for every prompt and its further turns; list requests come first.

    Each is in the ledger before it is returned, and nothing that the ledger holds is asked for again. ``spent`` is the
    budget used so far, ``endpoints`` the state of the models from earlier rounds; ``live`` shows the progress. Raises
    BudgetError, ProviderError or RunCancelled; calls in flight are waited for and kept.
    """
    result, endpoints, live = BatchResult(), endpoints or Endpoints(job), live or LiveProgress(job)

    def take_held(prompt: Prompt | None) -> Prompt | None:
        """Add what the ledger holds of a conversation to the result; return the turn still to be sent, if any."""
        while prompt is not None and (held := ledger.get(prompt.completion_id)):
            if held.failure == UNCLEAR or (held.failure and retry_failed):
                break
            endpoints.record_name(held)
            endpoints.readable.note_held(prompt, held)
            prompt = result.add(prompt, held)
        return prompt

    def send_all(prompts: list[Prompt]) -> None:
        waiting = list(filter(None, map(take_held, prompts)))
        with live.begin_round(result.prompts, waiting):
            if not waiting:
                return
            endpoints.check_names()
            ledger.prepare(prompt.completion_id for prompt in waiting)
            held = sum_budget_usage(result.prompts, result.completions, endpoints.budget_price)
            unanswered = live.progress.receipt.unanswered
            budget = BudgetTracker(job.recipe.budget, spent + held, unanswered)
            running: list[CompletionScheduler] = []

            def describe() -> str:
                return live.progress.format_left(sum(one.in_flight for one in running))

            with show_progress("completions", sum(prompt.calls for prompt in waiting), describe) as show:
                scheduler = CompletionScheduler(job, ledger, endpoints, budget, result, live.progress, show, take_held)
                running.append(scheduler)
                scheduler.add_all(waiting)
                live.progress.batches = lambda: scheduler.batches
                interrupt.tell_paid(lambda: "; ".join(filter(None, [of_process.format_usage(), scheduler.left])))
                try:
                    run_in_background_loop(scheduler.run(), lambda: live.update(scheduler.in_flight), scheduler.stop)
                except BaseException:
                    live.progress.left = scheduler.left
                    if scheduler.left and not interrupt.is_stopped():
                        log.warning("%s", scheduler.left)
                    raise
                finally:
                    scheduler.times.save(job.workspace)
                    live.progress.batches = str
                    if live.progress.receipt.unanswered != unanswered and not interrupt.is_stopped():
                        log.warning("%s", live.progress.receipt.format_unanswered())

    while requests := batch.pending_requests():
        before = len(result.prompts)
        send_all(requests)
        for prompt, completion in zip(result.prompts[before:], result.completions[before:], strict=True):
            batch.record_answer(prompt, completion)
    prompts = batch.build()
    if not live.progress.kept_by_round:
        _log_reuse(job, ledger, prompts)
    send_all(prompts)
    return result
