"""Complete: ask the models for what the ledger does not hold yet. The only step that costs."""

import asyncio
import time
from collections.abc import Callable
from math import inf

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.batch import Batch
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, BudgetTracker, Usage
from pedigree.generation.progress import Progress
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.models.call_errors import FatalError, PermanentError, StructuredOutputUnsupported, TransientError
from pedigree.models.gateway import close_clients
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.models.pacing.request_queue import PendingRequest, Queue
from pedigree.recipe.generator import Generator
from pedigree.system.background_loop import run_in_background_loop
from tasks.ui.progress import LiveProgress
from tasks.ui.progress_bar import show_progress

TOKENS_PER_ROW = 200  # reserved for a row where a generator sets no max_tokens


def _name_run() -> str:
    live = task_run.parameters["live"]
    return f"complete, round {live.progress.round + 1}" if live else "complete"


@task(name="complete", task_run_name=_name_run, cache_policy=NO_CACHE, persist_result=False)
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
    """Return a completion, or a recorded failure, for every prompt and its further turns; inquiries come first.

    Each is in the ledger before it is returned, and nothing that the ledger holds is asked for again. ``spent`` is what
    the budget has already seen, ``endpoints`` what earlier rounds learned of the models. Raises BudgetError or
    ProviderError; calls in flight are waited for and kept. ``live`` tells meanwhile how far it is; it raises RunCancelled.
    """
    done, endpoints, live = BatchResult(), endpoints or Endpoints(job), live or LiveProgress(job)

    def pass_held(prompt: Prompt | None) -> Prompt | None:
        """Take in what the ledger holds of a conversation, and return the turn that is left to ask for, if any."""
        while prompt is not None and (held := ledger.get(prompt.completion_id)) and not (held.failure and retry_failed):
            endpoints.learn_name(held)
            prompt = done.add(prompt, held)
        return prompt

    def ask_all(prompts: list[Prompt]) -> None:
        waiting = list(filter(None, map(pass_held, prompts)))
        with live.begin_round(done.prompts, waiting):
            if not waiting:
                return
            endpoints.check_names()
            ledger.prepare(prompt.completion_id for prompt in waiting)
            purse = BudgetTracker(job.recipe.budget, sum(map(Usage.of, done.completions), spent))
            with show_progress("completions", sum(prompt.calls for prompt in waiting)) as tell:
                asking = _Round(job, ledger, endpoints, purse, done, live.progress, tell, pass_held)
                run_in_background_loop(asking.run(waiting), lambda: live.update(asking.in_flight), asking.stop)

    while inquiries := batch.pending_requests():
        heard = len(done.prompts)
        ask_all(inquiries)
        for prompt, completion in zip(done.prompts[heard:], done.completions[heard:], strict=True):
            batch.record_answer(prompt, completion)
    ask_all(batch.build())
    return done


class _Round:
    """Asks each model as fast as its throttle lets it. A call is in flight or its prompt waits; nobody holds a place."""

    def __init__(
        self,
        job: Job,
        ledger: Ledger,
        endpoints: Endpoints,
        purse: BudgetTracker,
        done: BatchResult,
        progress: Progress,
        tell: Callable[..., None],
        pass_held: Callable[[Prompt | None], Prompt | None],
    ):
        self._job, self._ledger, self._endpoints, self._purse = job, ledger, endpoints, purse
        self._done, self._headway, self._tell, self._pass_held = done, progress, tell, pass_held
        self._kept = 0
        self._usd: float | None = 0.0  # None from the first cost that is not known
        self._queues: dict[int, Queue] = {}
        self._stopped: BaseException | None = None
        self._changed = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """Return how many calls are in flight."""
        return sum(len(queue.in_flight) for queue in list(self._queues.values()))

    def stop(self, error: BaseException) -> None:
        """Start no further call; those in flight may end."""
        self._stopped = self._stopped or error
        self._changed.set()

    async def run(self, prompts: list[Prompt]) -> None:
        """Return when every prompt has its completion; raise what stopped that, once the calls in flight have ended."""
        for prompt in prompts:
            endpoint = self._endpoints.of(prompt.slot.generator)
            self._queues.setdefault(id(endpoint), Queue(endpoint)).add(prompt)
        for generator in {prompt.slot.generator.title: prompt.slot.generator for prompt in prompts}.values():
            self._check(generator)
        try:
            async with asyncio.TaskGroup() as calls:
                while (wait := self._start_due(calls)) < inf or any(queue.in_flight for queue in self._queues.values()):
                    await self._sleep(wait)
        finally:
            for queue in self._queues.values():
                queue.endpoint.leave()
            await close_clients()
        if self._stopped is not None:
            raise self._stopped

    def _check(self, generator: Generator) -> None:
        """Raise, before anything is spent, where a call can't go well or its cost can't be held to the budget."""
        gateway = self._endpoints.gateway
        try:
            gateway.check_key(generator)
        except FatalError as failure:
            raise ProviderError(failure.detail, hint=failure.hint) from failure
        if self._job.recipe.budget.usd is not None and not gateway.knows_prices(generator):
            raise RecipeError(
                f"generator {generator.title!r}: the price of {generator.model} is not known, so the budget in USD can't be kept",
                hint="add 'prices: {input: ..., output: ...}' (USD per million tokens) to the generator, or set budget.usd to null",
            )

    async def _sleep(self, seconds: float) -> None:
        """Wait until a call has ended, or for so long."""
        timer = None if seconds == inf else asyncio.get_running_loop().call_later(seconds, self._changed.set)
        await self._changed.wait()
        self._changed.clear()
        if timer is not None:
            timer.cancel()

    def _start_due(self, calls: asyncio.TaskGroup) -> float:
        """Start what may start, and return the seconds until more may; infinity where only a call in flight can tell."""
        soonest = inf
        for queue in self._queues.values():
            while self._stopped is None and (wait := queue.wait(time.monotonic())) <= 0:
                asking = queue.take(time.monotonic())
                try:
                    if asking.judge(queue.endpoint.answers):
                        self._keep_failure(asking)
                    elif not self._start(queue, asking, calls):
                        break
                except Exception as error:
                    self.stop(error)
            else:
                soonest = min(soonest, wait if self._stopped is None else inf)
        return soonest

    def _start(self, queue: Queue, asking: PendingRequest, calls: asyncio.TaskGroup) -> bool:
        """Start a call, or put it back where its model must wait; False where it waits for room in the budget."""
        most = self._estimate_most(asking.prompt)
        if not self._purse.reserve(most):
            queue.put_first(asking)
            return False
        if not queue.endpoint.start(most.tokens):
            self._purse.settle(most, NO_USAGE)
            queue.put_first(asking)
            return True
        self._ledger.note_sent(asking.prompt.completion_id)
        queue.in_flight.add(asking)
        calls.create_task(self._call(queue, asking, most))
        return True

    async def _call(self, queue: Queue, asking: PendingRequest, most: Usage) -> None:
        started, failure, completion, used = time.monotonic(), None, None, NO_USAGE
        try:
            answer = await self._endpoints.gateway.ask(asking.prompt)
            completion = asking.prompt.complete(answer)
            used = Usage.of(completion)
        except PermanentError as error:
            completion = asking.prompt.fail(error.code, error.detail)
            used = Usage(calls=1)
        except Exception as error:
            failure = error
        self._purse.settle(most, used)
        queue.in_flight.discard(asking)
        queue.endpoint.end(most.tokens - used.tokens)
        try:
            if completion is not None:
                self._take_in(queue, completion, asking, used)
            else:
                self._try_again(queue, asking, failure, started)
        except Exception as error:  # raised when the calls in flight have ended
            self.stop(error)
        self._changed.set()

    def _take_in(self, queue: Queue, completion: Completion, asking: PendingRequest, used: Usage) -> None:
        """Keep what was received before anything looks at it, and put the conversation's next turn first."""
        following = self._pass_held(self._keep(asking.prompt, completion, used))
        if completion.failure is not None:
            queue.endpoint.learn_refusal()
        else:
            queue.endpoint.learn_answer(bool(completion.text.strip()))
        if following is not None:
            queue.put_first(PendingRequest(following))
        self._endpoints.check_names()
        queue.endpoint.check_empty_answers(completion.failure_detail or f"finish_reason {completion.finish_reason}")

    def _try_again(self, queue: Queue, asking: PendingRequest, failure: Exception, started: float) -> None:
        """Put a failed asking back; raise where asking on is hopeless."""
        self._ledger.note_unanswered(asking.prompt.completion_id)
        if isinstance(failure, StructuredOutputUnsupported):
            queue.put_first(asking)
            return
        if isinstance(failure, FatalError):
            raise ProviderError(f"{queue.endpoint.model}: {failure.detail}", hint=failure.hint) from failure
        if not isinstance(failure, TransientError):
            raise failure
        asking.learn_failure(failure, queue.endpoint.answers)
        queue.put_later(asking, time.monotonic())
        queue.endpoint.learn_failure(failure, started)
        if queue.endpoint.is_out(asking.prompt.slot.generator.retries):
            suspects = queue.take_suspects()
            for suspect in suspects:
                self._keep_failure(suspect)
            if not suspects:
                raise queue.endpoint.describe_outage(failure) from failure

    def _keep_failure(self, asking: PendingRequest) -> None:
        """Record that a prompt goes unanswered although its model answers others."""
        self._keep(asking.prompt, asking.prompt.fail(asking.failure.code, asking.failure.detail), NO_USAGE)

    def _keep(self, prompt: Prompt, completion: Completion, used: Usage) -> Prompt | None:
        self._ledger.append(completion)
        self._endpoints.learn_name(completion)
        self._done.paid += used
        self._headway.note_answer(prompt, completion, used)
        following = self._done.add(prompt, completion)
        self._kept += 1
        if completion.failure is None and self._usd is not None:
            self._usd = None if completion.cost_usd is None else self._usd + completion.cost_usd
        self._tell(self._kept, self._usd)
        return following

    def _estimate_most(self, prompt: Prompt) -> Usage:
        """Return the most that a call may take; USD only where the budget limits them."""
        generator = prompt.slot.generator
        tokens_in = sum(len(message["content"]) for message in prompt.messages) // 3 + 50
        tokens_out = prompt.parameters.get("max_tokens") or prompt.parameters.get("max_completion_tokens")
        tokens_out = tokens_out or TOKENS_PER_ROW * generator.rows_per_call
        limited = self._job.recipe.budget.usd is not None
        usd = self._endpoints.gateway.price(generator, tokens_in, tokens_out) if limited else None
        return Usage(1, tokens_in + tokens_out, usd or 0.0)
