"""Rows of tables from the offline model and from servers on loopback: ``python -m benchmarks.table_rows``.

Breast cancer, wine, iris and diabetes of scikit-learn, half of the rows seeds, half held out; 30 rows of each are made
in five ways (tests/support/make_tables.py): by the offline model, by a server that draws rows of people again with
noise, by one that draws from a Gaussian copula, by one that copies every other row, and by one that breaks a limit in
every fifth row. Columns: rows that break no check and no limit, of all; rejects of broken checks and limits that name
the field or the expression, of all such; the largest difference of KS, Wasserstein-1, Pearson and Spearman from SciPy;
rows that the privacy audit calls copies, for the copying server with the screens of copies off. It takes minutes.
"""

import itertools
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl
from scipy import stats

from flows import stages
from pedigree.audits.privacy.audit import audit_rows
from pedigree.curation.tables.check_screen import compile_checks
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.tables.associations import compare_pairs
from pedigree.metrics.tables.column_distance import compare_columns
from pedigree.metrics.tables.columns import Table, list_columns, make_table
from tests.support.fake_endpoint import Endpoint
from tests.support.make_tables import Maker, answer_with, copy_some, draw_copula, make_table_job, resample

SETS = ("breast_cancer", "wine", "iris", "diabetes")
NO_COPY_SCREENS = {"screens": {"seed_copy": None, "shot_copy": None}}
ROUNDS = {"budget": {"rounds": 12}}


def break_some(people: list, count: int, chance: np.random.Generator) -> list:
    """Return new rows of people's, of which every fifth is far above the limit of its first column."""
    rows = resample(people, count, chance)
    name = next(iter(rows[0]))
    for at in range(0, count, 5):
        rows[at][name] = 1e6
    return rows


WAYS: dict[str, tuple[Maker | None, dict]] = {
    "offline model": (None, {}),
    "drawn again": (resample, {}),
    "copula": (draw_copula, {}),
    "copies": (copy_some, NO_COPY_SCREENS),
    "limits broken": (break_some, {}),
}


def make_rows(root: Path, name: str, make: Maker | None, changes: dict) -> Job:
    """Return the job whose rows were made and curated."""
    if make is None:
        faults = {"faults": {"broken_check": 0.1, "out_of_range": 0.1}}
        job = make_table_job(root, name, {"model": "offline/template", "parameters": faults}, **ROUNDS, **changes)
        return run(job)
    with Endpoint() as endpoint:
        job = make_table_job(root, name, {"model": "openai/fake", "api_base": endpoint.url}, **ROUNDS, **changes)
        endpoint.answer = answer_with(job, make)
        return run(job)


def run(job: Job) -> Job:
    """Return the job after its rows were made and curated."""
    stages.generate(job.workspace, job.dataset)
    stages.curate(job.workspace, job.dataset)
    return job


def count_whole(job: Job, rows: pl.DataFrame) -> int:
    """Return how many rows break no check and no limit."""
    holds = pl.lit(True)
    for _, compiled in compile_checks(job.recipe):
        holds &= compiled.holds.fill_null(True)
    for name, field in job.recipe.fields.items():
        holds &= pl.col(name).is_between(field.min, field.max)
    return rows.filter(holds).height


def differ_from_scipy(ours: Table, theirs: Table) -> float:
    """Return the largest difference of the measures from SciPy's of the same columns and pairs."""
    found, most = compare_columns(ours, theirs), 0.0
    for at, column in enumerate(ours.columns):
        if column.kind != "number":
            continue
        one, other = ours.values[:, at], theirs.values[:, at]
        expected = {
            "ks": stats.ks_2samp(one, other).statistic,
            "wasserstein": stats.wasserstein_distance(one, other) / (other.max() - other.min()),
        }
        most = max(most, *(abs(found[column.name][key] - value) for key, value in expected.items()))
    pairs = {(*line["columns"], line["measure"]): line for line in compare_pairs(ours, theirs)}
    for one, other in itertools.combinations(range(len(ours.columns)), 2):
        names = ours.columns[one].name, ours.columns[other].name
        for measure, count in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
            for side, table in (("synthetic", ours), ("real", theirs)):
                if line := pairs.get((*names, measure)):
                    most = max(most, abs(line[side] - count(table.values[:, one], table.values[:, other]).statistic))
    return most


def measure(name: str, way: str) -> str:
    """Return the line of a set and a way."""
    with TemporaryDirectory() as folder:
        job = make_rows(Path(folder) / "w", name, *WAYS[way])
        rows, rejects = read_rows(job), read_table(job.table("rejects"))
        broken = rejects.filter(pl.col("reason").is_in(["broken-check", "out-of-range"]))
        told = sum(
            any(word in one for word in (*job.recipe.fields, *map(str, job.recipe.checks))) for one in broken["detail"]
        )
        columns = list_columns(job.recipe.fields)
        sides = [make_table(some, columns) for some in (rows.to_dicts(), [one.fields for one in job.held_out])]
        copies = next(one for one in audit_rows(job, rows).findings if one.name == "copies")
        return (
            f"| {name} | {way} | {count_whole(job, rows)} of {rows.height} | {told} of {broken.height} | "
            f"{differ_from_scipy(*sides):.0e} | {copies.figure}{', warns' if copies.warns else ''} |"
        )


def main() -> None:
    """Print the table."""
    print("| set | rows made by | hold all | rejects that say what broke | from SciPy | copies, as the audit says |")
    print("|---|---|---:|---:|---:|---|")
    for name in SETS:
        for way in WAYS:
            print(measure(name, way), flush=True)


if __name__ == "__main__":
    main()
