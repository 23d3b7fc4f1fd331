"""Patience: how long a model that brings nothing is asked on.

Failures in a row are counted in waves: calls that were in flight together fail together, and are one attempt to get
through. Between waves the whole model rests, longer each time, and one call tries whether it is back.
"""

FEWEST_WAVES = 3  # before a model that has not answered is given up, however few retries a call has
NEVER_ANSWERED = 30.0  # seconds, the most for a model that has not answered at all
MAX_PAUSE_SECONDS = 10.0  # seconds between two waves
MAX_EMPTY_ANSWERS = 20  # answers without a text, or refused prompts, in a row


class CircuitBreaker:
    """Counts what a model brought since it last answered. Times are seconds of whatever clock the caller reads."""

    def __init__(self, seconds: float):
        self.answers = 0
        self.calls = self.waves = self.fruitless = 0  # in a row: failed calls, waves of them, calls without a text
        self._seconds = seconds
        self._alive = False  # it has answered, or said that it is busy
        self._since = self._last = 0.0

    def learn_answer(self, has_text: bool) -> None:
        """Count an answer."""
        self.answers += 1
        self._come_back()
        self.fruitless = 0 if has_text else self.fruitless + 1

    def learn_refusal(self) -> None:
        """Count a prompt that the model will not answer: it is there, but that was no answer."""
        self._come_back()
        self.fruitless += 1

    def learn_failure(self, started: float, now: float, alive: bool) -> float:
        """Count a failed call and return the seconds that the model should rest; ``alive`` says that it is there.

        A lone failure of a model that answers is a matter of that call: it asks for no rest.
        """
        self.calls += 1
        self._alive = self._alive or alive
        if self.waves and started <= self._last:
            return 0.0
        self._since = self._since if self.waves else started
        self._last = now
        self.waves += 1
        return 0.0 if self.waves == 1 and self._alive else min(MAX_PAUSE_SECONDS, 0.25 * 2 ** (self.waves - 1))

    def is_over(self, now: float, retries: int) -> bool:
        """Return whether to give the model up.

        One that answered before, or says that it is busy, has its seconds; another has so many retries, and no more
        than NEVER_ANSWERED seconds.
        """
        waited = now - self._since
        if self._alive:
            return self.waves > 1 and waited >= self._seconds
        return self.waves >= max(FEWEST_WAVES, retries + 1) or (
            self.waves > 0 and waited >= min(NEVER_ANSWERED, self._seconds)
        )

    def _come_back(self) -> None:
        self._alive = True
        self.calls = self.waves = 0
