"""What the rows of a recipe with several labels a row must meet: its targets, as constraints on counts of sets."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import ceil, comb, floor

from pedigree.recipe.label_sets.names import SEPARATOR

MAX_SETS = 5_000  # possible sets of labels


@dataclass(frozen=True)
class Target:
    """A share of the rows: of those with all ``labels`` or, where these are none, with ``size`` labels."""

    share: float
    labels: tuple[str, ...] = ()
    size: int | None = None

    @property
    def name(self) -> str:
        """Return what the target is about, as a recipe writes it."""
        if self.size is not None:
            return f"sizes {self.size}"
        return f"{'co_occurrence ' * (len(self.labels) > 1)}{SEPARATOR.join(self.labels)}"

    def __str__(self) -> str:
        return f"{self.name} {self.share:g}"

    def holds(self, members: tuple[str, ...]) -> bool:
        """Return whether rows with a set of labels count for the target."""
        return len(members) == self.size if self.size is not None else set(self.labels) <= set(members)

    def find_limits(self, rows: int) -> tuple[int, int]:
        """Return the whole numbers of rows just below and above the share; equal where it is a whole number."""
        exact = round(self.share * rows, 6)  # 0.29 * 100 is 28.999999999999996
        return floor(exact), ceil(exact)


@dataclass(frozen=True)
class Design:
    """All targets of a recipe; hashable. ``at_least`` are rows of sets that are there already, as (set, rows)."""

    labels: tuple[str, ...]
    rows: int
    min: int
    max: int
    targets: tuple[Target, ...]
    at_least: tuple[tuple[tuple[str, ...], int], ...] = ()

    @property
    def number_of_sets(self) -> int:
        """Return how many sets of labels a row may have."""
        return sum(comb(len(self.labels), size) for size in range(self.min, self.max + 1))

    @cached_property
    def sets(self) -> list[tuple[str, ...]]:
        """Return the possible sets: the smaller first, then in the order of the labels."""
        return [one for size in range(self.min, self.max + 1) for one in combinations(self.labels, size)]


class ImpossibleTargets(ValueError):
    """Targets that no rows can meet; the message says which contradict each other, and what would be possible."""
