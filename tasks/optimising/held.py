"""The prompts of a search for instructions whose answers the ledger holds, for 'pedigree forget'."""

from collections.abc import Iterator
from contextlib import suppress

import polars as pl

from pedigree.dataset import schemas
from pedigree.dataset.searches.record import list_records
from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.batch import Batch
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.optimising.people import shows_people
from pedigree.generation.optimising.search_job import find_generator
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from tasks.optimising.search import Searcher


class _NotHeld(Exception):
    """The ledger lacks an answer that the search needs to go on."""


class _HeldSearcher(Searcher):
    """Takes a search again and asks nobody."""

    frames: list[pl.DataFrame]

    def _connect(self, start: Job) -> None:
        self.frames = []

    def _ask(self, job: Job, batch: Batch) -> BatchResult:
        done, whole = BatchResult(), True
        for prompt, answer in batch.record_held(self._ledger.get):
            whole = whole and answer is not None
            if answer:
                done.add(prompt, answer)
        for prompt in batch.build() if whole else ():
            asked = prompt
            while asked is not None and (held := self._ledger.get(asked.completion_id)):
                asked = done.add(asked, held)
            whole = whole and asked is None
        self.frames.append(done.prompt_table())
        if not whole:
            raise _NotHeld
        return done

    def _know_cost(self) -> float | None:
        return None


def read_held_search(job: Job, ledger: Ledger) -> pl.DataFrame:
    """Return the answered prompts of a recipe's searches that began from its instructions, or from a record's start.

    Empty where it has no key 'optimise', or where its prompts show no rows of people. Calls no model.
    """
    frames = [pl.DataFrame(schema=schemas.PROMPTS)]
    settings = job.recipe.optimise
    if settings is None:
        return frames[0]
    generator = find_generator(job.recipe, settings)
    for start in _list_starts(job, generator.title, generator.instructions) if shows_people(generator) else ():
        with suppress(RecipeError, ProviderError):  # too few rows of people now, or a list that nobody answered
            searcher = _HeldSearcher(job, ledger, settings, generator.model_copy(update={"instructions": start}))
            with suppress(_NotHeld):
                searcher.run()
            frames += searcher.frames
    return pl.concat(frames)


def _list_starts(job: Job, title: str, instructions: str | None) -> Iterator[str | None]:
    """Yield the instructions that a search may have begun with, each once: those of the recipe, and of records."""
    every = [
        instructions,
        *(one["rounds"][0]["instructions"] for one in list_records(job.workspace, job.dataset, title)),
    ]
    yield from dict.fromkeys(one or None for one in every)
