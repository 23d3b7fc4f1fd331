"""Finds the files of rows that lie outside of a dataset's own folder, on which no DVC stage depends."""

from pedigree.job import Job


def list_outside(job: Job) -> list[str]:
    """Return the files of rows and texts that the recipe names outside its folder, on which no DVC stage depends."""
    recipe = job.recipe
    paths = [recipe.seeds, recipe.held_out, recipe.real, recipe.dev]
    for one in recipe.generators:
        paths += [*one.read_files, one.model.removeprefix("replay/") if one.replay is not None else None]
    return sorted({path for path in paths if path and not path.startswith(f"data/seeds/{job.dataset}/")})
