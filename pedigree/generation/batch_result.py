"""The result of one round of requests."""

import polars as pl

from pedigree.generation import prompts
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.generation.prompts import Prompt
from pedigree.ledger import completion as completions
from pedigree.ledger.completion import Completion


class BatchResult:
    """The prompts of a round with all turns, their completions, and the usage paid for in this run."""

    def __init__(self):
        self.prompts: list[Prompt] = []
        self.completions: list[Completion] = []
        self.paid: Usage = NO_USAGE

    def extend(self, more: "BatchResult") -> "BatchResult":
        """Return these requests and further ones together."""
        both = BatchResult()
        both.prompts, both.completions = self.prompts + more.prompts, self.completions + more.completions
        both.paid = self.paid + more.paid
        return both

    def prompt_table(self) -> pl.DataFrame:
        """Return the prompts as a table (schemas.PROMPTS)."""
        return prompts.to_frame(self.prompts)

    def completion_table(self) -> pl.DataFrame:
        """Return the completions as a table (schemas.COMPLETIONS)."""
        return completions.to_frame(self.completions)

    def add(self, prompt: Prompt, completion: Completion) -> Prompt | None:
        """Add a completion and return the next turn of its conversation, or None."""
        self.prompts.append(prompt)
        self.completions.append(completion)
        last = prompt.calls == 1
        return None if last or completion.failure or not completion.text else prompt.continue_with(completion.text)
