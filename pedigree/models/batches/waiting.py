"""The requests that wait for batches: those to be submitted, and those of each batch, with what is told of them."""

import asyncio
from dataclasses import dataclass, field

from pedigree.errors import PedigreeError
from pedigree.generation.prompts import Prompt
from pedigree.ledger.batch_journal import Submission
from pedigree.models.batches.batch_api import BatchApi
from pedigree.models.batches.batch_request import BatchRequest, Collected


class Detached(PedigreeError):
    """The run ends while a batch goes on at the provider: nothing failed, and it is collected later."""


@dataclass(eq=False)
class Waiting:
    """A prompt that waits for ``future``, in a ``task`` that ends when what came is stored.

    ``submissions`` counts the batches that ended without a word about it.
    """

    prompt: Prompt
    request: BatchRequest
    future: asyncio.Future[Collected]
    task: asyncio.Task
    submissions: int = 0


@dataclass(eq=False)
class Batch:
    """A batch that is waited for; ``wanted`` are its requests that wait, ``done`` those that the provider has done."""

    submission: Submission
    api: BatchApi
    wanted: dict[str, Waiting] = field(default_factory=dict)
    done: int = 0
    trouble: str = ""  # of the last look at it

    def note_trouble(self, trouble: str) -> None:
        """Note what went wrong when the batch was looked at; an empty text for nothing."""
        self.trouble = trouble


def describe_batches(batches: list[Batch]) -> str:
    """Return what is waited for, in one line; an empty text if no batch is."""
    if not batches:
        return ""
    requests = sum(len(batch.submission.completion_ids) for batch in batches)
    minutes = round(max(batch.submission.age for batch in batches) / 60)
    told = (
        f"{count(len(batches), 'batch')}, {count(requests, 'request')}: {sum(batch.done for batch in batches):,} done; "
        f"submitted {minutes // 60} h {minutes % 60} min ago"
    ).replace(" 0 h ", " ")
    trouble = next((batch.trouble for batch in batches if batch.trouble), "")
    return f"{told}; the last look failed: {trouble}" if trouble else told


def describe_left(requests: int, batches: int) -> str:
    """Return what a run that ends now leaves at the provider; an empty text for nothing."""
    if not batches:
        return ""
    verb = "goes" if requests == 1 else "go"
    return (
        f"{count(requests, 'request')} in {count(batches, 'batch')} {verb} on at the provider, and the same command "
        "collects them"
    )


def count(number: int, what: str) -> str:
    """Return a number with its noun."""
    plural = "es" if what.endswith("ch") else "s"
    return f"{number:,} {what}{plural if number != 1 else ''}"
