"""Checks whether a classifier of real and synthetic rows can learn who wrote a row instead of its label.

It can where label and origin go together (Cramer's V), and texts of one label tell their origin (two-sample AUC).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import polars as pl

from pedigree.dataset.results import GateResult
from pedigree.dataset.sampling import draw_rows
from pedigree.job import Job
from pedigree.job_outputs import join_texts
from pedigree.metrics.two_sample import MIN_TEXTS, measure_two_sample_auc

MAX_ASSOCIATION = 0.5  # a large effect for two origins (Cohen 1988, table 7.2.3: w = 0.5)
MAX_AUC = 0.8
MAX_TEXTS = 500  # of each label and origin


@dataclass(frozen=True)
class OriginCue:
    """Cramer's V of label and origin, and by label the AUC of synthetic against real texts; None if unknown.

    V is unknown for rows of one label or one origin, AUC for a label with fewer than ten texts of an origin.
    """

    association: float | None
    areas: dict[str, float | None]

    @property
    def area(self) -> float | None:
        """Return the mean AUC of the labels that have one."""
        known = [area for area in self.areas.values() if area is not None]
        return float(np.mean(known)) if known else None

    @property
    def is_harmless(self) -> bool | None:
        """Return whether one of the two is small; None if the other is large and it is unknown."""
        if self.association is None or self.association <= MAX_ASSOCIATION:
            return None if self.association is None else True
        return None if self.area is None else self.area <= MAX_AUC


def measure_origin_cue(job: Job, rows: pl.DataFrame) -> OriginCue:
    """Measure rows of both splits; a row without a completion is real."""
    texts = rows.select(
        "row_id", "label", real=pl.col("completion_id").is_null(), text=join_texts(rows, job.recipe)
    ).sort("row_id")
    areas = {}
    for label in job.recipe.labels:
        synthetic, real = (
            draw_rows(texts.filter(label=label, real=is_real), MAX_TEXTS, job.recipe.seed, "origin", label)["text"]
            for is_real in (False, True)
        )
        areas[label] = measure_two_sample_auc(synthetic.to_list(), real.to_list(), job.recipe.seed)
    return OriginCue(measure_association(texts), areas)


def measure_association(rows: pl.DataFrame) -> float | None:
    """Return Cramer's V of ``label`` and ``real``, 0 to 1 (Cramer 1946); None for one label or one origin."""
    counts = rows.group_by("label").agg(pl.col("real").sum(), synthetic=(~pl.col("real")).sum())
    table = counts.sort("label").select("real", "synthetic").to_numpy().astype(float)
    if len(table) < 2 or not table.sum(axis=0).all():
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return sqrt(((table - expected) ** 2 / expected).sum() / table.sum())


def make_origin_gate(job: Job, rows: pl.DataFrame) -> GateResult:
    """Return the gate that warns where a classifier can learn who wrote a row instead of its label."""
    cue = measure_origin_cue(job, rows)
    return GateResult(
        name="origin and label",
        severity="warning",
        passed=cue.is_harmless,
        figure=None if cue.association is None or cue.is_harmless is None else round(cue.association, 6),
        limit=MAX_ASSOCIATION,
        message=_describe(cue, job.dataset),
    )


def _describe(cue: OriginCue, dataset: str) -> str:
    if cue.association is None:
        return "Unknown whether who wrote a row tells its label: there are not real and synthetic rows of two labels"
    found = f"Cramer's V of label and origin {cue.association:.2f} (large above {MAX_ASSOCIATION})"
    if cue.area is None:
        told = f"no label has {MIN_TEXTS} real and {MIN_TEXTS} synthetic texts to compare"
    else:
        told = f"AUC of synthetic against real texts of one label {cue.area:.2f} in the mean (limit {MAX_AUC})"
    if cue.is_harmless is None:
        return f"Unknown whether a classifier can learn who wrote a row instead of its label: {found}; {told}"
    if cue.is_harmless:
        return f"Who wrote a row does not tell its label: {found}; {told}"
    return (
        f"A classifier can learn who wrote a row instead of its label: {found}; {told}. "
        f"'pedigree augment {dataset} --labels every' asks for as many synthetic rows of each label"
    )
