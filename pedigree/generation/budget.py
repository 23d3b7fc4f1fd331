"""The budget: hard limits on calls, tokens and USD, calls in flight included.

It covers the whole plan of a dataset: completions that the ledger already holds count too. Where a provider does not
report tokens or a cost, the most that the call may use is counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pedigree.errors import BudgetError
from pedigree.generation.prompts import Prompt
from pedigree.ledger.completion import Completion
from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.budget import Budget

TOKENS_PER_ROW = 200  # reserved for a row where a generator sets no max_tokens

Price = Callable[[AskedModel, int, int], float | None]  # USD of tokens in and out; None where no price is known


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


NO_USAGE = Usage()


def estimate_most(prompt: Prompt, price: Price | None) -> Usage:
    """Return the most that a call may use; no USD without a price (a budget that does not limit USD)."""
    tokens_in, tokens_out = _estimate_most_tokens(prompt)
    usd = price(prompt.slot.generator, tokens_in, tokens_out) if price else None
    return Usage(1, tokens_in + tokens_out, usd or 0.0)


def count_budget_usage(prompt: Prompt, completion: Completion, price: Price | None) -> Usage:
    """Return what a completion counts against the budget: what is not known counts as the most that it may be.

    A final failure counts as a call. ``price`` as in ``estimate_most``.
    """
    if completion.failure is not None:
        return Usage(calls=1)
    most_in, most_out = _estimate_most_tokens(prompt)
    tokens_in = completion.tokens_in or most_in  # no prompt has 0 tokens: older records have 0 for unknown
    tokens_out = most_out if completion.tokens_out is None or not completion.tokens_in else completion.tokens_out
    if completion.tokens_in and completion.cost_usd is not None:
        return Usage(1, tokens_in + tokens_out, completion.cost_usd)
    if completion.tokens_total is not None:
        tokens_out = max(tokens_out, completion.tokens_total - tokens_in)
    usd = price(prompt.slot.generator, tokens_in, tokens_out) if price else None
    return Usage(1, completion.tokens_total or tokens_in + tokens_out, usd or 0.0)


def sum_budget_usage(prompts: Iterable[Prompt], completions: Iterable[Completion], price: Price | None) -> Usage:
    """Return what completions count against the budget; ``prompts`` are theirs, in the same order."""
    pairs = zip(prompts, completions, strict=True)
    return sum((count_budget_usage(prompt, completion, price) for prompt, completion in pairs), NO_USAGE)


def _estimate_most_tokens(prompt: Prompt) -> tuple[int, int]:
    """Return the most tokens that a prompt and its answer may have; a token has about 3 bytes or more."""
    size = sum(len(message["content"].encode("utf-8", "surrogatepass")) for message in prompt.messages)
    limit = prompt.parameters.get("max_tokens") or prompt.parameters.get("max_completion_tokens")
    return size // 3 + 50, limit or TOKENS_PER_ROW * prompt.slot.generator.rows_per_call


class BudgetTracker:
    """Grants a call only if the budget covers the maximum that it and all calls in flight may use."""

    def __init__(self, budget: Budget, spent: Usage = NO_USAGE, unanswered: Usage = NO_USAGE):
        """``unanswered`` is the most that may be charged for calls of this run that brought no answer."""
        self._budget = budget
        self.spent, self.unanswered = spent + unanswered, unanswered
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
            f"the budget is used up: {limit}{self._format_unanswered()}",
            hint="raise 'budget' in the recipe and run again: it goes on from here and pays nothing twice",
        )

    def settle(self, most: Usage, used: Usage) -> None:
        """Release a reservation and count what the call really used."""
        self._reserved = self._reserved - most
        self.spent = self.spent + used
        if self._reserved.calls == 0:
            self._reserved = NO_USAGE  # no rounding error of subtracted USD stays behind

    def note_unanswered(self, most: Usage) -> None:
        """Note a call without an answer; ``settle`` has counted it in full."""
        self.unanswered = self.unanswered + most

    def _format_unanswered(self) -> str:
        calls = self.unanswered.calls
        return f" ({calls:,} call{'s' * (calls != 1)} without an answer included)" if calls else ""

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
