"""Sends requests to models: the one loop that starts calls, retries failed ones and stops when a model is down."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import Generic, TypeVar

from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, BudgetTracker, Usage, count_budget_usage, estimate_most
from pedigree.generation.progress import Progress
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.models.call_errors import FatalError, PermanentError, StructuredOutputUnsupported, TransientError
from pedigree.models.gateway import close_clients
from pedigree.models.pacing.endpoint import Endpoint, Endpoints
from pedigree.models.pacing.request_queue import PendingRequest, RequestQueue
from pedigree.models.provider_errors import FILTER
from pedigree.models.refusals import Refusal
from pedigree.recipe.generator import Generator

Request = TypeVar("Request")
Response = TypeVar("Response")


class RequestScheduler(ABC, Generic[Request, Response]):
    """Sends the requests of each endpoint's queue as fast as the endpoint allows. A request is queued or in flight."""

    def __init__(self):
        self._queues: dict[int, RequestQueue[Request]] = {}
        self._stopped: BaseException | None = None
        self._changed = asyncio.Event()

    @abstractmethod
    async def send(self, request: Request) -> tuple[Response, Usage]:
        """Send a request once; return the response and what it used. Raises CallFailure or ProviderError."""

    @abstractmethod
    def record(self, queue: RequestQueue[Request], request: Request, response: Response, used: Usage) -> None:
        """Store a response; queue a request that follows from it."""

    @abstractmethod
    def give_up(self, pending: PendingRequest[Request], failure: TransientError) -> None:
        """Record, or raise, that a request failed too often although its model answers others."""

    @abstractmethod
    def refuse(self, queue: RequestQueue[Request], request: Request, failure: PermanentError) -> None:
        """Hold back, or raise, that a request was refused for good."""

    @abstractmethod
    def reserve(self, request: Request) -> Usage | None:
        """Reserve the most that a request may use; None while requests in flight must end first."""

    def settle(self, reserved: Usage, used: Usage) -> None:
        """Replace a reservation with what was used."""

    def note_unanswered(self, reserved: Usage) -> None:
        """Note a call that was sent and brought no answer: it may be charged, at most with what was reserved."""

    @property
    def in_flight(self) -> int:
        """Return the number of requests in flight."""
        return sum(len(queue.in_flight) for queue in list(self._queues.values()))

    def add(self, endpoint: Endpoint, request: Request, retries: int) -> None:
        """Add a request to the end of an endpoint's queue."""
        self._queues.setdefault(id(endpoint), RequestQueue(endpoint)).add(request, retries)

    def stop(self, error: BaseException) -> None:
        """Start no further request; those in flight may end. The first error is raised by ``run``."""
        self._stopped = self._stopped or error
        self._changed.set()

    async def run(self) -> None:
        """Send all requests. An error that stops this is raised after the requests in flight have ended."""
        try:
            async with asyncio.TaskGroup() as calls:
                while (wait := self._start_due(calls)) < inf or self.in_flight:
                    await self._sleep(wait)
        finally:
            for queue in self._queues.values():
                queue.endpoint.leave()
            await close_clients()
        if self._stopped is not None:
            raise self._stopped

    async def _sleep(self, seconds: float) -> None:
        """Wait until a request has ended, at most the given time."""
        timer = None if seconds == inf else asyncio.get_running_loop().call_later(seconds, self._changed.set)
        await self._changed.wait()
        self._changed.clear()
        if timer is not None:
            timer.cancel()

    def _start_due(self, calls: asyncio.TaskGroup) -> float:
        """Start what may start; return the seconds until more may, infinity if a request in flight must end first."""
        soonest = inf
        for queue in self._queues.values():
            while self._stopped is None and (wait := queue.wait(time.monotonic())) <= 0:
                pending = queue.take(time.monotonic())
                try:
                    if pending.failure and pending.exhausted_retries(queue.endpoint.answers):
                        self.give_up(pending, pending.failure)
                    elif not self._start(queue, pending, calls):
                        break
                except Exception as error:
                    self.stop(error)
            else:
                soonest = min(soonest, wait if self._stopped is None else inf)
        return soonest

    def _start(self, queue: RequestQueue[Request], pending: PendingRequest[Request], calls: asyncio.TaskGroup) -> bool:
        """Start a request, or requeue it if its model must wait; False if it waits for room in the budget."""
        reserved = self.reserve(pending.request)
        if reserved is None:
            queue.requeue_first(pending)
            return False
        if not queue.endpoint.start(reserved.tokens):
            self.settle(reserved, NO_USAGE)
            queue.requeue_first(pending)
            return True
        queue.in_flight.add(pending)
        calls.create_task(self._call(queue, pending, reserved))
        return True

    async def _call(self, queue: RequestQueue[Request], pending: PendingRequest[Request], reserved: Usage) -> None:
        started, outcome = time.monotonic(), None
        try:
            outcome = await self.send(pending.request)
        except Exception as error:
            outcome = error
        used = self._count(outcome, reserved)
        self.settle(reserved, used)
        queue.in_flight.discard(pending)
        queue.endpoint.end(reserved.tokens - used.tokens)
        try:
            if isinstance(outcome, Exception):
                self._retry(queue, pending, outcome, started)
            else:
                self.record(queue, pending.request, *outcome)
        except Exception as error:  # raised by run() when the requests in flight have ended
            self.stop(error)
        self._changed.set()

    def _count(self, outcome: tuple[Response, Usage] | Exception, reserved: Usage) -> Usage:
        """Return what a call used: all that was reserved where it may be charged although no answer came."""
        if not isinstance(outcome, Exception):
            return outcome[1]
        if not (isinstance(outcome, TransientError) and outcome.may_be_charged):
            return NO_USAGE
        self.note_unanswered(reserved)
        return reserved

    def _retry(
        self, queue: RequestQueue[Request], pending: PendingRequest[Request], failure: Exception, started: float
    ) -> None:
        """Requeue a failed request; raise if further requests to the model cannot succeed."""
        if isinstance(failure, StructuredOutputUnsupported):
            queue.requeue_first(pending)
            return
        if isinstance(failure, FatalError):
            raise ProviderError(f"{queue.endpoint.model}: {failure.detail}", hint=failure.hint) from failure
        if isinstance(failure, PermanentError):
            self.refuse(queue, pending.request, failure)
            return
        if not isinstance(failure, TransientError):
            raise failure
        queue.requeue_with_backoff(pending, failure, time.monotonic())
        queue.endpoint.record_failure(failure, started)
        if queue.endpoint.is_down(pending.retries):
            exhausted = queue.take_exhausted()
            for other in exhausted:
                self.give_up(other, other.failure or failure)
            if not exhausted:
                raise queue.endpoint.describe_outage(failure) from failure


class CompletionScheduler(RequestScheduler[Prompt, Completion]):
    """Asks models for the completions of prompts, within the budget; each is in the ledger before it is used."""

    def __init__(
        self,
        job: Job,
        ledger: Ledger,
        endpoints: Endpoints,
        budget: BudgetTracker,
        result: BatchResult,
        progress: Progress,
        on_completion: Callable[[int, float | None], None],
        take_held: Callable[[Prompt | None], Prompt | None],
    ):
        """``on_completion`` gets the completions so far and their USD (None if unknown).

        ``take_held`` adds what the ledger holds of a conversation to the result and returns the turn still to be sent.
        """
        super().__init__()
        self._job, self._ledger, self._endpoints, self._budget = job, ledger, endpoints, budget
        self._result, self._progress, self._on_completion, self._take_held = result, progress, on_completion, take_held
        self._refusals = endpoints.refusals
        self._refusals.note_held(result.prompts, result.completions)
        self._completions = 0
        self._usd: float | None = 0.0  # None from the first unknown cost

    def add_all(self, prompts: list[Prompt]) -> None:
        """Queue prompts; raise, before anything is spent, if a model's key is missing or its price is unknown."""
        for prompt in prompts:
            self.add(self._endpoints.of(prompt.slot.generator), prompt, prompt.slot.generator.retries)
        for generator in {prompt.slot.generator.title: prompt.slot.generator for prompt in prompts}.values():
            self._check(generator)

    async def run(self) -> None:
        await super().run()
        for refusal in self._refusals.settle():
            self._record_refusal(refusal)

    async def send(self, request: Prompt) -> tuple[Completion, Usage]:
        self._ledger.note_sent(request.completion_id)
        self._refusals.start(request)
        try:
            completion = request.complete(await self._endpoints.gateway.ask(request))
            return completion, count_budget_usage(request, completion, self._endpoints.budget_price)
        except Exception as error:
            if isinstance(error, PermanentError) and error.code == FILTER:
                return request.fail(error.code, error.detail), Usage(calls=1)
            self._ledger.note_unanswered(request.completion_id)
            raise
        finally:
            self._refusals.end(request)

    def record(self, queue: RequestQueue[Prompt], request: Prompt, response: Completion, used: Usage) -> None:
        next_turn = self._take_held(self._store(request, response, used))
        if response.failure is not None:
            queue.endpoint.record_refusal()
        else:
            queue.endpoint.record_answer(bool((response.text or "").strip()))
            for refusal in self._refusals.answer(request):
                self._record_refusal(refusal)
        if next_turn is not None:
            queue.requeue_first(PendingRequest(next_turn, next_turn.slot.generator.retries))
        self._endpoints.check_names()
        last = response.failure_detail or f"finish_reason {response.finish_reason}"
        queue.endpoint.check_empty_answers(last, response.failure is not None)
        self._endpoints.readable.check(request, response)

    def give_up(self, pending: PendingRequest[Prompt], failure: TransientError) -> None:
        self._store(pending.request, pending.request.fail(failure.code, failure.detail), NO_USAGE)

    def refuse(self, queue: RequestQueue[Prompt], request: Prompt, failure: PermanentError) -> None:
        self.settle(NO_USAGE, Usage(calls=1))
        queue.endpoint.record_refusal()
        self._refusals.refuse(request, failure)

    def reserve(self, request: Prompt) -> Usage | None:
        most = estimate_most(request, self._endpoints.budget_price)
        return most if self._budget.reserve(most) else None

    def settle(self, reserved: Usage, used: Usage) -> None:
        self._budget.settle(reserved, used)

    def note_unanswered(self, reserved: Usage) -> None:
        self._progress.unanswered += reserved
        self._budget.note_unanswered(reserved)

    def _check(self, generator: Generator) -> None:
        gateway = self._endpoints.gateway
        try:
            gateway.check_key(generator)
        except FatalError as failure:
            raise ProviderError(failure.detail, hint=failure.hint) from failure
        if self._job.recipe.budget.usd is not None and not gateway.knows_prices(generator):
            raise RecipeError(
                f"generator {generator.title!r}: the price of {generator.model} is not known, "
                "so the budget in USD can't be kept",
                hint="add 'prices: {input: ..., output: ...}' (USD per million tokens) to the generator, "
                "or set budget.usd to null",
            )

    def _record_refusal(self, refusal: Refusal) -> None:
        """Record that a prompt is refused for its content; its call is settled already."""
        failure = refusal.failure
        self._store(refusal.prompt, refusal.prompt.fail(failure.code, failure.detail), Usage(calls=1))

    def _store(self, prompt: Prompt, completion: Completion, used: Usage) -> Prompt | None:
        """Append a completion to the ledger and the result; return the next turn of the conversation, if any."""
        self._ledger.append(completion)
        self._endpoints.record_name(completion)
        self._result.paid += used
        self._progress.note_answer(prompt, completion, used)
        next_turn = self._result.add(prompt, completion)
        self._completions += 1
        if completion.failure is None and self._usd is not None:
            self._usd = None if completion.cost_usd is None else self._usd + completion.cost_usd
        self._on_completion(self._completions, self._usd)
        return next_turn
