"""What the rounds of a search know of instructions that were tried, and which of them are chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from pedigree.metrics.discriminator.area import CHANCE, Area, compare_areas


@dataclass(frozen=True)
class LabelReading:
    """Made rows that a classifier of people's rows reads as the label they were made for, with a 95 % interval."""

    right: int
    read: int
    interval: tuple[float, float]


@dataclass(frozen=True)
class Trial:
    """A round: the instructions, how well their rows are told from people's, and by what.

    Round 0 are the instructions that were there before. ``fault`` says why a rewrite was not tried; ``rewrite`` is the
    completion that it is from. ``made`` are the rows that were asked for, ``kept`` those that passed the screens.
    """

    round: int
    instructions: str
    rewrite: str | None = None
    fault: str | None = None
    area: Area | None = None
    labels: LabelReading | None = None
    telling: tuple[str, ...] = ()
    asked: int = 0
    kept: int = 0
    completions: tuple[str, ...] = ()

    @property
    def known(self) -> float | None:
        """Return the area, no lower than chance; None where it is unknown."""
        return None if self.area is None or self.area.area is None else max(CHANCE, self.area.area)


def is_astray(trial: Trial, start: Trial) -> bool:
    """Return whether the labels of a trial's rows are read as asked less often than the start's, beyond both intervals.

    False where it is not known.
    """
    if trial.labels is None or start.labels is None:
        return False
    return trial.labels.interval[1] < start.labels.interval[0]


def find_best(trials: Sequence[Trial]) -> Trial:
    """Return the trial with the least area, the first of equal ones; the start where no other is known."""
    start = trials[0]
    known = [one for one in trials if one.known is not None and not is_astray(one, start)]
    return min(known, key=lambda one: one.known or CHANCE, default=start)


@dataclass(frozen=True)
class Verdict:
    """Which round's instructions are kept, why, and by how much the area fell on fresh rows, with its interval."""

    chosen: int
    why: str
    fall: tuple[float, tuple[float, float]] | None = None


def decide(best: Trial, start_test: Trial | None, best_test: Trial | None) -> Verdict:
    """Return the decision; the tests are of fresh rows, made and people's. Without a clear gain the start stays."""
    if best.round == 0:
        return Verdict(0, "no rewrite's rows were harder to tell from people's than those of the start")
    if start_test is None or best_test is None or start_test.area is None or best_test.area is None:
        return Verdict(0, "the fresh rows were not read")
    fall = compare_areas(start_test.area, best_test.area)
    if fall is None:
        reason = best_test.area.reason or start_test.area.reason
        return Verdict(0, f"unknown on fresh rows: {reason}")
    if is_astray(best_test, start_test):
        return Verdict(0, f"round {best.round} was best, but its rows show the label asked for less often", fall)
    by, (low, high) = fall
    told = f"on fresh rows of people the area falls by {by:.2f} (95 %: {low:+.2f} to {high:+.2f})"
    if low <= 0:
        return Verdict(0, f"round {best.round} was best in the search, but {told}: no gain beyond noise", fall)
    return Verdict(best.round, f"round {best.round} was best, and {told}", fall)
