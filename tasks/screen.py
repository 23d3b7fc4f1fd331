"""Screen: candidates become rows, or rejects that say which screen found what."""

from dataclasses import dataclass

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.real_rows import screen_candidates
from pedigree.job import Job


@dataclass(frozen=True)
class Screened:
    """Rows that are kept (tables.candidates_schema, their order unchanged), and rejects (tables.REJECTS)."""

    kept: pl.DataFrame
    rejects: pl.DataFrame


@task(name="screen", task_run_name="screen", cache_policy=NO_CACHE, persist_result=False)
def screen(job: Job, candidates: pl.DataFrame, seen: DuplicateChecker) -> Screened:
    """Keep the candidates that pass every screen of the recipe; a reject has the reason of the first that it failed.

    The texts are screened first (pedigree/curation/text_screens.py), then compared with seeds, held-out rows, real rows and what ``seen``
    has kept (pedigree/curation/duplicates.py), which is changed by the call: rounds, one after another, give what one call gives.
    What people accepted passes all but the screens that bind people, too; what they rejected is kept here, so that what
    is like it stays out, and leaves in balancing.
    """
    return Screened(*screen_candidates(candidates, job.recipe, seen, job.review.ever_trusted))
