"""What each generator of a recipe brought in a pilot: yield, labels, cost, gain on people's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from pedigree.labels.subjectivity import RatedRow
from pedigree.metrics.review.wilson import make_interval
from pedigree.recipe.generator import Generator
from tasks.judging.generator_gain import Gain


@dataclass(frozen=True)
class GeneratorPilot:
    """A generator's figures: rows requested, kept by the screens, rated, and rated as they were made for.

    A row counts as such if more than half of its annotators gave it that label; ``interval`` is the 95 % interval of
    the share. ``usd`` is what its answers cost, those of earlier runs too; None where a price is unknown. ``gains`` are
    those on people's rows, by student; empty where too little is known.
    """

    name: str
    model: str
    requested: int
    kept: int
    rated: int
    as_made: int
    interval: tuple[float, float] | None
    usd: float | None
    gains: list[Gain] = field(default_factory=list)

    @property
    def usd_per_row(self) -> float | None:
        """Return the cost of a kept row; None if it is unknown or none was kept."""
        return self.usd / self.kept if self.usd is not None and self.kept else None


def describe_generators(
    generators: Sequence[Generator],
    tables: Mapping[str, pl.DataFrame],
    kept: pl.DataFrame,
    rated: Sequence[RatedRow],
    gains: Mapping[str, list[Gain]],
) -> list[GeneratorPilot]:
    """Return the figures of each generator; ``tables`` are prompts and completions, ``kept`` passed the screens."""
    made_by = dict(kept.select("row_id", "generator").iter_rows())
    found = []
    for one in generators:
        prompts = tables["prompts"].filter(generator=one.title)
        answers = tables["completions"].join(prompts, on="completion_id", how="semi")
        own = [row for row in rated if made_by.get(row.row_id) == one.title and row.given]
        right = sum(2 * list(row.given.values()).count(row.asked) > len(row.given) for row in own)
        costs = answers.filter(pl.col("failure").is_null())["cost_usd"]
        found.append(
            GeneratorPilot(
                name=one.title,
                model=one.model,
                requested=prompts.filter(pl.col("slot") >= 0).height * one.rows_per_call,
                kept=kept.filter(generator=one.title).height,
                rated=len(own),
                as_made=right,
                interval=make_interval(right, len(own)) if own else None,
                usd=None if costs.null_count() else float(costs.sum()),
                gains=gains.get(one.title, []),
            )
        )
    return found
