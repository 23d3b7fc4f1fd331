"""Askings: prompts on their way to an answer, and the queue of those that one model is still to be asked.

A failed call counts against its prompt once the model has answered another call after it, and against the model until
then; one that the provider put off for its load, never. So neither an outage nor a crowd uses up a prompt's tries, and
what becomes of a prompt does not hang on when they began.
"""

import random
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import inf

from pedigree.generation.prompts import Prompt
from pedigree.models.call_errors import TransientError
from pedigree.models.pacing.endpoint import Endpoint

MAX_WAIT_SECONDS = 60.0  # seconds between two tries of one prompt


@dataclass(eq=False)
class PendingRequest:
    """A prompt and its failed tries. ``failure`` is the last; ``failures`` counts those that count against the prompt."""

    prompt: Prompt
    failure: TransientError | None = None
    failures: int = 0
    answers_then: int | None = None  # of the model, when the last try failed; None where that is not to be counted

    def learn_failure(self, failure: TransientError, answers: int) -> None:
        """Take note of a failed try, and of how many answers the model had given by then."""
        self.failure, self.answers_then = failure, None if failure.alive else answers

    def judge(self, answers: int) -> bool:
        """Return whether the prompt has used up its tries, now that the model has given so many answers."""
        if self.answers_then is not None and answers > self.answers_then:
            self.failures, self.answers_then = self.failures + 1, None
        return self.failures > self.prompt.slot.generator.retries


class Queue:
    """What one model is still to be asked: first what waited long enough after a failure, then in the order given.

    While the model fails, others come first: an answer to one of them tells a prompt's failure from an outage.
    """

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.in_flight: set[PendingRequest] = set()
        self._ready: deque[PendingRequest] = deque()
        self._later: list[tuple[float, int, PendingRequest]] = []
        self._number = count()

    def add(self, prompt: Prompt) -> None:
        """Put a prompt at the end."""
        self._ready.append(PendingRequest(prompt))

    def put_first(self, asking: PendingRequest) -> None:
        """Put an asking before all others."""
        self._ready.appendleft(asking)

    def put_later(self, asking: PendingRequest, now: float) -> None:
        """Put an asking aside after a failed try; its wait doubles with each failure that counts against it."""
        # What the provider put off waits with the whole model: see Throttle.
        wait = 0.0 if asking.failure.alive else random.uniform(0, min(MAX_WAIT_SECONDS, 0.5 * 2**asking.failures))
        heappush(self._later, (now + wait, next(self._number), asking))

    def wait(self, now: float) -> float:
        """Return the seconds until something may be asked; infinity where that is for a call in flight to change."""
        if self._ready:
            due = 0.0
        elif self._later:
            due = max(0.0, self._later[0][0] - now)
        else:
            return inf
        return max(due, self.endpoint.wait(now))

    def take(self, now: float) -> PendingRequest:
        """Remove and return what is to be asked next."""
        due = self._later and self._later[0][0] <= now
        if due and not (self._ready and self.endpoint.fails):
            return heappop(self._later)[2]
        return self._ready.popleft()

    def take_suspects(self) -> list[PendingRequest]:
        """Remove and return all that is left, where each of it failed while the model answered others; else nothing."""
        left = [*self._ready, *(asking for _, _, asking in self._later)]
        if self.in_flight or not all(asking.failures for asking in left):
            return []
        self._ready.clear()
        self._later.clear()
        return left
