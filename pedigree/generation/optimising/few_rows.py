"""Warns where a recipe has too few rows of people for a search, or so few that a search shows little."""

import logging

from pedigree.errors import RecipeError
from pedigree.job import Job
from pedigree.recipe.content.optimising import find_searched

FEW_ROWS = 50  # of a side: below, it is said how little they show

log = logging.getLogger("pedigree")


def warn_of_few(job: Job) -> None:
    """Warn if the recipe's search for instructions can't start, or how little so few rows of people can show."""
    settings = job.recipe.optimise
    if settings is None:
        return
    from pedigree.generation.optimising.people import MIN_ROWS, divide_people  # loads scikit-learn

    try:
        parts = divide_people(job, find_searched(settings, job.recipe.generators))
    except RecipeError as error:
        least = 2 * MIN_ROWS
        log.warning(
            "'pedigree optimise' can't start: %s; expected: %s, so %d rows of people at least that no prompt shows. "
            "A run is not concerned",
            *(error.found, error.expected, least),
        )
        return
    read = min(len(parts.search), len(parts.fresh), settings.rows)
    if read < FEW_ROWS:
        log.warning(
            "'pedigree optimise' reads %d rows of people a test, beside as many made ones: a score of 0.50 then has a "
            "standard error of %.2f (Mann-Whitney), so only large gains show; with 100 of each it is %.2f",
            *(read, standard_error(read), standard_error(100)),
        )


def standard_error(rows: int) -> float:
    """Return the standard error of an area of 0.5 that rests on so many rows of each side (Mann and Whitney 1947).

    That of a classifier fitted by cross-validation is larger, as its training rows are a draw, too.
    """
    return float(((2 * rows + 1) / (12 * rows * rows)) ** 0.5)
