"""Fields whose value sets that of others: of two rows that contradict each other, the later one is rejected."""

from collections.abc import Iterable, Mapping
from typing import Any

from pedigree.curation.similarity.closest_match import ClosestMatch
from pedigree.dataset.examples import Example
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe
from pedigree.recipe.tables.checks import split_left

BROKEN_DEPENDENCY = "broken-dependency"


class Dependencies:
    """What earlier rows said of each dependency of a recipe; a missing value says nothing."""

    def __init__(self, recipe: Recipe):
        self._rules = [(split_left(left), right) for left, names in recipe.depends.items() for right in names]
        self._said: list[dict[tuple, tuple[Any, str]]] = [{} for _ in self._rules]

    def add_rows(self, examples: Iterable[Example]) -> None:
        """Add rows that people wrote; of two that contradict each other, the first counts."""
        for one in examples:
            self.keep({**one.fields, "label": one.label}, one.id)

    def find(self, row: Mapping[str, Any]) -> ClosestMatch | None:
        """Return the first dependency that a row breaks, with the earlier row that says otherwise; else None."""
        for (left, right), said in zip(self._rules, self._said, strict=True):
            known = said.get(tuple(row[name] for name in left))
            if known is not None and row[right] is not None and known[0] != row[right]:
                given = " and ".join(f"{name} {canonical_json(row[name])}" for name in left)
                detail = f"{given} has {right} {canonical_json(known[0])}, not {canonical_json(row[right])}"
                return ClosestMatch(BROKEN_DEPENDENCY, detail, known[1])
        return None

    def keep(self, row: Mapping[str, Any], id: str) -> None:
        """Let later rows be compared with this one."""
        for (left, right), said in zip(self._rules, self._said, strict=True):
            given = tuple(row[name] for name in left)
            if row[right] is not None and None not in given:
                said.setdefault(given, (row[right], id))
