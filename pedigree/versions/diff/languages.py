"""Compares how many rows two versions have in each language, where at least one of them is in several."""

from typing import Any

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.errors import WorkspaceError
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.versions.diff.model import LabelSide, LanguageChange
from pedigree.versions.version_reader import VersionReader


def compare_languages(before: VersionReader, after: VersionReader) -> list[LanguageChange]:
    """Return the changes of each language in the order of the shares; empty where both sides have one language.

    A side in one language has all its rows in it, also where its table has a field of that name. Raises WorkspaceError
    where a table can't be read.
    """
    shares = [_read_shares(side) for side in (before, after)]
    if not any(len(one) > 1 for one in shares):
        return []
    try:
        older, newer = (_read_rows(side, one) for side, one in zip((before, after), shares, strict=True))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WorkspaceError(
            f"the languages of {before.dataset} can't be compared: {str(error).splitlines()[0]}",
            expected="train and validation as Pedigree writes them",
            hint=f"'pedigree verify {before.dataset} --rev VERSION' shows which of them was changed",
        ) from None
    removed, added = (one.join(other, on="row_id", how="anti") for one, other in ((older, newer), (newer, older)))
    changes = []
    for code in dict.fromkeys([*shares[1], *shares[0], *sorted({*older[LANGUAGE], *newer[LANGUAGE]})]):
        sides = [_describe(rows, code, one) for rows, one in zip((older, newer), shares, strict=True)]
        counts = [side.rows if side else 0 for side in sides]
        changes.append(
            LanguageChange(
                language=code,
                before=sides[0],
                after=sides[1],
                change=counts[1] - counts[0],
                added=_count(added, code),
                removed=_count(removed, code),
            )
        )
    return changes


def _read_shares(side: VersionReader) -> dict[str, float | None]:
    """Return language -> target share; of one language, or of a recipe that does not say it right, 1."""
    several: Any = side.recipe.get("languages")
    if isinstance(several, dict) and several:
        return {str(code): float(one) if isinstance(one, int | float) else None for code, one in several.items()}
    return {str(side.recipe.get("language") or "en"): 1.0}


def _read_rows(side: VersionReader, shares: dict[str, float | None]) -> pl.DataFrame:
    """Return row_id, language and split of each row."""
    language = pl.col(LANGUAGE) if len(shares) > 1 else pl.lit(next(iter(shares)))
    parts = [
        pl.scan_parquet(side.tables[split]).select("row_id", language.alias(LANGUAGE), split=pl.lit(split))
        for split in SPLITS
    ]
    return pl.concat(parts).collect()


def _describe(rows: pl.DataFrame, code: str, shares: dict[str, float | None]) -> LabelSide | None:
    own = rows.filter(pl.col(LANGUAGE) == code)
    if own.is_empty() and code not in shares:
        return None
    splits = {split: int((own["split"] == split).sum()) for split in SPLITS}
    return LabelSide(rows=own.height, **splits, target_share=shares.get(code))


def _count(rows: pl.DataFrame, code: str) -> int:
    return int((rows[LANGUAGE] == code).sum())
