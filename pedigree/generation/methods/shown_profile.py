"""Shows seed rows of one profile: easy, ambiguous or hard by the training dynamics of a classifier of the seeds.

After Hansen et al. 2023 (arXiv 2310.16981), who generate rows by the profiles of people's rows. The classifier learns
all seeds and nothing else, so which rows are shown depends on the recipe and its seeds alone. The prompt's
``seed_row_ids`` say which they were.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.generation.slots import Slot
from pedigree.job import Job
from pedigree.metrics.tables.columns import tabulate
from pedigree.metrics.text_classifier import text_of

ALL = "all"
DIGITS = 6  # to which dynamics are rounded, so that no row changes its profile with the last digit


def keep_profile(job: Job, slot: Slot, rows: Mapping[str, Example]) -> dict[str, Example]:
    """Return those of the rows (by id) that have the profile of the slot's generator; all of them for ``all``.

    Raises RecipeError for fewer than 30 seed rows, or seeds of one label.
    """
    kind = slot.generator.shots_from
    if kind == ALL:
        return dict(rows)
    profiles = _profile_seeds(job)
    return {id: row for id, row in rows.items() if profiles.get(id) == kind}


def name_profile(slot: Slot) -> str:
    """Return the profile of a generator as a word before "rows", or nothing."""
    return "" if slot.generator.shots_from == ALL else f"{slot.generator.shots_from} "


@lru_cache(maxsize=4)  # a job does not change
def _profile_seeds(job: Job) -> dict[str, str]:
    """Return the profile of each seed row by its id."""
    # These load scikit-learn, which takes seconds, and 'pedigree check' of other recipes needs it not.
    from pedigree.usefulness.difficulty import MIN_PEOPLE
    from pedigree.usefulness.training_dynamics import Dynamics, find_cuts, follow_training, sort_rows

    seeds = sorted({one.id: one for one in job.seeds}.values(), key=lambda one: one.id)
    labels = sorted({one.label for one in seeds})
    if len(seeds) < MIN_PEOPLE or len(labels) < 2:
        raise RecipeError(
            f"{job.recipe.seed_file} has {len(seeds)} different rows of {len(labels)} labels",
            expected=f"for 'shots_from', {MIN_PEOPLE} of two labels: a third of fewer says nothing",
            hint="add seed rows, or set shots_from to all",
        )
    fields = [one.fields for one in seeds]
    ids = np.array([labels.index(one.label) for one in seeds], dtype=int)
    table = tabulate(fields, job.recipe)
    found = follow_training([text_of(one) for one in fields], ids, len(labels), job.recipe.seed, table)
    parts = (found.confidence, found.variability, found.correctness, found.aum)
    rounded = Dynamics(*(part.round(DIGITS) for part in parts))
    return dict(zip((one.id for one in seeds), sort_rows(rounded, find_cuts(rounded)).tolist(), strict=True))
