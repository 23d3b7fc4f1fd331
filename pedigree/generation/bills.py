"""What a run is expected to use, by generator and in all, and whether the budget pays for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pedigree.generation.budget import Usage
from pedigree.generation.cost_forecast import AssumedStatistics
from pedigree.recipe.budget import Budget

HOPELESS = 2.0  # times what the budget allows; the estimate may be wrong by less
HOPELESS_OF = {"tokens", "usd"}


@dataclass(frozen=True)
class Bill:
    """Expected usage of a generator, a judge or all; ``held`` calls are free.

    ``usd`` is None if a price is unknown, ``seconds`` if no call of a model was ever timed.
    """

    generator: str
    model: str
    calls: int
    held: int
    tokens_in: int
    tokens_out: int
    usd: float | None
    seconds: float | None
    price: str | None = None  # what the price of a batch rests on; None for direct calls


@dataclass
class Expected:
    """What a model is expected to use: calls, tokens, seconds (None: unknown); ``held``: answers in the ledger."""

    calls: int = 0
    held: int = 0
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    seconds: float | None = 0.0

    def take(self, seconds: float | None) -> None:
        """Add seconds; None makes the sum unknown."""
        self.seconds = None if seconds is None or self.seconds is None else self.seconds + seconds


@dataclass(frozen=True)
class Limit:
    """One limit of the budget against what the whole plan needs of it; ``enough`` is None where that is not known."""

    name: str
    limit: float
    needed: float | None
    enough: bool | None
    hint: str | None

    @property
    def is_hopeless(self) -> bool:
        """Return whether tokens or USD are so short that an estimate which is wrong by half can't be the reason."""
        return self.name in HOPELESS_OF and self.needed is not None and self.needed > HOPELESS * self.limit


@dataclass(frozen=True)
class Estimate:
    """What a run will use, what was assumed of each generator, and whether the budget can pay for it."""

    dataset: str
    rows: int
    generators: tuple[Bill, ...]
    total: Bill
    held: Usage
    rounds: int
    stop: str
    assumed: dict[str, AssumedStatistics]
    budget: tuple[Limit, ...]


def weigh_budget(budget: Budget, total: Bill, held: Usage, rounds: int | None) -> Iterable[Limit]:
    """Yield each limit of a budget against what is wanted in all; ``rounds`` is None where they do not suffice."""
    tokens = held.tokens + total.tokens_in + total.tokens_out
    usd = None if total.usd is None else held.usd + total.usd
    for name, needed in (("calls", held.calls + total.calls), ("tokens", tokens), ("usd", usd), ("rounds", rounds)):
        limit = getattr(budget, name)
        if limit is None:
            continue
        enough = needed is not None and needed <= limit if name != "usd" or usd is not None else None
        yield Limit(name, limit, needed, enough, None if enough else _format_hint(name, enough))


def _format_hint(name: str, enough: bool | None) -> str:
    if enough is None:
        prices = "'prices: {input: ..., output: ...}' (USD per million tokens)"
        return f"add {prices} to the generator, or set budget.usd to null"
    return f"raise budget.{name}, or lower 'rows'"
