"""Counts labels, numbers of labels and combinations in rows with several labels, beside what was asked for."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import combinations

from pedigree.dataset.results import Distribution
from pedigree.recipe.label_sets.names import SEPARATOR, split_labels
from pedigree.recipe.label_sets.plan import list_targets
from pedigree.recipe.schema import Recipe

LABEL, SIZE, TOGETHER = "label", "labels per row", "co-occurrence"


@dataclass(frozen=True)
class Held:
    """How many rows hold something. ``share``: the recipe's target, None: free; ``wanted``: the rows planned."""

    kind: str
    name: str
    share: float | None
    wanted: int
    kept: int
    train: int
    validation: int

    @property
    def is_met(self) -> bool:
        """Return whether as many rows are there as were planned."""
        return self.wanted == self.kept


@dataclass(frozen=True)
class SetCounts:
    """Counts of each label, of each number of labels, of the combinations with a target, and of all pairs of labels."""

    rows: int
    labels: list[Held]
    sizes: list[Held]
    combinations: list[Held]
    pairs: list[Held]

    @property
    def lines(self) -> list[Held]:
        """Return what has a line of its own in tables: labels, numbers of labels, combinations with a target."""
        return [*self.labels, *self.sizes, *self.combinations]


def count_label_sets(recipe: Recipe, distribution: Distribution) -> SetCounts | None:
    """Return the counts of a dataset's kept rows; None where rows have one label each."""
    if (settings := recipe.labels_per_row) is None:
        return None
    members = {one.label: split_labels(one.label) for one in distribution.labels}

    def count(kind: str, name: str, share: float | None, holds: Callable[[Collection[str]], bool]) -> Held:
        own = [one for one in distribution.labels if holds(members[one.label])]
        numbers = (sum(getattr(one, key) for one in own) for key in ("wanted", "kept", "train", "validation"))
        return Held(kind, name, share, *numbers)

    targets = list_targets(recipe.single_labels, settings)
    return SetCounts(
        rows=sum(one.kept for one in distribution.labels),
        labels=[
            count(LABEL, one, label.share, lambda of, one=one: one in of) for one, label in recipe.single_labels.items()
        ],
        sizes=[
            count(SIZE, str(size), settings.sizes.get(size), lambda of, size=size: len(of) == size)
            for size in range(settings.min, settings.max + 1)
        ],
        combinations=[
            count(TOGETHER, SEPARATOR.join(one.labels), one.share, lambda of, one=one: set(one.labels) <= set(of))
            for one in targets
            if len(one.labels) > 1
        ],
        pairs=[
            count(TOGETHER, SEPARATOR.join(pair), None, lambda of, pair=pair: set(pair) <= set(of))
            for pair in combinations(recipe.single_labels, 2)
        ],
    )


def describe_rounding(recipe: Recipe) -> list[str]:
    """Return the targets that no whole number of rows meets exactly, each with the rows planned for it."""
    if (settings := recipe.labels_per_row) is None:
        return []
    members = {name: tuple(split_labels(name)) for name in recipe.targets}
    found = []
    for target in list_targets(recipe.single_labels, settings):
        low, high = target.find_limits(recipe.rows)
        if low != high:
            rows = sum(count for name, count in recipe.targets.items() if target.holds(members[name]))
            found.append(f"{target}: {target.share * recipe.rows:g} rows, planned {rows:,}")
    return found
