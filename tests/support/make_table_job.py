"""A finished job whose rows are records of a table, and its metrics: small tables made by chance, without a model."""

import csv
import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pedigree import ids
from pedigree.dataset import schemas
from pedigree.dataset.results import Distribution, GateResults, GeneratorCount, LabelCount, write_result
from pedigree.job import Job, open_job
from pedigree.workspace import Workspace
from tasks.measure import measure
from tests.support.once import make_once

REPOSITORY = Path(__file__).parents[2]
RECIPE = """\
dataset: plants
task: Which plant is it?
labels:
  fern: {share: 0.5, means: a fern}
  rose: {share: 0.5, means: a rose}
fields:
  height: {type: number, means: in cm, min: 0}
  leaves: {type: integer, min: 0}
  soil: {type: category, values: [clay, sand, peat]}
  wild: {type: boolean, missing: 0.1}
  seen: {type: date}
seeds: data/seeds/plants/seeds.csv
held_out: data/seeds/plants/held-out.csv
rows: 80
generators:
  - strategy: zero-shot
    model: some/model
"""


def make_fields(chance: random.Random, label: str, *, good: bool = True) -> dict[str, Any]:
    """Return a row of a label; one that is not ``good`` has another height, and soil that says nothing."""
    fern = label == "fern"
    height = max(0.0, chance.gauss(30 if fern else 60, 12) + (0 if good else 15))
    soils = [6, 2, 4] if fern and good else [2, 5, 1]
    return {
        "height": round(height, 1),
        "leaves": int(height / 3 + chance.gauss(0, 3)) if good else chance.randrange(30),
        "soil": chance.choices(["clay", "sand", "peat"], soils)[0],
        "wild": None if chance.random() < 0.1 else chance.random() < (0.7 if fern else 0.4),
        "seen": date(2024, 3, 1) + timedelta(days=chance.randrange(200)),
    }


def write_table_job(root: Path, recipe: str = RECIPE, rows: int = 80, people: int = 60) -> Job:
    """Write a workspace with a finished tabular dataset."""
    for folder in ("prompts", "expectations"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    (root / "recipes").mkdir()
    (root / "data/seeds/plants").mkdir(parents=True)
    (root / "recipes/plants.yaml").write_text(recipe, encoding="utf-8")
    (root / "dvc.yaml").touch()
    chance = random.Random(0)
    for name in ("seeds", "held-out"):
        with (root / f"data/seeds/plants/{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["height", "leaves", "soil", "wild", "seen", "label"])
            writer.writeheader()
            for place in range(people):
                label = ("fern", "rose")[place % 2]
                writer.writerow({**make_fields(chance, label), "label": label})
    job = open_job(Workspace(root), "plants")
    lines = []
    for place in range(rows):
        completion, label = ids.sha256_of(["some", place // 8]), ("fern", "rose")[place % 2]
        fields = make_fields(chance, label, good=place % 4 > 0)
        origin = {"completion_id": completion, "position": place % 8, "generator": "zero-shot", "weight": 1.0}
        lines.append({"row_id": ids.row_id(completion, place % 8), **fields, "label": label, **origin})
    frame = pl.DataFrame(lines, schema=schemas.rows_schema(job.recipe))
    asked = frame.select("completion_id", "label").unique("completion_id", maintain_order=True)
    prompts = [
        {**dict.fromkeys(schemas.PROMPTS), "completion_id": key, "prompt_id": key, "sample": 0, "round": 0, "turn": 0,
         "generator": "zero-shot", "strategy": "zero-shot", "template": "prompts/zero-shot.j2", "slot": slot,
         "label": label, "variables": "{}", "messages": "[]", "seed_row_ids": [], "parents": []}
        for slot, (key, label) in enumerate(asked.iter_rows())
    ]  # fmt: skip
    completions = [
        {**dict.fromkeys(schemas.COMPLETIONS), "completion_id": key, "prompt_id": key, "sample": 0,
         "model": "some/model", "model_answered": "some/model",
         "parameters": "{}", "schema": "{}", "text": "[]", "finish_reason": "stop",
         "tokens_in": 100, "tokens_out": 200, "tokens_cached": 0, "cost_usd": 0.01}
        for key in asked["completion_id"]
    ]  # fmt: skip
    tables = {
        "prompts": pl.DataFrame(prompts, schema=schemas.PROMPTS),
        "completions": pl.DataFrame(completions, schema=schemas.COMPLETIONS),
        "train": frame[: rows - 8],
        "validation": frame[rows - 8 :],
        "rejects": pl.DataFrame(schema=schemas.REJECTS),
    }
    for name, table in tables.items():
        schemas.write_table(table, job.table(name))
    write_result(_count(frame), job.folder / "distribution.json")
    write_result(GateResults(passed=True, suite="text-classification", gates=[]), job.folder / "gates.json")
    return job


def _count(frame: pl.DataFrame) -> Distribution:
    half = frame.height // 2
    labels = [
        LabelCount(label=label, target_share=0.5, wanted=half, made=half, rejected={}, kept=half, train=half - 4,
                   validation=4, read=None, deviation=0)
        for label in ("fern", "rose")
    ]  # fmt: skip
    counts = {"fern": half, "rose": half}
    return Distribution(
        labels=labels, generators=[GeneratorCount(generator="zero-shot", made=counts, kept=counts)], unassigned={},
        distance_made=0.0, distance_kept=0.0, distance_read=None, g_test_p=1.0,
    )  # fmt: skip


def make_measured_table(tmp_path_factory) -> tuple[Job, dict[str, Any]]:
    """Return a tabular job that was measured once for all workers, only to be read, and its metrics."""
    made = make_once(tmp_path_factory, "measured-table", lambda folder: measure.fn(write_table_job(folder / "w")))
    job = open_job(Workspace(made / "w"), "plants")
    return job, json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
