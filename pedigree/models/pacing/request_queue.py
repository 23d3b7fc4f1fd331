"""The queue of requests to one model, with retries and exponential backoff.

A failed call counts against its request only after the model has answered another call since; before that it counts
against the model (see circuit_breaker.py). A failure by which the provider reports load never counts. So an outage or
a rate limit does not use up the retries of a request, and the result does not depend on when an outage began.
"""

import random
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Generic, TypeVar

from pedigree.models.call_errors import TransientError
from pedigree.models.pacing.endpoint import Endpoint

MAX_WAIT_SECONDS = 60.0  # seconds between two tries of one request

Request = TypeVar("Request")


@dataclass(eq=False)
class PendingRequest(Generic[Request]):
    """A request and its failed tries. ``failure`` is the last one; ``failures`` counts those against the request."""

    request: Request
    retries: int
    failure: TransientError | None = None
    failures: int = 0
    answers_then: int | None = None  # of the model, when the last try failed; None if that try is not to be counted

    def exhausted_retries(self, answers: int) -> bool:
        """Return whether no retry is left, given the number of answers that the model has sent by now."""
        return self.count_failures(answers) > self.retries

    def count_failures(self, answers: int) -> int:
        """Return how many failures count against the request by now."""
        if self.answers_then is not None and answers > self.answers_then:
            self.failures, self.answers_then = self.failures + 1, None
        return self.failures


class RequestQueue(Generic[Request]):
    """The requests still to be sent to one model: first those whose backoff is over, then in the order of arrival.

    While the model fails, new requests come first: an answer to one tells a request's own failure from an outage.
    """

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.in_flight: set[PendingRequest[Request]] = set()
        self._ready: deque[PendingRequest[Request]] = deque()
        self._later: list[tuple[float, int, PendingRequest[Request]]] = []
        self._number = count()

    def add(self, request: Request, retries: int) -> None:
        """Add a request at the end."""
        self._ready.append(PendingRequest(request, retries))

    def requeue_first(self, pending: PendingRequest[Request]) -> None:
        """Put a request before all others."""
        self._ready.appendleft(pending)

    def requeue_with_backoff(self, pending: PendingRequest[Request], failure: TransientError, now: float) -> None:
        """Put a request aside after a failed try; its wait doubles with each failure that counts against it."""
        beside_answers = self.endpoint.batched and pending.count_failures(self.endpoint.answers) > 0
        counts_later = None if failure.alive else self.endpoint.answers
        pending.failure, pending.answers_then = failure, counts_later
        if beside_answers:  # it failed before in a batch that brought answers: no outage is at fault
            pending.failures, pending.answers_then = pending.failures + 1, None
        # If the provider reports load, the whole model waits: see RateLimiter. What goes into a batch waits there.
        at_once = failure.alive or self.endpoint.batched
        wait = 0.0 if at_once else random.uniform(0, min(MAX_WAIT_SECONDS, 0.5 * 2**pending.failures))
        heappush(self._later, (now + wait, next(self._number), pending))

    def wait(self, now: float) -> float:
        """Return the seconds until a request may be sent; infinity if a call in flight must end first."""
        if self._ready:
            due = 0.0
        elif self._later:
            due = max(0.0, self._later[0][0] - now)
        else:
            return inf
        return max(due, self.endpoint.wait(now))

    def take(self, now: float) -> PendingRequest[Request]:
        """Remove and return the next request."""
        due = self._later and self._later[0][0] <= now
        if due and not (self._ready and self.endpoint.fails):
            return heappop(self._later)[2]
        return self._ready.popleft()

    def take_exhausted(self) -> list[PendingRequest[Request]]:
        """Remove and return all requests if each one left has failed while the model answered others; else nothing."""
        left = [*self._ready, *(pending for _, _, pending in self._later)]
        if self.in_flight or not all(pending.failures for pending in left):
            return []
        self._ready.clear()
        self._later.clear()
        return left
