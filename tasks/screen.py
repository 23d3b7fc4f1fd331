"""Screen: candidates become rows, or rejects that say which screen found what."""

from dataclasses import dataclass

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.real_rows import screen_candidates
from pedigree.job import Job
from tasks.ui.step import step


@dataclass(frozen=True)
class Screened:
    """Rows that are kept (schemas.candidates_schema, their order unchanged), and rejects (schemas.REJECTS)."""

    kept: pl.DataFrame
    rejects: pl.DataFrame


@step("screen", "screen the candidates")
def screen(job: Job, candidates: pl.DataFrame, duplicates: DuplicateChecker) -> Screened:
    """Keep the candidates that pass every screen of the recipe; a reject has the reason of the first failed screen.

    The texts are screened first (pedigree/curation/text_screens.py), then compared with seeds, held-out rows, real rows
    and earlier kept rows (pedigree/curation/duplicates.py). Kept rows are added to ``duplicates``, so several rounds
    give the same result as one call. Rows that a reviewer accepted only pass the binding screens. Rows that a reviewer
    rejected are kept here, so that similar rows stay out, and are removed in balancing.
    """
    return Screened(*screen_candidates(candidates, job.recipe, duplicates, job.review.ever_trusted))
