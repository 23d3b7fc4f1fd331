"""Seconds and peak memory of making, pulling and reading versions: ``python benchmarks/publishing.py [ROWS] [LIMIT]``.

Two versions of ROWS rows each (default 1,000,000; nine rows in ten are in both) are published to a DVC remote that is a
folder, and pulled, listed, compared and exported in a clone whose cache holds the newer one alone. Each step is a
process of its own on two cores. Fails if one takes LIMIT MiB (default 500) more than the same step of 1,000 rows.
"""

import filecmp
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl

from pedigree.dataset.results import TableFacts, write_result
from pedigree.dataset.schemas import COMPLETIONS, PROMPTS, REJECTS, SORT, content_sha256, read_table, rows_schema
from pedigree.job import Job, open_job
from pedigree.job_outputs import SPLITS
from pedigree.provenance.manifest import hash_inputs
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.croissant import build_croissant
from pedigree.workspace import Workspace
from tests.support.make_publishable import run
from tests.support.repository import Household, settle

CORES = 2
FEW = 1_000
PARTS = 10  # in which a version is made; the next one lacks the first of these and has one more
PER_CALL = 10
NAME = "support-tickets"
WORDS = ["order", "parcel", "invoice", "refund", "late", "twice", "please", "monday", "account", "card", "price", "box"]
STEPS = {  # what is run, and where
    "publish v1.0.0": ("publish", "work", ()),
    "publish v1.1.0": ("publish", "work", ()),
    "dvc pull": ("dvc", "clone", ("pull", "--quiet")),
    "versions": ("pedigree", "clone", ("versions", NAME)),
    "diff": ("pedigree", "clone", ("diff", NAME, "v1.0.0", "v1.1.0")),
    **{
        f"export {kind} {rev}": ("pedigree", "clone", ("export", NAME, "--rev", rev, "--format", kind))
        for kind, rev in (("jsonl", "v1.0.0"), ("csv", "v1.1.0"), ("hub", "v1.0.0"))
    },
}


def make(root: Path, rows: int, first: int) -> None:
    """Write the files that a run of so many rows writes, from part ``first`` on, in a new workspace if needed."""
    if not root.exists():
        house = settle(root)
        set_keys(root / f"recipes/{NAME}.yaml", {"rows": rows})
        house.git("commit", "--allow-empty", "-qam", "many rows")  # 1,000 it has already
    job = open_job(Workspace(root), NAME)
    job.folder.mkdir(exist_ok=True)
    parts = root.parent / "parts"
    parts.mkdir()
    for number in range(first, first + PARTS):
        for name, frame in _make_part(job, number, rows // PARTS, first > 0).items():
            frame.write_parquet(parts / f"{name}-{number:03}.parquet")
    run(root, NAME, f"from part {first} on", inputs=hash_inputs(job))  # the small files; what they say of rows follows
    facts = {name: _combine(parts, name, job.table(name)) for name in SORT}
    parts.rmdir()
    splits = {split: dict(read_table(job.table(split))["label"].value_counts().iter_rows()) for split in SPLITS}
    manifest = json.loads((job.folder / "manifest.json").read_text(encoding="utf-8")) | {
        "labels": {label: {split: splits[split][label] for split in SPLITS} for label in job.recipe.labels},
        "fields": {name: field.type for name, field in job.recipe.fields.items()},
        "tables": {name: about.model_dump(mode="json") for name, about in facts.items()},
    }
    write_result(manifest, job.folder / "manifest.json")
    write_result(build_croissant(job.recipe, job.folder, SPLITS), job.folder / "croissant.json")


def _combine(parts: Path, name: str, to: Path) -> TableFacts:
    """Write a table's parts one after another, and return what the manifest says of it."""
    files = sorted(parts.glob(f"{name}-*.parquet"))
    beside = parts / f"{name}.parquet"
    pl.scan_parquet(files).sink_parquet(beside, compression="zstd", statistics=False, row_group_size=100_000)
    beside.replace(to)
    for file in files:
        file.unlink()
    table = read_table(to)
    return TableFacts(rows=table.height, content_sha256=content_sha256(table, name))


def _make_part(job: Job, number: int, rows: int, later: bool) -> dict[str, pl.DataFrame]:
    """Return a part of the tables. Its ids begin with its number, so that parts one after another are sorted.

    Texts have 20 words; a ``later`` version has another text, label or split of some rows.
    """
    place, names = pl.col("place"), [generator.title for generator in job.recipe.generators]
    places = pl.DataFrame({"place": pl.int_range(number * rows, (number + 1) * rows, eager=True, dtype=pl.UInt64)})
    chance = place.hash(99) % 1000
    words = [_choose(place.hash(10 + seed), WORDS) for seed in range(20)]
    edited = pl.when(later & (chance == 1)).then(pl.lit("!")).otherwise(pl.lit(""))
    made = places.select(
        row_id=_name(number, place, 0),
        text=pl.concat_str(words, separator=" ") + edited,
        label=_choose(place + (later & (chance == 2)).cast(pl.UInt64), list(job.recipe.labels)),
        weight=pl.lit(1.0),
        generator=_choose(place // PER_CALL, names),
        completion_id=_name(number, place // PER_CALL, 4),
        position=(place % PER_CALL).cast(pl.Int32),
        validation=(place.hash(5) % 100 < 15) ^ (later & (chance == 3)),
    ).sort("row_id")  # fmt: skip
    split = pl.col("validation")
    columns = list(rows_schema(job.recipe))
    return {
        "train": made.filter(~split).select(columns),
        "validation": made.filter(split).select(columns),
        **_make_rest(made, number),
    }


def _make_rest(made: pl.DataFrame, number: int) -> dict[str, pl.DataFrame]:
    """Return the askings that a part's rows came from, and a reject for each fifth row."""
    texts = pl.concat_str(pl.lit('{"text": "'), "text", pl.lit('"}'))
    asked = made.group_by("completion_id").agg(
        pl.col("label", "generator").sort_by("position").first(), text=texts.sort_by("position").str.join(", ")
    )
    messages = json.dumps([{"role": "user", "content": "Write rows of this label. " * 40}])
    asked = asked.sort("completion_id").with_columns(
        prompt_id=pl.col("completion_id").str.reverse(), sample=0, strategy=pl.lit("zero-shot"),
        template=pl.lit("prompts/zero-shot.j2"), template_sha256=pl.lit("0" * 64), round=0,
        slot=pl.int_range(pl.len()) + number * pl.len(), turn=0, variables=pl.lit("{}"),
        messages=pl.lit(messages), seed_row_ids=pl.lit([], pl.List(pl.String)), parents=pl.lit([], pl.List(pl.String)),
        model=pl.lit("offline/template"), model_answered=pl.lit("template-1"), parameters=pl.lit("{}"),
        schema=pl.lit("{}"), finish_reason=pl.lit("stop"), tokens_in=250, tokens_out=400, tokens_cached=0,
        cost_usd=0.0, response_id=pl.col("completion_id").str.head(12), failure=None, failure_detail=None,
    )  # fmt: skip
    turned_away = made.gather_every(5).with_columns(
        row_id=pl.col("row_id").str.reverse(), candidate=texts, reason=pl.lit("near-duplicate"),
        detail=pl.lit("Jaccard 0.91 >= 0.85"), rival=pl.col("row_id"),
    ).sort("completion_id", "position")  # fmt: skip
    tables = {"prompts": (asked, PROMPTS), "completions": (asked, COMPLETIONS), "rejects": (turned_away, REJECTS)}
    return {name: frame.select(list(schema)).cast(schema) for name, (frame, schema) in tables.items()}


def _choose(number: pl.Expr, names: list[str]) -> pl.Expr:
    return (number % len(names)).replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def _name(part: int, number: pl.Expr, seed: int) -> pl.Expr:
    """Return ids of 64 digits, as long as a sha256 is and as hard to compress, that begin with the part's number."""
    digits = [number.hash(seed + place).cast(pl.String).str.zfill(20).str.slice(4) for place in range(4)]
    return pl.lit(f"{part:02}") + pl.concat_str(digits).str.slice(2)


def act(program: str, arguments: list[str]) -> None:
    """Do a step in this process and print its seconds and its peak memory in MiB."""
    start = time.perf_counter()
    if program == "publish":
        from tasks.publish import publish

        if publish.fn(open_job(Workspace(Path.cwd()), NAME), run_facts={"host": "benchmark"}) is None:
            sys.exit("nothing was published")
    else:
        if program == "dvc":
            from dvc.cli import main as command
        else:
            from cli.main import main as command
        sys.argv = [program, *arguments]
        try:
            status = command()
        except SystemExit as stop:
            status = stop.code
        if status:
            sys.exit(f"{program} exited with {status}")
    seconds = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "mib": int(peak.split()[1]) / 1024}))


def measure(rows: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Return the seconds and the peak memory, in MiB, of each step with so many rows."""
    took, work = {}, folder / "work"
    for step, (program, place, arguments) in STEPS.items():
        if program == "publish":
            call("make", str(work), str(rows), str(sum(done.startswith("publish") for done in took)))
        elif not (folder / place).exists():
            Household(work).clone(folder / place)
        cost = json.loads(call("act", program, *arguments, cwd=folder / place).splitlines()[-1])
        took[step] = cost["seconds"], cost["mib"]
    tables = [f"{table}.parquet" for table in SORT]
    if filecmp.cmpfiles(work / "data" / NAME, folder / "clone" / "data" / NAME, tables, shallow=False)[0] != tables:
        sys.exit("what was pulled is not what was published")
    return took


def call(*arguments: str, cwd: Path | None = None) -> str:
    """Run a part of this benchmark as a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], cwd=cwd, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def isolate(folder: Path) -> None:
    """Keep git and DVC away from this machine's settings, and their caches in ``folder``."""
    os.environ |= {
        "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder / "site"),
        "DVC_GLOBAL_CONFIG_DIR": str(folder),
        "DVC_SYSTEM_CONFIG_DIR": str(folder),
    }  # fmt: skip


def main() -> None:
    """Measure, and hold what the rows add to the limit."""
    if sys.argv[1:2] == ["make"]:
        return make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    if sys.argv[1:2] == ["act"]:
        return act(sys.argv[2], sys.argv[3:])
    rows, limit = (int(value) for value in [*sys.argv[1:], *("1000000", "500")[len(sys.argv) - 1 :]])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    figures = {}
    for count in (FEW, rows):
        with tempfile.TemporaryDirectory() as folder:
            isolate(Path(folder))
            figures[count] = measure(count, Path(folder))
    print(f"{rows:,} rows a version, {CORES} cores, polars {pl.__version__}")
    more = {step: peak - figures[FEW][step][1] for step, (_, peak) in figures[rows].items()}
    for step, (seconds, peak) in figures[rows].items():
        print(
            f"{step:<20} {seconds:>6.1f} s, peak {peak:>5,.0f} MiB, "
            f"{more[step]:>5,.0f} MiB more than {FEW:,} rows take (limit {limit:,})"
        )
    if over := [step for step, mebibytes in more.items() if mebibytes > limit]:
        sys.exit(f"too much memory: {', '.join(over)}")
    return None


if __name__ == "__main__":
    main()
