"""The budget: hard limits on calls, tokens and USD, calls in flight included.

It covers the whole plan of a dataset: completions that the ledger already holds count too.
"""

from dataclasses import dataclass

from pedigree.errors import BudgetError
from pedigree.ledger.completion import Completion
from pedigree.recipe.schema import Budget


@dataclass(frozen=True)
class Usage:
    """Calls, tokens (prompt and completion together) and USD."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.calls + other.calls, self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(self.calls - other.calls, self.tokens - other.tokens, self.usd - other.usd)

    @classmethod
    def of(cls, completion: Completion) -> "Usage":
        """Return the usage of a completion; unknown figures count as 0."""
        tokens = (completion.tokens_in or 0) + (completion.tokens_out or 0)
        return cls(1, tokens, completion.cost_usd or 0.0)


NO_USAGE = Usage()


class BudgetTracker:
    """Grants a call only if the budget covers the maximum that it and all calls in flight may use."""

    def __init__(self, budget: Budget, spent: Usage = NO_USAGE):
        self._budget = budget
        self.spent = spent
        self._reserved = NO_USAGE

    def reserve(self, most: Usage) -> bool:
        """Return whether a call may start now; False while calls in flight may still free room for it.

        Raises BudgetError if no call is in flight, because then nothing can free room.
        """
        limit = self._exceeded(self.spent + self._reserved + most)
        if limit is None:
            self._reserved = self._reserved + most
            return True
        if self._reserved != NO_USAGE:
            return False
        raise BudgetError(
            f"the budget is used up: {limit}",
            hint="raise 'budget' in the recipe and run again: it goes on from here and pays nothing twice",
        )

    def settle(self, most: Usage, used: Usage) -> None:
        """Release a reservation and count what the call really used."""
        self._reserved = self._reserved - most
        self.spent = self.spent + used
        if self._reserved.calls == 0:
            self._reserved = NO_USAGE  # no rounding error of subtracted USD stays behind

    def _exceeded(self, total: Usage) -> str | None:
        limits = {"calls": self._budget.calls, "tokens": self._budget.tokens, "usd": self._budget.usd}
        for name, limit in limits.items():
            if limit is not None and getattr(total, name) > limit + 1e-12:
                spent = getattr(self.spent, name)
                if name == "usd":
                    return (
                        f"{spent:.4f} of {limit:.2f} USD are spent and the next call may cost {total.usd - spent:.4f}"
                    )
                return f"{spent:,} of {limit:,} {name} are used" + (
                    " and the next call may need more" if spent < limit else ""
                )
        return None
