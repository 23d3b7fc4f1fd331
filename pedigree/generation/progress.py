"""Headway: how far a run is while models are asked, in figures and in words.

What it says of rows that no screen has seen yet is an estimate, and is called one.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.generation.prompts import Prompt
from pedigree.ledger.completion import Completion
from pedigree.recipe.generator import Generator
from pedigree.recipe.schema import Recipe


@dataclass(frozen=True)
class LabelProgress:
    """One label's way: rows, and calls of this round. ``expected`` are rows that this round's answers should bring."""

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
        there: Mapping[str, int] = MappingProxyType({}),
    ):
        """Begin before the first round; ``there`` counts the real rows of each label."""
        self.targets = dict(recipe.targets)
        self.round = 0
        self.kept = {**dict.fromkeys(self.targets, 0), **there}
        self._real = self.kept_rows
        self.kept_by_round: list[int] = []
        self.asked_now: list[str] = []
        self.spent = NO_USAGE
        self.tokens_known = self.prices_known = True
        self._clock, self._began = clock, clock()
        self._yields: dict[str, float] = {}
        self._begin_counts()

    def begin_round(
        self, held: Iterable[Prompt], waiting: Iterable[Prompt], yield_of: Callable[[Generator], float]
    ) -> None:
        """Begin to count a round: prompts whose answers are held, and those whose turns are to be asked for."""
        held, waiting = list(held), list(waiting)
        generators = {prompt.slot.generator.title: prompt.slot.generator for prompt in (*held, *waiting)}
        self._yields = {title: yield_of(generator) for title, generator in generators.items()}
        self.round, self._began = len(self.kept_by_round) + 1, self._clock()
        self._begin_counts()
        for prompt in held:
            self._expect(prompt)
        for prompt in waiting:
            self._calls[prompt.slot.label] += prompt.calls

    def note_answer(self, prompt: Prompt, completion: Completion, used: Usage) -> None:
        """Count an answer, or a recorded failure, that was just received."""
        self.asked_now.append(completion.completion_id)
        self._answered[prompt.slot.label] += 1
        self.spent += used
        if completion.failure is None:
            self.prices_known &= completion.cost_usd is not None
            self.tokens_known &= None not in (completion.tokens_in, completion.tokens_out)
            self._expect(prompt)

    def end_round(self, kept: Mapping[str, int]) -> None:
        """Take in how many rows each label has now, which ends all guessing."""
        self.kept = dict(kept)
        self.kept_by_round.append(self.kept_rows - self._real - sum(self.kept_by_round))
        self._begin_counts()

    @property
    def wanted_rows(self) -> int:
        """Return how many rows the dataset is to have."""
        return sum(self.targets.values())

    @property
    def kept_rows(self) -> int:
        """Return how many rows are there; what a label has beyond its target does not count."""
        return sum(min(rows, self.targets[label]) for label, rows in self.kept.items())

    @property
    def percent(self) -> float:
        """Return how much of the dataset is there, 0 to 100; what is only expected never makes it whole."""
        expected = sum(min(line.expected, line.wanted - min(line.kept, line.wanted)) for line in self.list_labels())
        whole = 100 * (self.kept_rows + expected) / self.wanted_rows
        return round(min(whole, 100.0 if self.kept_rows >= self.wanted_rows else 99.0), 1)

    def list_labels(self) -> list[LabelProgress]:
        """Return the way of each label, in the recipe's order."""
        return [
            LabelProgress(
                label, wanted, self.kept[label], round(self._expected[label]), self._answered[label], self._calls[label]
            )
            for label, wanted in self.targets.items()
        ]

    def format_calls(self, in_flight: int | None) -> str:
        """Return how far the round is, in one line: calls, rate, time left; without the latter two where it was stopped."""
        answered, calls = self._answered.total(), self._calls.total()
        seconds = self._clock() - self._began
        said = f"round {self.round}: {answered:,} of {calls:,} calls answered"
        if in_flight is None:
            return said
        said += f", {in_flight:,} in flight"
        if not answered or seconds <= 0:
            return said
        rate = answered / seconds
        return f"{said}, {_format_rate(rate)}, about {_format_seconds((calls - answered) / rate)} left in this round"

    def format_rows(self) -> str:
        """Return how many rows are there, and how many the answers received since may bring."""
        rounds = ", ".join(
            [f"real: {self._real:+,}"] * bool(self._real)
            + [f"round {place}: {rows:+,}" for place, rows in enumerate(self.kept_by_round, 1)]
        )
        said = f"{self.kept_rows:,} of {self.wanted_rows:,} rows kept" + (f" ({rounds})" if rounds else "")
        expected = round(self._expected.total())
        return f"{said}, about {expected:,} more expected of the answers received since" if expected else said

    def format_usage(self) -> str:
        """Return what this run has taken; what is not known is never 0."""
        calls = f"{self.spent.calls:,} call{'s' * (self.spent.calls != 1)} paid for in this run"
        tokens = f"{self.spent.tokens:,} tokens" if self.tokens_known else "tokens unknown"
        return f"{calls}, {tokens}, " + (f"{self.spent.usd:.4f} USD" if self.prices_known else "cost unknown")

    def _begin_counts(self) -> None:
        # Every label has its place from the start, and what is asked for none of them: no dictionary grows while
        # another thread reads it.
        self._calls: Counter[str] = Counter(dict.fromkeys((*self.targets, ""), 0))
        self._answered: Counter[str] = Counter(dict.fromkeys((*self.targets, ""), 0))
        self._expected: Counter[str] = Counter(dict.fromkeys(self.targets, 0.0))

    def _expect(self, prompt: Prompt) -> None:
        if prompt.rows:
            self._expected[prompt.slot.label] += prompt.rows * self._yields[prompt.slot.generator.title]


def _format_rate(rate: float) -> str:
    return f"{rate:.1f} calls/s" if rate >= 1 else f"{rate * 60:.1f} calls/min"


def _format_seconds(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
