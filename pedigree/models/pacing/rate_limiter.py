"""The throttle: how many calls of one model may be in flight, and how soon the next may start.

Concurrency grows by one an answer until the model refuses for the first time, then by one a windowful of answers; each
wave of refusals takes a quarter off (additive increase, multiplicative decrease: Chiu and Jain 1989; the fast start is
that of TCP: Jacobson 1988). A pause, such as a Retry-After, holds for the whole model, and it ends with a few calls and
the same fast start. Nothing here waits or reads a clock: times are seconds of whatever clock the caller reads.
"""

from math import inf

START = 4  # calls in flight before anything is known of a model, and after a pause
SLOWEST = 32  # answers at least, not a small windowful, for one call more
KEPT = 0.75  # of the calls that were in flight when the model refused


class RateLimiter:
    """Says when the next call of a model may start; it must be told of each start and each end."""

    def __init__(self, most: int, requests_per_minute: float | None = None, tokens_per_minute: float | None = None):
        self.in_flight = 0
        self._most = most
        self._window = float(min(START, most))
        self._knee = float(most)  # growth is slow from here on
        self._full = False  # the last call that started was the last that was allowed
        self._refused_at = self._open_at = self._next_request = self._next_token = -inf
        self._request_takes = 60 / requests_per_minute if requests_per_minute else 0.0
        self._token_takes = 60 / tokens_per_minute if tokens_per_minute else 0.0

    @property
    def window(self) -> int:
        """Return how many calls may be in flight."""
        return int(self._window)

    def wait(self, now: float) -> float:
        """Return the seconds until a call may start: 0 for now, infinity for not before another ends."""
        if self.in_flight >= self.window:
            return inf
        return max(0.0, max(self._open_at, self._next_request, self._next_token) - now)

    def start(self, now: float, tokens: int) -> None:
        """Count a call that starts; requests and tokens of a minute are spread evenly over it."""
        self.in_flight += 1
        self._full = self.in_flight >= self.window
        self._next_request = max(now, self._next_request) + self._request_takes
        self._next_token = max(now, self._next_token) + tokens * self._token_takes

    def end(self, unused_tokens: int = 0) -> None:
        """Count a call that ended, and the tokens that it was counted for and did not take."""
        self.in_flight -= 1
        self._next_token -= unused_tokens * self._token_takes

    def grow(self) -> None:
        """Allow more calls after an answer, where as many as allowed are in flight."""
        if self._full:
            step = 1 if self._window < self._knee else 1 / max(SLOWEST, self._window)
            self._window = min(self._most, self._window + step)

    def shrink(self, started: float, now: float) -> None:
        """Allow fewer calls after a refusal; calls that started before an earlier one tell nothing new."""
        if started > self._refused_at:
            self._knee = self._window = max(1.0, KEPT * min(self._window, self.in_flight + 1))
            self._refused_at = now

    def pause(self, now: float, seconds: float, then: int = START) -> None:
        """Start nothing for so long, then with a few calls in flight."""
        if seconds > 0:
            self._open_at = max(self._open_at, now + seconds)
            self._window = min(self._window, then)
            self._full = False  # answers to calls that started before it say nothing of what comes after


class NoRateLimit(RateLimiter):
    """Lets any number of requests wait at once: those of batches, whose pace is the provider's."""

    def __init__(self):
        super().__init__(1)

    def wait(self, now: float) -> float:
        """Return 0: the next request may join the others now."""
        return 0.0
