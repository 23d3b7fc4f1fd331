"""The screen of a recipe's checks: a row that breaks one is a reject, with the expression and the row's values."""

import polars as pl

from pedigree.errors import RecipeError
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe
from pedigree.recipe.tables.checks import ColumnCheck, list_checks
from pedigree.recipe.tables.expressions import CompiledCheck, compile_check

BROKEN_CHECK = "broken-check"


def compile_checks(recipe: Recipe) -> list[tuple[ColumnCheck, CompiledCheck]]:
    """Return the recipe's checks with what computes them, in the recipe's order."""
    types, with_label = {name: field.type for name, field in recipe.fields.items()}, recipe.labels_per_row is None
    return [(one, compile_check(one.check, types, with_label=with_label)) for one in list_checks(recipe.checks)]


def find_broken(rows: pl.DataFrame, check: ColumnCheck, compiled: CompiledCheck) -> pl.Series:
    """Return for each row whether it breaks a check; a check that is null, since a value is missing, holds."""
    try:
        return rows.select(broken=~compiled.holds.fill_null(value=True))["broken"]
    except pl.exceptions.PolarsError as error:
        raise RecipeError(
            f"the check {check.check!r} can't be computed: {str(error).splitlines()[0][:200]}",
            hint="change or remove the check",
        ) from None


def screen_checks(rows: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that hold all checks, and the others with ``reason`` and ``detail``; order is kept.

    A row has the reason of the first check that it breaks.
    """
    rejected = [rows.clear().with_columns(detail=pl.lit(None, pl.String), reason=pl.lit(None, pl.String))]
    for check, compiled in compile_checks(recipe):
        broken = find_broken(rows, check, compiled)
        failed, rows = rows.filter(broken), rows.filter(~broken)
        details = [describe_break(check, row) for row in failed.select(compiled.columns).iter_rows(named=True)]
        rejected.append(failed.with_columns(pl.Series("detail", details, pl.String), reason=pl.lit(BROKEN_CHECK)))
    return rows, pl.concat(rejected)


def describe_break(check: ColumnCheck, row: dict) -> str:
    """Return a check and the values that break it."""
    return f"{check}; but {', '.join(f'{name} = {canonical_json(value)}' for name, value in row.items())}"
