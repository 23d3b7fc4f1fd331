"""Circuit breaker: when to stop calling a model that keeps failing.

Failures in a row are counted in waves: calls in flight together fail together and count as one attempt. Between waves
the whole model pauses, longer each time, and then one call tests whether it is available again.
"""

FEWEST_WAVES = 3  # at least, before a model that has not answered is given up, however few the retries
NEVER_ANSWERED = 30.0  # seconds, the most for a model that has not answered at all
MAX_PAUSE_SECONDS = 10.0  # seconds between two waves
MAX_EMPTY_ANSWERS = 20  # answers without a text, or refused prompts, in a row


class CircuitBreaker:
    """Counts failures since a model's last answer. Times are seconds of the caller's clock."""

    def __init__(self, seconds: float):
        self.answers = 0
        self.calls = self.waves = self.empty_answers = 0  # in a row: failed calls, waves of them, calls without text
        self._seconds = seconds
        self._alive = False  # it has answered, or reported load
        self._since = self._last = 0.0

    def record_answer(self, has_text: bool) -> None:
        """Count an answer."""
        self.answers += 1
        self._close()
        self.empty_answers = 0 if has_text else self.empty_answers + 1

    def record_refusal(self) -> None:
        """Count a refused prompt: the model is available, but sent no answer."""
        self._close()
        self.empty_answers += 1

    def record_failure(self, started: float, now: float, alive: bool) -> float:
        """Count a failed call; return the seconds to pause the model. ``alive``: the provider itself reported load.

        A single failure of a model that answers concerns only that call: no pause.
        """
        self.calls += 1
        self._alive = self._alive or alive
        if self.waves and started <= self._last:
            return 0.0
        self._since = self._since if self.waves else started
        self._last = now
        self.waves += 1
        return 0.0 if self.waves == 1 and self._alive else min(MAX_PAUSE_SECONDS, 0.25 * 2 ** (self.waves - 1))

    def is_open(self, now: float, retries: int) -> bool:
        """Return whether to give the model up.

        A model that has answered, or reported load, has the breaker's seconds; another one has the retries, and at most
        NEVER_ANSWERED seconds.
        """
        waited = now - self._since
        if self._alive:
            return self.waves > 1 and waited >= self._seconds
        return self.waves >= max(FEWEST_WAVES, retries + 1) or (
            self.waves > 0 and waited >= min(NEVER_ANSWERED, self._seconds)
        )

    def _close(self) -> None:
        self._alive = True
        self.calls = self.waves = 0
