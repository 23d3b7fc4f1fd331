"""Endpoints: what a run learns about the models that it asks, kept from round to round."""

import time

from pedigree.errors import ProviderError
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.models.call_errors import TransientError
from pedigree.models.gateway import FREE_PROVIDERS, Gateway
from pedigree.models.pacing.circuit_breaker import MAX_EMPTY_ANSWERS, CircuitBreaker
from pedigree.models.pacing.rate_limiter import START, RateLimiter
from pedigree.models.pacing.shared_rate_limit import SharedRateLimit, StartDecision, find_path
from pedigree.recipe.generator import Generator

WAITS = "run again when it does: everything received is kept and not asked for again"


class Endpoint:
    """One model at one address, shared by all generators that name it: its pace, and how it has answered so far."""

    def __init__(self, generators: list[Generator]):
        limits = [one.limits for one in generators]
        self.model = generators[0].model
        pace = (
            max(one.concurrency for one in generators),
            min((one.requests_per_minute for one in limits if one.requests_per_minute), default=None),
            min((one.tokens_per_minute for one in limits if one.tokens_per_minute), default=None),
        )
        self.throttle = RateLimiter(*pace)
        serves_itself = self.model.split("/")[0] in FREE_PROVIDERS
        self._shared = None if serves_itself else SharedRateLimit(find_path(*address(generators[0])), *pace)
        self._not_before = 0.0  # when to look again whether other processes leave room
        self._seconds = max(one.patience for one in generators)
        self._patience = CircuitBreaker(self._seconds)

    @property
    def answers(self) -> int:
        """Return how many answers came in this run."""
        return self._patience.answers

    @property
    def fails(self) -> bool:
        """Return whether calls failed since the last answer."""
        return self._patience.waves > 0

    def wait(self, now: float) -> float:
        """Return the seconds until a call may be tried to start: 0 for now, infinity for not before another ends."""
        return max(self.throttle.wait(now), self._not_before - now)

    def start(self, tokens: int) -> bool:
        """Count a call that starts, unless other processes leave no room for it now: then wait as ``wait`` says."""
        word = self._shared.start(tokens) if self._shared else StartDecision(time.monotonic(), 0.0)
        if word.paused:
            self.throttle.pause(word.now, min(word.paused, self._seconds), max(1, START // word.seats))
        if word.wait:
            self._not_before = word.now + word.wait
            return False
        self.throttle.start(word.now, tokens)
        return True

    def end(self, unused_tokens: int) -> None:
        """Count a call that ended, and the tokens that it was counted for and did not take."""
        self.throttle.end(unused_tokens)
        self._not_before = 0.0
        if self._shared:
            self._shared.end(unused_tokens)

    def leave(self) -> None:
        """Leave the model to other processes, as nothing more is asked for now."""
        if self._shared:
            self._shared.leave()

    def learn_answer(self, has_text: bool) -> None:
        """Take note of an answer."""
        self._patience.learn_answer(has_text)
        self.throttle.grow()

    def learn_refusal(self) -> None:
        """Take note of a prompt that the model will not answer."""
        self._patience.learn_refusal()

    def learn_failure(self, failure: TransientError, started: float) -> None:
        """Take note of a failed call; raise ProviderError where the provider asks for more time than the run has."""
        now = time.monotonic()
        rest = self._patience.learn_failure(started, now, failure.alive)
        if failure.overload:
            self.throttle.shrink(started, now)
        if rest:
            self.throttle.pause(now, rest, then=1)
        named = failure.retry_after or 0.0
        if named > self._seconds:
            raise ProviderError(
                f"{self.model} asks to be left alone for {named:,.0f} s: {failure.detail}",
                expected=f"at most {self._seconds:g} s, the generator's patience",
                hint="run again then, or raise 'patience': everything received is kept and not asked for again",
            )
        seats = self._shared.pause(named) if self._shared and named else 1
        self.throttle.pause(now, named, max(1, START // seats))

    def is_out(self, retries: int) -> bool:
        """Return whether the model brought nothing for so long that waiting on is hopeless."""
        return not self.throttle.in_flight and self._patience.is_over(time.monotonic(), retries)

    def describe_outage(self, failure: TransientError) -> ProviderError:
        """Return the error that ends a run whose model does not answer."""
        calls = self._patience.calls
        slow = "raise 'timeout' or lower 'concurrency' if it is slow, or "
        return ProviderError(
            f"{self.model} does not answer: {failure.detail} ({failure.code})",
            expected=f"an answer to one of {calls} call{'s' * (calls != 1)} in a row",
            hint=(slow if failure.code == "timeout" else "") + WAITS,
        )

    def check_empty_answers(self, said: str) -> None:
        """Raise ProviderError where too many calls in a row brought no text; ``said`` is what the last one brought."""
        if self._patience.fruitless >= MAX_EMPTY_ANSWERS:
            raise ProviderError(
                f"{self.model}: {self._patience.fruitless} calls in a row brought no text; the last one: {said}",
                expected="a text now and then",
                hint="look at what it is asked ('pedigree preview'); a model that thinks first may need more max_tokens",
            )


class Endpoints:
    """The models of a job, the gateway to them, and under which names they answered."""

    def __init__(self, job: Job):
        self._job = job
        self._gateway: Gateway | None = None
        self._of: dict[tuple[str, str | None], Endpoint] = {}
        self._names: dict[str, dict[str, str]] = {}  # model asked for -> name that answered -> its first completion
        for generator in job.recipe.generators:
            same = [one for one in job.recipe.generators if address(one) == address(generator)]
            self._of.setdefault(address(generator), Endpoint(same))

    @property
    def gateway(self) -> Gateway:
        """Return the gateway, made when it is first needed."""
        self._gateway = self._gateway or Gateway(self._job)
        return self._gateway

    def of(self, generator: Generator) -> Endpoint:
        """Return the endpoint that a generator asks."""
        return self._of[address(generator)]

    def learn_name(self, completion: Completion) -> None:
        """Take note of the name under which a model answered."""
        if completion.model_answered is not None:
            names = self._names.setdefault(completion.model, {})
            names.setdefault(completion.model_answered, completion.completion_id)

    def check_names(self) -> None:
        """Raise ProviderError where the recipe forbids that a model answers under several names, and one did."""
        mixed = {model: names for model, names in self._names.items() if len(names) > 1}
        if mixed and self._job.recipe.gates.mixed_models == "forbid":
            model, names = next(iter(mixed.items()))
            said = " and ".join(f"{name!r} (completion {id[:16]})" for name, id in names.items())
            raise ProviderError(
                f"{model} was answered by {said}",
                expected="one model: the recipe says 'mixed_models: forbid'",
                hint="name a dated model in the recipe, which asks for everything anew, or set gates.mixed_models to warn",
            )


def address(generator: Generator) -> tuple[str, str | None]:
    """Return what tells one endpoint from another."""
    return generator.model, generator.api_base
