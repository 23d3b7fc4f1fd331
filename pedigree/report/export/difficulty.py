"""Measures how difficult the rows of a version are, for an export: from its tables, its recipe and its seeds."""

from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import polars as pl
from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from pedigree.dataset.examples import Example, load_examples
from pedigree.dataset.output_files import SPLITS
from pedigree.errors import WorkspaceError
from pedigree.metrics.tables.columns import list_table_columns
from pedigree.recipe.label_sets.single import require_one_label
from pedigree.recipe.schema import Recipe
from pedigree.usefulness.difficulty import COLUMN, map_difficulty
from pedigree.value_mistakes import word_first_mistake
from pedigree.versions.version_reader import VersionReader


def measure_row_difficulty(side: VersionReader) -> pl.DataFrame:
    """Return row_id, difficulty, confidence, variability, correctness and aum of the rows of both splits.

    They are what the step 'measure' finds for the same rows. Raises WorkspaceError if the recipe of the version is not
    valid today, a seed file is missing, or the rows have fewer than two labels.
    """
    recipe = _read_recipe(side)
    require_one_label(recipe, "--difficulty")
    rows = pl.concat([pl.read_parquet(side.tables[split]) for split in SPLITS], how="diagonal_relaxed").sort("row_id")
    with threadpool_limits(1):
        seeds, columns = _read_seeds(side, recipe), list_table_columns(recipe)
        found = map_difficulty(rows, seeds, list(recipe.fields), list(recipe.labels), recipe.seed, columns)
    if found is None:
        raise WorkspaceError(f"the rows of {side.name} have one label", expected="two labels, to measure difficulty")
    figures = ("confidence", "variability", "correctness", "aum")
    columns = {name: pl.Series(getattr(found.rows, name)).round(4) for name in figures}
    return rows.select("row_id").with_columns(pl.Series(COLUMN, found.kinds), **columns)


def _read_recipe(side: VersionReader) -> Recipe:
    try:
        return Recipe.model_validate(side.recipe)
    except ValidationError as error:
        hint = "export without --difficulty, or make a new version with 'pedigree run'"
        raise WorkspaceError(
            f"the recipe of {side.name} is not valid today: {word_first_mistake(error)}", hint=hint
        ) from None


def _read_seeds(side: VersionReader, recipe: Recipe) -> list[Example]:
    if recipe.seeds is None:
        return []
    content = side.read(recipe.seeds)
    if content is None:
        raise WorkspaceError(f"{recipe.seeds} of {side.name} is not here", hint="export without --difficulty")
    with TemporaryDirectory(prefix="pedigree-") as folder:
        path = Path(folder, PurePosixPath(recipe.seeds).name)
        path.write_bytes(content)
        return load_examples(path, recipe)
