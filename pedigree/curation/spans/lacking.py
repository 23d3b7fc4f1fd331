"""Rows whose spans do not fit their label: real rows without a slot, and rows that people gave another label."""

import polars as pl

from pedigree.dataset.rejects import make_rejects
from pedigree.dataset.schemas import REJECTS
from pedigree.recipe.schema import Recipe
from pedigree.recipe.spans.slot_fit import SPANS
from pedigree.recipe.spans.slot_settings import split_optional


def split_lacking(rows: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows whose spans are those of their label, and the others as rejects (schemas.REJECTS)."""
    if not recipe.slots:
        return rows, pl.DataFrame(schema=REJECTS)
    slots = {label: split_optional(settings.slots) for label, settings in recipe.labels.items()}
    found: list[tuple[str, str] | None] = []
    for label, cells in rows.select("label", SPANS).iter_rows():
        there = {cell["slot"] for cell in cells or ()}
        missing = [slot for slot, must in slots[label].items() if must and slot not in there]
        unknown = sorted(there - {*slots[label]})
        if missing:
            found.append(("missing-slot", f"no span of {' or '.join(missing)}, which {label} must have"))
        else:
            found.append(("unknown-slot", f"{label} has no slot {unknown[0]}") if unknown else None)
    judged = rows.with_columns(
        pl.Series("reason", [one and one[0] for one in found], pl.String),
        pl.Series("detail", [one and one[1] for one in found], pl.String),
    )
    lacking = judged.filter(pl.col("reason").is_not_null())
    return rows.filter(judged["reason"].is_null()), make_rejects(lacking, recipe)
