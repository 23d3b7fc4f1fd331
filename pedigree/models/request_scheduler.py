"""Sends requests to models: the one loop that starts calls, retries failed ones and stops when a model is down."""

import asyncio
import time
from abc import ABC, abstractmethod
from math import inf
from typing import Generic, TypeVar

from pedigree.errors import ProviderError
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.models.call_errors import FatalError, PermanentError, StructuredOutputUnsupported, TransientError
from pedigree.models.litellm_library import close_clients
from pedigree.models.pacing.endpoint import Endpoint
from pedigree.models.pacing.request_queue import PendingRequest, RequestQueue

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

    def goes_on(self, request: Request) -> bool:
        """Return whether a request whose wait is broken off is answered nevertheless, and collected later."""
        return False

    def note_failure(self, failure: TransientError) -> None:
        """Note that a call failed and will be tried again."""

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
            while isinstance(due := self._take_due(queue), tuple):
                calls.create_task(self._send_in_turn(queue, *due))
            soonest = min(soonest, due)
        return soonest

    def _take_due(self, queue: RequestQueue[Request]) -> tuple[PendingRequest[Request], Usage] | float:
        """Return a request that is to be sent now and what is reserved for it, counted as in flight.

        Where none may be sent, return the seconds until one may; infinity if a request in flight must end first.
        """
        while self._stopped is None:
            if (wait := queue.wait(time.monotonic())) > 0:
                return wait
            pending = queue.take(time.monotonic())
            try:
                if pending.failure and pending.exhausted_retries(queue.endpoint.answers):
                    self.give_up(pending, pending.failure)
                    continue
                reserved = self.reserve(pending.request)
                if reserved is None:  # it waits for room in the budget
                    queue.requeue_first(pending)
                    return inf
                if queue.endpoint.start(reserved.tokens):
                    queue.in_flight.add(pending)
                    return pending, reserved
                self.settle(reserved, NO_USAGE)
                queue.requeue_first(pending)
            except Exception as error:
                self.stop(error)
        return inf

    async def _send_in_turn(
        self, queue: RequestQueue[Request], pending: PendingRequest[Request], reserved: Usage
    ) -> None:
        """Send a request, and after it another one of the queue, as long as one may be sent at once.

        Answers that come together are so followed by requests one by one, not by a burst of requests after the last.
        Requests of a batch have a task each: it is waited for until the line is stored.
        """
        due: tuple[PendingRequest[Request], Usage] | float = (pending, reserved)
        while isinstance(due, tuple):
            await self._call(queue, *due)
            due = inf if queue.endpoint.batched else self._take_due(queue)

    async def _call(self, queue: RequestQueue[Request], pending: PendingRequest[Request], reserved: Usage) -> None:
        started, outcome = time.monotonic(), None
        try:
            outcome = await self.send(pending.request)
        except asyncio.CancelledError:  # dropped by an interrupt; the provider may charge for it
            if not self.goes_on(pending.request):
                self.note_unanswered(reserved)
            raise
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
        self.note_failure(failure)
        queue.requeue_with_backoff(pending, failure, time.monotonic())
        queue.endpoint.record_failure(failure, started)
        if queue.endpoint.is_down(pending.retries):
            exhausted = queue.take_exhausted()
            for other in exhausted:
                self.give_up(other, other.failure or failure)
            if not exhausted:
                raise queue.endpoint.describe_outage(failure) from failure
