"""Progress of a run while models are called, as figures and as text.

Rows that are not screened yet are an estimate, and are named so.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pedigree.generation.budget import Usage
from pedigree.generation.prompts import Prompt
from pedigree.generation.receipt import Receipt, of_process
from pedigree.generation.slots import JudgeSlot
from pedigree.ledger.completion import Completion
from pedigree.recipe.generator import Generator
from pedigree.recipe.schema import Recipe

SILENT = 8.0  # seconds without an answer, from which on no time left is told
FEWEST = 3  # answers from which on a rate is told
USUAL = 3.0  # times the time of a round's usual answer


@dataclass(frozen=True)
class LabelProgress:
    """Progress of a label, in a language if the recipe has several: rows, and calls of this round.

    ``expected`` are rows expected of its answers.
    """

    label: str
    wanted: int
    kept: int
    expected: int
    answered: int
    calls: int


class Progress:
    """Counts what a run has asked, received and kept. One thread counts, another may read at any time.

    ``asked_now`` holds the completion_id of everything that this run asked for, in the order of the answers.
    """

    def __init__(
        self,
        recipe: Recipe,
        clock: Callable[[], float] = time.monotonic,
        real_rows: Mapping[str, int] = MappingProxyType({}),
    ):
        """Begin before the first round; ``real_rows`` is their number by label."""
        self.targets = recipe.stratum_targets
        self.round = 0
        self.kept = {**dict.fromkeys(self.targets, 0), **real_rows}
        self._real = self.kept_rows
        self.kept_by_round: list[int] = []
        self.asked_now: list[str] = []
        self.receipt = Receipt()
        self.batches: Callable[[], str] = str  # returns which batches are waited for, in one line
        self.left = ""  # what goes on at a provider after the run
        self._error = ""  # of the last call that failed since the last answer
        self._whom = ""
        self._clock, self._began, self._heard = clock, clock(), clock()
        self._yields: dict[str, float] = {}
        self._begin_counts()

    def begin_round(
        self, held: Iterable[Prompt], waiting: Iterable[Prompt], yield_of: Callable[[Generator], float]
    ) -> None:
        """Begin to count a round: prompts whose answers are held, and those whose turns are to be asked for."""
        held, waiting = list(held), list(waiting)
        slots = [prompt.slot for prompt in (*held, *waiting)]
        generators = {slot.generator.title: slot.generator for slot in slots if not isinstance(slot, JudgeSlot)}
        self._whom = " to judges" if slots and not generators else ""
        self._yields = {title: yield_of(generator) for title, generator in generators.items()}
        self.round, self._began = len(self.kept_by_round) + 1, self._clock()
        self._heard, self._error = self._began, ""
        self._begin_counts()
        for prompt in held:
            self._expect(prompt)
        for prompt in waiting:
            self._calls[prompt.slot.stratum] += prompt.calls

    def note_answer(self, prompt: Prompt, completion: Completion, used: Usage) -> None:
        """Count an answer, or a recorded failure, that was just received."""
        self.asked_now.append(completion.completion_id)
        self._answered[prompt.slot.stratum] += 1
        self._heard, self._error = self._clock(), ""
        for receipt in (self.receipt, of_process):
            receipt.note_answer(completion, used)
        if completion.failure is None:
            self._expect(prompt)

    def note_failure(self, error: str) -> None:
        """Note that a call failed and will be tried again."""
        self._error = error

    @property
    def is_silent(self) -> bool:
        """Return whether no answer came for SILENT seconds, and for longer than answers of this round usually took."""
        answered, silent = self._answered.total(), self._clock() - self._heard
        usual = USUAL * (self._heard - self._began) / answered if answered and not self._error else 0.0
        return silent >= max(SILENT, usual)

    def note_unanswered(self, most: Usage) -> None:
        """Count a call that was sent and got no answer: the most that it may be charged."""
        for receipt in (self.receipt, of_process):
            receipt.unanswered += most

    def end_round(self, kept: Mapping[str, int]) -> None:
        """Record how many rows each label has now; this replaces the estimate."""
        self.kept = dict(kept)
        self.kept_by_round.append(self.kept_rows - self._real - sum(self.kept_by_round))
        self._begin_counts()

    @property
    def wanted_rows(self) -> int:
        """Return how many rows the dataset is to have."""
        return sum(self.targets.values())

    @property
    def kept_rows(self) -> int:
        """Return how many rows are kept, at most the target of each label."""
        return sum(min(rows, self.targets[label]) for label, rows in self.kept.items())

    @property
    def percent(self) -> float:
        """Return the finished share of the dataset, 0 to 100; expected rows alone never make it 100."""
        expected = sum(min(line.expected, line.wanted - min(line.kept, line.wanted)) for line in self.list_labels())
        whole = 100 * (self.kept_rows + expected) / self.wanted_rows
        return round(min(whole, 100.0 if self.kept_rows >= self.wanted_rows else 99.0), 1)

    def list_labels(self) -> list[LabelProgress]:
        """Return the progress of each label, in the recipe's order."""
        return [
            LabelProgress(
                label, wanted, self.kept[label], round(self._expected[label]), self._answered[label], self._calls[label]
            )
            for label, wanted in self.targets.items()
        ]

    def format_calls(self, in_flight: int | None) -> str:
        """Return the progress of the round in one line: calls and, while it runs, rate and time left."""
        answered, calls = self._answered.total(), self._calls.total()
        seconds = self._clock() - self._began
        text = f"round {self.round}: {answered:,} of {calls:,} calls{self._whom} answered"
        if in_flight is None:
            return text
        if batches := self.batches():
            return f"{text}; {batches}"
        text += f", {in_flight:,} in flight"
        if self.is_silent:
            return f"{text}, {self._format_silence()}"
        if not answered or seconds <= 0:
            return text
        rate = answered / seconds
        return f"{text}, {_format_rate(rate)}, about {_format_seconds((calls - answered) / rate)} left in this round"

    def format_left(self, in_flight: int) -> str:
        """Return how long the round still takes at its rate so far, or that its model is silent.

        Before half of the calls that are asked side by side are answered, and at least FEWEST, there is no rate.
        """
        if batches := self.batches():
            return batches
        answered, calls = self._answered.total(), self._calls.total()
        seconds = self._clock() - self._began
        if self.is_silent:
            return self._format_silence()
        if answered < min(calls, max(FEWEST, in_flight // 2)) or seconds <= 0:
            return "time left: unknown yet"
        rate = answered / seconds
        left = _format_seconds((calls - answered) / rate)
        return f"time left: about {left} in this round, at {_format_rate(rate)}, {in_flight:,} in flight"

    def _format_silence(self) -> str:
        silent = f"no answer for {_format_seconds(self._clock() - self._heard)}"
        return f"{silent}; last error: {self._error}" if self._error else silent

    def format_end(self) -> str:
        """Return what was paid, and what goes on at a provider, when the run ends early."""
        return "; ".join(filter(None, [self.receipt.format_usage(), self.left]))

    def format_rows(self) -> str:
        """Return the kept rows, and those expected of the answers received since."""
        rounds = ", ".join(
            [f"real: {self._real:+,}"] * bool(self._real)
            + [f"round {place}: {rows:+,}" for place, rows in enumerate(self.kept_by_round, 1)]
        )
        text = f"{self.kept_rows:,} of {self.wanted_rows:,} rows kept" + (f" ({rounds})" if rounds else "")
        expected = round(sum(self._expected.values()))
        return f"{text}, about {expected:,} more expected of the answers received since" if expected else text

    def _begin_counts(self) -> None:
        # All keys exist from the start ("" for requests without a label): no dictionary grows while another thread
        # reads it.
        self._calls: Counter[str] = Counter(dict.fromkeys((*self.targets, ""), 0))
        self._answered: Counter[str] = Counter(dict.fromkeys((*self.targets, ""), 0))
        self._expected: dict[str, float] = dict.fromkeys(self.targets, 0.0)

    def _expect(self, prompt: Prompt) -> None:
        if prompt.rows:
            self._expected[prompt.slot.stratum] += prompt.rows * self._yields[prompt.slot.generator.title]


def _format_rate(rate: float) -> str:
    return f"{rate:.1f} calls/s" if rate >= 1 else f"{rate * 60:.1f} calls/min"


def _format_seconds(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
