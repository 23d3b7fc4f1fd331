"""The rows of people that failure-driven rounds read: the dev file's, or else the seeds."""

from collections import Counter

from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.job import Job
from pedigree.recipe.yaml_file import find_line

LEAST_PER_LABEL = 5


def list_people(job: Job) -> tuple[Example, ...]:
    """Return the rows of people that a classifier reads after each round, each once, by id; no held-out row."""
    return tuple(sorted({one.id: one for one in job.dev or job.seeds}.values(), key=lambda one: one.id))


def list_learned_people(job: Job) -> tuple[Example, ...]:
    """Return the rows of people that it learns, by id: the seeds, where a dev file has the rows that it reads."""
    read = {one.id for one in list_people(job)}
    return tuple(sorted({one.id: one for one in job.seeds if one.id not in read}.values(), key=lambda one: one.id))


def check_people(job: Job) -> None:
    """Raise RecipeError if a label has too few rows of people for failure-driven rounds."""
    if job.recipe.failures is None:
        return
    rows = Counter(one.label for one in list_people(job))
    if short := [f"{rows[name]} of {name}" for name in job.recipe.labels if rows[name] < LEAST_PER_LABEL]:
        path = job.workspace.recipe_path(job.dataset)
        raise RecipeError(
            f"{path}, line {find_line(path, 'generators')}: strategy failures reads the rows of "
            f"{job.recipe.dev or job.recipe.seed_file}, which has {', '.join(short)}",
            expected=f"at least {LEAST_PER_LABEL} different rows of every label, better 50",
            hint="add rows, name a larger 'dev' file under 'failures', or take another strategy",
        )
