"""Tells of rows of people that a model is shown without the marks that its prompt asks for."""

import logging

from pedigree.job import Job
from pedigree.recipe.spans.slot_settings import split_optional

log = logging.getLogger("pedigree")


def warn_of_unmarked(job: Job) -> None:
    """Log ``describe_unmarked`` as a warning."""
    if found := describe_unmarked(job):
        log.warning("%s", found)


def describe_unmarked(job: Job) -> str | None:
    """Return a sentence on shown seed rows that lack spans which their label must have; None if there are none."""
    shows = any(one.shots or one.strategy in ("rewrite", "failures") for one in job.recipe.generators)
    if not job.recipe.slots or not shows:
        return None
    labels = job.recipe.labels.items()
    needed = {label: {slot for slot, must in split_optional(of.slots).items() if must} for label, of in labels}
    own = [one for one in job.seeds if needed[one.label]]
    lacking = [one for one in own if not needed[one.label] <= {span.slot for span in one.spans}]
    if not lacking:
        return None
    return (
        f"{len(lacking):,} of {len(own):,} seed rows whose labels have slots lack the marks of some, the first in line "
        f"{lacking[0].line} of {job.recipe.seed_file}: a model that is shown a row without marks writes none. Mark the "
        "values, as in: fly to [Paris](city)"
    )
