"""Measures seconds and peak memory of ``pedigree export``: ``python benchmarks/export.py [ROWS] [LIMIT]``.

Each format is written by its own process from tables of ROWS random rows (default 1,000,000). Fails if one takes more
than LIMIT MiB (default 500), as memory must not grow with the rows.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.ids import sha256_of, sha256_of_file
from pedigree.report.export.rows import FORMATS, export_rows
from pedigree.versions.version_reader import VersionReader
from pedigree.workspace import Workspace

LABELS = ["aye", "nay", "perhaps"]
BATCH = 100_000


def make_table(path: Path, rows: int, seed: int) -> None:
    """Write a table of so many rows, as curation writes it; some of the texts begin like formulas."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(5000)]
    pieces = [" ".join(chance.choices(words, k=12)) for _ in range(20_000)]
    numbers = pl.Series(range(rows))
    texts = [
        f"{chance.choice(['', '', '', '=', '- '])}{chance.choice(pieces)} {chance.choice(pieces)}" for _ in range(rows)
    ]
    frame = pl.DataFrame(
        {
            "row_id": pl.Series([f"{number:064x}" for number in range(rows)]),
            "text": texts,
            "label": pl.Series([LABELS[number % 3] for number in range(rows)]),
            "weight": pl.repeat(1.0, rows, eager=True),
            "generator": pl.repeat("zero-shot", rows, eager=True),
            "completion_id": pl.Series([sha256_of(number // 10) for number in range(rows)]),
            "position": (numbers % 10).cast(pl.Int32),
        }
    )
    frame.write_parquet(path, compression="zstd", statistics=False, row_group_size=BATCH)


def make_side(root: Path, rows: int) -> None:
    """Write a dataset's folder with nine tenths of the rows to train on."""
    folder = root / "data" / "speed"
    folder.mkdir(parents=True)
    for split, count in (("train", rows * 9 // 10), ("validation", rows // 10)):
        make_table(folder / f"{split}.parquet", count, len(split))
    files = [{"name": path.name, "sha256": sha256_of_file(path)} for path in sorted(folder.glob("*.parquet"))]
    (folder / "croissant.json").write_text(json.dumps({"distribution": files}))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")


def export(root: Path, kind: str) -> None:
    """Export in this process and print its seconds and its peak memory in MiB."""
    tables = {split: root / f"data/speed/{split}.parquet" for split in ("train", "validation")}
    side = VersionReader(Workspace(root), "speed", "workspace", None, None, {}, tables)
    start = time.perf_counter()
    export_rows(side, kind, root / f"out-{kind}")
    seconds = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "mib": int(peak.split()[1]) / 1024}))


def measure(rows: int) -> dict[str, float]:
    """Return the peak memory of each format for so many rows, in MiB, and print what each took."""
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, __file__, "make", folder, str(rows)], check=True)
        for kind in FORMATS:
            command = [sys.executable, __file__, "export", folder, kind]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            took = json.loads(done.stdout.splitlines()[-1])
            peaks[kind] = took["mib"]
            size = sum(path.stat().st_size for path in Path(folder, f"out-{kind}").rglob("*") if path.is_file())
            print(
                f"{kind:<6} {rows:>10,} rows {took['seconds']:>7.2f} s, peak {took['mib']:>6,.0f} MiB, "
                f"{size / 1e6:>6,.0f} MB written"
            )
    return peaks


def main() -> None:
    """Measure, and hold the peaks to the limit."""
    if sys.argv[1:2] == ["make"]:
        return make_side(Path(sys.argv[2]), int(sys.argv[3]))
    if sys.argv[1:2] == ["export"]:
        return export(Path(sys.argv[2]), sys.argv[3])
    rows, limit = (int(value) for value in [*sys.argv[1:], *("1000000", "500")[len(sys.argv) - 1 :]])
    print(f"{os.cpu_count()} cores, polars {pl.__version__}, at most {limit:,} MiB")
    peaks = measure(rows)
    if over := [kind for kind in FORMATS if peaks[kind] > limit]:
        sys.exit(f"too much memory: {', '.join(over)}")
    return None


if __name__ == "__main__":
    main()
