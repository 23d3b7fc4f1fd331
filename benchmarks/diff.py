"""Measures seconds and peak memory of comparing two versions: ``python benchmarks/diff.py [ROWS]`` (default 1,000,000).

Nine rows in ten are in both versions; some of these have another split, label or text. Exits with 1 above the limits,
which are for 1,000,000 rows on two cores.
"""

import json
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.report.html import render_comparison
from pedigree.versions.diff.compare import compare_readers
from pedigree.versions.version_reader import TABLES, VersionReader
from pedigree.workspace import Workspace

SECONDS, MEBIBYTES = 15, 1_500
PER_CALL = 10
WORDS = ["order", "parcel", "invoice", "refund", "late", "twice", "please", "monday", "account", "card", "price", "box"]
LABELS = [f"label-{number}" for number in range(20)]
MANIFEST = {"labels": {}, "fields": {}, "tables": {split: {"content_sha256": ""} for split in ("train", "validation")}}


def make(rows: int, first: int, folder: Path) -> None:
    """Write the tables of one side, whose rows are numbered from ``first`` on; texts have 20 words."""
    folder.mkdir()
    number, later = pl.col("number"), pl.lit(first > 0)
    chance = number.hash(99) % 1000
    digits = [number.hash(seed).cast(pl.String).str.zfill(20).str.slice(4) for seed in range(4)]
    words = [_choose(number.hash(10 + seed), WORDS) for seed in range(20)]
    edited = pl.when(later & (chance == 1)).then(pl.lit("!")).otherwise(pl.lit(""))
    rows_of = pl.DataFrame({"number": pl.int_range(first, first + rows, eager=True, dtype=pl.UInt64)}).select(
        row_id=pl.concat_str(digits),
        text=pl.concat_str(words, separator=" ") + edited,
        label=_choose(number + (later & (chance == 2)).cast(pl.UInt64), LABELS),
        weight=pl.lit(1.0),
        generator=pl.lit("zero-shot"),
        validation=(number.hash(5) % 100 < 15) ^ (later & (chance == 3)),
    )
    asked = pl.DataFrame({"slot": range(rows // PER_CALL)}).with_columns(
        completion_id=(pl.col("slot") + first // PER_CALL).cast(pl.String),
        generator=pl.lit("zero-shot"),
        round=0,
        turn=0,
        label=pl.lit("label-0"), messages=pl.lit(json.dumps([{"role": "user", "content": "Write rows. " * 100}])),
    )  # fmt: skip
    parts = {
        "train": rows_of.filter(~pl.col("validation")).drop("validation").sort("row_id"),
        "validation": rows_of.filter("validation").drop("validation").sort("row_id"),
        "rejects": rows_of.head(rows // 5).select("row_id", reason=pl.lit("near-duplicate")),
        "prompts": asked,
    }
    for name, part in parts.items():
        part.write_parquet(folder / f"{name}.parquet", compression="zstd", row_group_size=100_000)


def _choose(number: pl.Expr, names: list[str]) -> pl.Expr:
    return (number % len(names)).replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def main() -> None:
    """Measure as the command line says."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        root, sides = Path(folder), []
        for name, first in (("before", 0), ("after", rows // 10)):
            maker = get_context("spawn").Process(target=make, args=(rows, first, root / name))  # its memory is its own
            maker.start()
            maker.join()
            tables = {table: root / name / f"{table}.parquet" for table in TABLES}
            sides.append(VersionReader(Workspace(root), "pets", name, None, None, MANIFEST, tables))
        start = time.perf_counter()
        comparison = compare_readers(*sides)
        page = render_comparison(comparison)
        seconds = time.perf_counter() - start
    peak, changes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, comparison.rows
    counts = {name: getattr(changes, name).count for name in ("added", "removed", "moved", "relabelled", "reworded")}
    print(f"{rows:,} rows on each side, {changes.shared:,} in both; {counts}; a page of {len(page) / 1e3:,.0f} kB")
    print(f"{seconds:.1f} s (limit {SECONDS}), peak memory {peak:,.0f} MiB (limit {MEBIBYTES:,})")
    sys.exit(seconds > SECONDS or peak > MEBIBYTES)


if __name__ == "__main__":
    main()
