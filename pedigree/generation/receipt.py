"""What was asked for and paid, by a run or by this process; an unknown figure is never 0."""

from dataclasses import dataclass

from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.ledger.completion import Completion


@dataclass
class Receipt:
    """What answers were paid for; ``unanswered`` is the most that calls without an answer may be charged."""

    spent: Usage = NO_USAGE
    unanswered: Usage = NO_USAGE
    tokens_known: bool = True
    prices_known: bool = True
    metered: int = 0  # answers whose tokens are known
    priced: int = 0  # answers whose cost is known

    def note_answer(self, completion: Completion, used: Usage) -> None:
        """Count an answer, or a recorded failure, that was just received."""
        self.spent += used
        if completion.failure is None:
            self.prices_known &= completion.cost_usd is not None
            self.priced += completion.cost_usd is not None
            self.tokens_known &= completion.tokens is not None
            self.metered += completion.tokens is not None

    def format_usage(self) -> str:
        """Return what was paid, in one line."""
        calls = f"{self.spent.calls:,} call{'s' * (self.spent.calls != 1)} paid for in this run"
        none = not self.spent.calls
        metered, priced = self.tokens_known and (self.metered or none), self.prices_known and (self.priced or none)
        tokens = f"{self.spent.tokens:,} tokens" if metered else "tokens unknown"
        cost = f"{self.spent.usd:.4f} USD" if priced else "cost unknown"
        return f"{calls}, {tokens}, {cost}" + (f"; {self.format_unanswered()}" if self.unanswered.calls else "")

    def format_unanswered(self) -> str:
        """Return how many calls got no answer and what they may cost; they count in full against the budget."""
        calls = self.unanswered.calls
        most = f": up to {self.unanswered.usd:.4f} USD" if self.unanswered.usd else ""
        return f"{calls:,} call{'s' * (calls != 1)} without an answer{most} may be charged"


of_process = Receipt()  # of all that this process asked for, whichever run or step it was
