"""Finds rows of people that break the rules of a recipe: its checks, and fields that set others."""

import logging
from collections.abc import Iterator, Sequence

import polars as pl

from pedigree.curation.tables.check_screen import compile_checks, describe_break, find_broken
from pedigree.curation.tables.dependencies import Dependencies
from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.job import Job
from pedigree.recipe.schema import Recipe

MAX_NAMED = 3

log = logging.getLogger("pedigree")


def warn_of_broken_rules(job: Job) -> None:
    """Warn of each rule that rows of people break, with their lines; those of ``real`` do not enter the dataset."""
    recipe = job.recipe
    if not recipe.checks and not recipe.depends:
        return
    shown = Dependencies(recipe)
    files = ((recipe.seeds, job.seeds), (recipe.real, job.real), (recipe.dev, job.dev), (recipe.held_out, job.held_out))
    for path, rows in files:
        if not path:
            continue
        for broken in (*_list_broken_checks(rows, recipe), *_list_contradictions(rows, recipe, shown)):
            log.warning("%s: %s", path, broken)


def _list_broken_checks(rows: Sequence[Example], recipe: Recipe) -> Iterator[str]:
    types = {name: POLARS_TYPE[field.type] for name, field in recipe.fields.items()}
    frame = pl.DataFrame([{**one.fields, "label": one.label} for one in rows], {**types, "label": pl.String})
    for check, compiled in compile_checks(recipe):
        failed = [place for place, broken in enumerate(find_broken(frame, check, compiled)) if broken]
        if failed:
            lines = _name_lines([rows[place] for place in failed])
            values = frame[failed[0]].select(compiled.columns).row(0, named=True)
            yield f"{len(failed):,} of {len(rows):,} rows break {describe_break(check, values)} ({lines})"


def _list_contradictions(rows: Sequence[Example], recipe: Recipe, shown: Dependencies) -> Iterator[str]:
    found = []
    for one in rows:
        record = {**one.fields, "label": one.label}
        if match := shown.find(record):
            found.append((one, match.detail))
        shown.keep(record, one.id)
    if found:
        lines = _name_lines([one for one, _ in found])
        yield f"{len(found):,} of {len(rows):,} rows contradict an earlier row: {found[0][1]} ({lines})"


def _name_lines(rows: Sequence[Example]) -> str:
    named = ", ".join(str(one.line) for one in rows[:MAX_NAMED])
    return f"line{'s' if len(rows) > 1 else ''} {named}{' ...' if len(rows) > MAX_NAMED else ''}"
