"""Endpoints: the state of each model that a run calls (rate limit, failures, answering names), kept between rounds."""

import logging
import time

from pedigree.dataset.answer_samples import BODY_ADVICE
from pedigree.dataset.rejects import UNREADABLE
from pedigree.dataset.usage import list_distinct_names
from pedigree.errors import ProviderError
from pedigree.generation.budget import Price
from pedigree.generation.readable_answers import ReadableAnswers
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.models.call_errors import NO_MODEL_ANSWER, TransientError
from pedigree.models.gateway import FREE_PROVIDERS, Gateway
from pedigree.models.pacing.circuit_breaker import MAX_EMPTY_ANSWERS, CircuitBreaker
from pedigree.models.pacing.rate_limiter import START, NoRateLimit, RateLimiter
from pedigree.models.pacing.shared_rate_limit import SharedRateLimit, StartDecision, find_path
from pedigree.models.refusals import Refusals
from pedigree.recipe.asked_model import AskedModel
from pedigree.redaction import mask_secrets

log = logging.getLogger("pedigree")

CHARS = 200  # of what came, in an error
ANNOUNCED = 5.0  # seconds; a shorter pause is not logged
WAITS = "run again when it does: everything received is kept and not asked for again"


class Endpoint:
    """One model at one address, shared by all generators that use it: its rate limits and its failures so far."""

    def __init__(self, generators: list[AskedModel]):
        limits = [one.limits for one in generators]
        self.model, self._api_base = address(generators[0])
        pace = (
            max(one.concurrency for one in generators),
            min((one.requests_per_minute for one in limits if one.requests_per_minute), default=None),
            min((one.tokens_per_minute for one in limits if one.tokens_per_minute), default=None),
        )
        self.batched = generators[0].batch
        self.rate_limiter = NoRateLimit() if self.batched else RateLimiter(*pace)
        alone = self.batched or self.model.split("/")[0] in FREE_PROVIDERS
        self._shared = None if alone else SharedRateLimit(find_path(*address(generators[0])), *pace)
        self._not_before = 0.0  # when to look again whether other processes leave room
        self._announced_until = 0.0  # the end of the last pause that was logged
        self._patience = max(one.patience for one in generators)
        self._breaker = CircuitBreaker(self._patience)

    @property
    def answers(self) -> int:
        """Return how many answers came in this run."""
        return self._breaker.answers

    @property
    def fails(self) -> bool:
        """Return whether calls have failed since the last answer."""
        return self._breaker.waves > 0

    def wait(self, now: float) -> float:
        """Return the seconds until a call may be tried to start: 0 for now, infinity for not before another ends."""
        return max(self.rate_limiter.wait(now), self._not_before - now)

    def start(self, tokens: int) -> bool:
        """Count a call that starts; False if other processes leave no room now (``wait`` returns how long)."""
        decision = self._shared.start(tokens) if self._shared else StartDecision(time.monotonic(), 0.0)
        if decision.paused:
            self.rate_limiter.pause(
                decision.now, min(decision.paused, self._patience), max(1, START // decision.processes)
            )
        if decision.wait:
            self._not_before = decision.now + decision.wait
            return False
        self.rate_limiter.start(decision.now, tokens)
        return True

    def end(self, unused_tokens: int) -> None:
        """Count a call that ended and give back the tokens that it did not use."""
        self.rate_limiter.end(unused_tokens)
        self._not_before = 0.0
        if self._shared:
            self._shared.end(unused_tokens)

    def leave(self) -> None:
        """Release this process's share of the model: nothing more is sent now."""
        if self._shared:
            self._shared.leave()

    def record_answer(self, has_text: bool) -> None:
        """Record an answer."""
        self._breaker.record_answer(has_text)
        self.rate_limiter.grow()

    def record_refusal(self) -> None:
        """Record that the model refused a prompt."""
        self._breaker.record_refusal()

    def record_failure(self, failure: TransientError, started: float) -> None:
        """Record a failed call; raise ProviderError if the wait that the provider names exceeds the patience."""
        now = time.monotonic()
        rest = self._breaker.record_failure(started, now, failure.alive)
        if failure.overload:
            self.rate_limiter.shrink(started, now)
        if rest:
            self.rate_limiter.pause(now, rest, then=1)
        named = failure.retry_after or 0.0
        if named > self._patience:
            raise ProviderError(
                f"{self.model} asks to wait {_format_wait(named)}: {failure.detail}",
                expected=f"at most {self._patience:g} s, the generator's patience",
                hint="run again then, or raise 'patience': everything received is kept and not asked for again",
            )
        if named >= ANNOUNCED and now + named > self._announced_until + ANNOUNCED:
            self._announced_until = now + named
            log.info("%s asks to wait %s, and the run does: %s", self.model, _format_wait(named), failure.detail)
        processes = self._shared.pause(named) if self._shared and named else 1
        self.rate_limiter.pause(now, named, max(1, START // processes))

    def is_down(self, retries: int) -> bool:
        """Return whether the model has failed for so long that it is given up."""
        return not self.rate_limiter.in_flight and self._breaker.is_open(time.monotonic(), retries)

    def describe_outage(self, failure: TransientError) -> ProviderError:
        """Return the error that ends a run whose model does not answer."""
        calls = self._breaker.calls
        first = {
            "timeout": "raise 'timeout' or lower 'concurrency' if it is slow, or ",
            NO_MODEL_ANSWER: f"{BODY_ADVICE}; or ",
        }
        if self._api_base and "connect" in failure.detail.casefold():
            first[failure.code] = f"see that a server runs at {mask_secrets(self._api_base)}; "
        return ProviderError(
            f"{self.model} does not answer: {failure.detail} ({failure.code})",
            expected=f"an answer to one of {calls} call{'s' * (calls != 1)} in a row",
            hint=first.get(failure.code, "") + WAITS,
        )

    def check_empty_answers(self, last: Completion) -> None:
        """Raise ProviderError if too many calls in a row brought no text."""
        if self._breaker.empty_answers < MAX_EMPTY_ANSWERS:
            return
        hint = "look at what it is asked ('pedigree preview'), or set more max_tokens for a model that thinks first"
        if last.failure is not None:
            hint = "look at what it is asked ('pedigree preview'), or choose another model"
        elif last.finish_reason == UNREADABLE:
            hint = BODY_ADVICE
        told = last.failure_detail or f"finish_reason {last.finish_reason}"
        came = "" if last.failure or not last.other_fields else f", {mask_secrets(last.other_fields)[:CHARS]}"
        raise ProviderError(
            f"{self.model}: {self._breaker.empty_answers} calls in a row brought no text; the last one: {told}{came}",
            expected="text in at least one of them",
            hint=hint,
        )


class Endpoints:
    """The models of a job, the gateway to them, and under which names they answered."""

    def __init__(self, job: Job):
        self._job = job
        self._gateway: Gateway | None = None
        self._of: dict[tuple[str, str | None, bool], Endpoint] = {}
        self.refusals = Refusals()
        self.readable = ReadableAnswers()
        self._names: dict[str, dict[str, str]] = {}  # model asked for -> name that answered -> its first completion
        for generator in job.recipe.asked_models:
            same = [one for one in job.recipe.asked_models if _way(one) == _way(generator)]
            self._of.setdefault(_way(generator), Endpoint(same))

    @property
    def gateway(self) -> Gateway:
        """Return the gateway, made when it is first needed."""
        self._gateway = self._gateway or Gateway(self._job)
        return self._gateway

    @property
    def sent_by(self) -> dict[str, int]:
        """Return how many calls to remote models were sent: direct, by LiteLLM (litellm), in batches (batch)."""
        return dict(self._gateway.sent_by) if self._gateway else {}

    @property
    def budget_price(self) -> Price | None:
        """Return what prices tokens for the budget, or None if the budget does not limit USD."""
        return self._price if self._job.recipe.budget.usd is not None else None

    def of(self, generator: AskedModel) -> Endpoint:
        """Return the endpoint that a generator asks."""
        return self._of[_way(generator)]

    def record_name(self, completion: Completion) -> None:
        """Record the name under which a model answered."""
        if completion.model_answered is not None:
            names = self._names.setdefault(completion.model, {})
            names.setdefault(completion.model_answered, completion.completion_id)

    def check_names(self) -> None:
        """Raise ProviderError where the recipe forbids that a model answers under several names, and one did."""
        mixed = {model: names for model, names in self._names.items() if len(list_distinct_names(names)) > 1}
        if mixed and self._job.recipe.gates.mixed_models == "forbid":
            model, names = next(iter(mixed.items()))
            answered = " and ".join(f"{name!r} (completion {id[:16]})" for name, id in names.items())
            raise ProviderError(
                f"{model} was answered by {answered}",
                expected="one model: the recipe says 'mixed_models: forbid'",
                hint="name a dated model in the recipe, which asks for everything anew, "
                "or set gates.mixed_models to warn",
            )

    def _price(self, generator: AskedModel, tokens_in: int, tokens_out: int) -> float | None:
        return self.gateway.price(generator, tokens_in, tokens_out)


def _format_wait(seconds: float) -> str:
    """Return a duration in seconds, from two minutes on in hours and minutes too."""
    minutes = round(seconds / 60)
    longer = f" ({minutes // 60} h {minutes % 60} min)" if minutes >= 60 else f" ({minutes} min)" if minutes > 1 else ""
    return f"{seconds:,.0f} s{longer}" if seconds >= 10 else f"{seconds:.1f} s"


def address(generator: AskedModel) -> tuple[str, str | None]:
    """Return what tells one endpoint from another."""
    return generator.model, generator.api_base


def _way(generator: AskedModel) -> tuple[str, str | None, bool]:
    """Return what tells the endpoints of a run apart: a model may be called directly and asked in batches."""
    return *address(generator), generator.batch
