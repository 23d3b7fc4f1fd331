"""Refused prompts: tells a fault of one prompt from a fault of the request (account, model, parameters, address).

A refusal is a 4xx that does not pass. It is recorded as the prompt's failure only if there is evidence that the same
generator's calls can succeed: it answered a call that was started later. Until then the prompt is held back, and if the
run ends it is asked again. If the first prompts of different content are all refused in the same words, the run ends.
If the last prompts of a run are refused in the same unknown words, that is recorded as UNCLEAR and asked again later.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pedigree.errors import ProviderError
from pedigree.generation.prompts import Prompt
from pedigree.ledger.completion import Completion
from pedigree.models.call_errors import REFUSED, PermanentError
from pedigree.models.request_faults import Caller, advise_size
from pedigree.recipe.asked_model import AskedModel

FIRST = 5  # prompts of different content that are refused in the same words before any is answered
IN_A_ROW = 20  # refusals without an answer between them
UNCLEAR = "refused-unclear"  # the code of a failure that the next run asks for again: account or prompt may be at fault


@dataclass(frozen=True)
class Refusal:
    """A prompt that a model refused; ``started`` is the number of calls that had been started by then."""

    prompt: Prompt
    failure: PermanentError
    started: int

    @property
    def words(self) -> str:
        """Return what was said, without numbers and ids, which differ from prompt to prompt."""
        return f"{self.failure.code} " + re.sub(r"\S*\d\S*", "#", self.failure.detail)


@dataclass
class _Calls:
    """The calls of one generator: their numbers by completion_id, which are in flight, and what is held back."""

    numbers: dict[str, int] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    held: list[Refusal] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)  # prompt_ids, of this run and of earlier ones
    answers: int = 0  # in this run
    in_a_row: int = 0


class Refusals:
    """The refusals of a run, by generator; kept between rounds."""

    def __init__(self):
        self._calls: dict[str, _Calls] = {}
        self._started = 0

    def note_held(self, prompts: Iterable[Prompt], completions: Iterable[Completion]) -> None:
        """Note which prompts the ledger holds an answer to."""
        for prompt, completion in zip(prompts, completions, strict=True):
            if completion.failure is None:
                self._of(prompt).answered.add(prompt.id)

    def start(self, prompt: Prompt) -> None:
        """Note that a prompt is sent."""
        calls = self._of(prompt)
        self._started += 1
        calls.numbers[prompt.completion_id] = self._started
        calls.in_flight.add(prompt.completion_id)

    def end(self, prompt: Prompt) -> None:
        """Note that a call has ended in any way."""
        self._of(prompt).in_flight.discard(prompt.completion_id)

    def answer(self, prompt: Prompt) -> list[Refusal]:
        """Note an answer; return the refusals from before its call was started: they concern their prompts only."""
        calls = self._of(prompt)
        calls.answers, calls.in_a_row = calls.answers + 1, 0
        calls.answered.add(prompt.id)
        number = calls.numbers[prompt.completion_id]
        own = [refusal for refusal in calls.held if refusal.started < number]
        calls.held = [refusal for refusal in calls.held if refusal.started >= number]
        return own

    def refuse(self, prompt: Prompt, failure: PermanentError) -> None:
        """Hold a refused prompt back; raise ProviderError if it is clear that not the prompt is at fault."""
        calls = self._of(prompt)
        calls.held.append(Refusal(prompt, failure, self._started))
        calls.in_a_row += 1
        number = calls.numbers[prompt.completion_id]
        first = not calls.answers and not any(calls.numbers[other] < number for other in calls.in_flight)
        if calls.in_a_row >= IN_A_ROW or (first and _count_contents(calls.held) >= FIRST):
            raise _describe(calls.held)

    def settle(self) -> list[Refusal]:
        """Return the refusals that are to be recorded, once no call is left; raise ProviderError for others.

        Refusals in the same unknown words with no answer after them get the code UNCLEAR.
        """
        own = []
        for calls in self._calls.values():
            answered_before = any(refusal.prompt.id in calls.answered for refusal in calls.held)
            if calls.held and (not calls.answered or answered_before or _count_contents(calls.held) >= FIRST):
                raise _describe(calls.held)
            own += _mark_unclear(calls.held)
            calls.held = []
        return own

    def _of(self, prompt: Prompt) -> _Calls:
        return self._calls.setdefault(prompt.slot.generator.title, _Calls())


def _count_contents(held: list[Refusal]) -> int:
    """Return how many prompts of different content were refused in the words of the last refusal."""
    return len({refusal.prompt.id for refusal in held if refusal.words == held[-1].words})


def _mark_unclear(held: list[Refusal]) -> list[Refusal]:
    """Return refusals with the code UNCLEAR if all were told in the same words, and these are not known."""
    if {refusal.failure.code for refusal in held} != {REFUSED} or len({refusal.words for refusal in held}) > 1:
        return held
    return [replace(one, failure=PermanentError(UNCLEAR, one.failure.detail)) for one in held]


def _describe(held: list[Refusal]) -> ProviderError:
    last, contents = held[-1], len({refusal.prompt.id for refusal in held})
    generator = last.prompt.slot.generator
    calls = f"the last {len(held)} calls" if len(held) > 1 else "the last call"
    return ProviderError(
        f"{generator.model}: {last.failure.detail}",
        expected=f"an answer to one of {calls} of {generator.role} ({contents} different prompts)",
        hint=_advise(generator, last.failure.code),
    )


def _advise(generator: AskedModel, code: str) -> str:
    if code == "too-long":
        return advise_size(Caller.of(generator))
    native = "" if generator.structured == "text" else ", or set 'structured: text'"
    return (
        f"correct model, parameters or address of {generator.role} as the provider says{native}; "
        "no prompt is recorded as failed, so the next run asks for exactly what is missing"
    )
