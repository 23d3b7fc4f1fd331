"""Small workspaces for tests."""

import json
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pedigree.job import Job, open_job
from pedigree.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]
RECIPE = {
    "dataset": "pets",
    "task": "Which animal is this about?",
    "language": "en",
    "languages": {},
    "seed": 0,
    "labels": {"cat": {"share": 0.5, "means": "about a cat"}, "dog": {"share": 0.5, "means": "about a dog"}},
    "labels_per_row": None,
    "fields": {"text": {"min_chars": 3, "max_chars": 400}},
    "slots": {},
    "checks": [],
    "depends": {},
    "seeds": None,
    "held_out": None,
    "real": None,
    "review": None,
    "rows": 8,
    "selection": "arrival",
    "grown_from": [],
    "scenarios": [],
    "generators": [{"strategy": "zero-shot", "model": "offline/template", "rows_per_call": 4}],
    "judges": [],
    "screens": {},
    "weights": "none",
    "private": False,
    "split": {"validation": 0.25},
    "gates": {"class_floor": 1},
    "drift": {},
    "evaluate": {},
}


def make_workspace(
    root: Path, *, seeds: list[dict] = (), held_out: list[dict] = (), real: list[dict] = (), **changes: Any
) -> Workspace:
    """Write a workspace with the recipe ``pets`` (changed as told) and the templates of the repository."""
    workspace = Workspace(root)
    (root / "recipes").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "prompts", root / "prompts")
    shutil.copytree(
        REPOSITORY / "expectations", root / "expectations", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    shutil.copy(REPOSITORY / "dvc.yaml", root / "dvc.yaml")
    recipe = {**RECIPE, **changes}
    if recipe["languages"]:
        recipe["language"] = None
    # The rows of most tests are invented words, from which no label can be read.
    recipe["gates"] = {"label_precision": 0, **recipe["gates"]}
    folder = workspace.seeds_folder(recipe["dataset"])
    folder.mkdir(parents=True, exist_ok=True)
    for key, rows in (("seeds", seeds), ("held_out", held_out), ("real", real)):
        if rows:
            path = folder / f"{key}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            recipe[key] = f"data/seeds/{recipe['dataset']}/{path.name}"
    with workspace.recipe_path(recipe["dataset"]).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(recipe, file)
    return workspace


def make_job(root: Path, **changes: Any) -> Job:
    """Return the job of such a workspace."""
    workspace = make_workspace(root, **changes)
    return open_job(workspace, changes.get("dataset", "pets"))
