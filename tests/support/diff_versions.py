"""Two sides of a dataset that differ in a little of everything, made by hand."""

import json
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML

from pedigree.ids import sha256_of_file
from pedigree.versions.version_reader import VersionReader
from pedigree.workspace import Workspace

COST = {"v1.0.0": 0.25, "v1.1.0": None}
BEFORE = {
    "train": [("a1", "cat", "It purrs."), ("a2", "cat", "Whiskers."), ("a3", "dog", "It barks."), ("a4", "dog",
        "Woof.")],
    "validation": [("b1", "cat", "Meow."), ("b2", "dog", "A wagging tail.")],
    "rejects": [("c1", "surplus"), (None, "unreadable")],
}  # fmt: skip
AFTER = {
    "train": [("a1", "cat", "It purrs."), ("a2", "dog", "Whiskers."), ("b1", "cat", "Meow."), ("c1", "fish",
        "Bubbles."), ("d2", "dog", "Woof.")],
    "validation": [("b2", "dog", "A wagging tail!"), ("d1", "fish", "It swims.")],
    "rejects": [("a3", "near-duplicate"), ("a3", "near-duplicate")],
}  # fmt: skip


def make_sides(
    root: Path, before: dict = BEFORE, after: dict = AFTER, hostile: str = ""
) -> tuple[VersionReader, VersionReader]:
    """Return v1.0.0 and v1.1.0 of the dataset ``pets``; ``hostile`` is said in rows, texts and names of the later."""
    labels = {"cat": {"share": 0.5, "means": "a cat"}, "dog": {"share": 0.5, "means": "a dog"}}
    older = make_side(
        root, "v1.0.0", before, {"labels": labels, "rows": 6, "task": "Which?"}, "Write a row.\nBriefly.\n"
    )
    labels = {"cat": {"share": 0.4, "means": "a cat"}, "dog": {"share": 0.3}, "fish": {"share": 0.3}}
    recipe = {"labels": labels, "rows": 7, "task": f"Which?{hostile}"}
    rows = {
        name: [(id, f"{label}{hostile}", f"{text}{hostile}") for id, label, text in after[name]]
        for name in ("train", "validation")
    }
    return older, make_side(root, "v1.1.0", {**after, **rows}, recipe, f"Write a row.\nAt length.{hostile}\n", hostile)


def make_side(
    root: Path, name: str, rows: dict, recipe: dict[str, Any], template: str, hostile: str = ""
) -> VersionReader:
    """Write a side's files into a workspace of its own, and return it."""
    workspace, first = Workspace(root / name), name == "v1.0.0"
    for path, text in {"recipes/pets.yaml": "", "prompts/zero-shot.j2": template, "data/pets/x": ""}.items():
        (workspace.root / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace.root / path).write_text(text, encoding="utf-8")
    with workspace.recipe_path("pets").open("w", encoding="utf-8") as file:
        YAML().dump(recipe, file)
    metrics = {"counts": {"rows": 6 + (not first), "yield": 0.75 if first else 0.7,
        "rejects": {"surplus": 1} if first else {"near-duplicate": 1, "surplus": 1}},
               "words": {"vocabulary": 9}, "intervals": [0.1, 0.2], "models": ["openai/small"]}  # fmt: skip
    (workspace.dataset_folder("pets") / "metrics.json").write_text(json.dumps(metrics))
    gate = {"severity": "critical", "limit": 0.1, "message": f"The labels are near.{hostile}"}
    gates = [
        {"name": "labels", "passed": True, "figure": 0.0 if first else 0.02, **gate},
        {"name": "floor", "passed": True, "figure": 2, **gate, "message": "Enough."},
    ]
    manifest = {
        "schema_version": 1, "labels": {label: {} for label in recipe["labels"]}, "fields": {"text": "text"},
        "inputs": {"prompts/zero-shot.j2": sha256_of_file(workspace.root / "prompts/zero-shot.j2")},
        "models": {"openai/small" if first else f"openai/large{hostile}": {"m-1": 3}},
        "tables": {split: {"content_sha256": name} for split in ("train", "validation")},
        "cost_usd": COST[name], "gates": {"suite": "text-classification", "gates": gates},
    }  # fmt: skip
    return VersionReader(workspace, "pets", name, None, None, manifest, _write_tables(workspace, rows, template))


def _write_tables(workspace: Workspace, rows: dict, template: str) -> dict[str, Path]:
    kinds = {"row_id": pl.String, "label": pl.String, "text": pl.String}
    frames = {
        name: pl.DataFrame(rows[name], schema=kinds, orient="row").with_columns(weight=1.0,
            generator=pl.lit("zero-shot"))
        for name in ("train", "validation")
    }  # fmt: skip
    frames["rejects"] = pl.DataFrame(rows["rejects"], schema={"row_id": pl.String, "reason": pl.String}, orient="row")
    messages = json.dumps([{"role": "user", "content": template}])
    asked = [("q1", 0, messages), ("q2", 1, messages), (template[:16], 2, messages)]
    prompts = pl.DataFrame(asked, schema=["completion_id", "slot", "messages"], orient="row")
    frames["prompts"] = prompts.with_columns(generator=pl.lit("zero-shot"), round=0, turn=0, label=pl.lit("cat"))
    for name, frame in frames.items():
        frame.write_parquet(workspace.table("pets", name))
    return {name: workspace.table("pets", name) for name in frames}
