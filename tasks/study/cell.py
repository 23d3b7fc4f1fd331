"""Makes a cell of a study in a folder of its own, by the steps of any dataset, and keeps its figures.

Cells are in ``.pedigree/studies/NAME/cells/`` and share the workspace's ledger: nothing is paid for twice.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pedigree.dataset.label_evidence import name_checker
from pedigree.dataset.results import GateResults, read_result, write_result
from pedigree.ids import sha256_of, sha256_of_file
from pedigree.job import Job, build_job, open_job
from pedigree.provenance.manifest import hash_inputs
from pedigree.recipe.schema import Recipe
from pedigree.studies.cells import Cell
from pedigree.studies.output_files import CELL_RESULT, find_cells
from pedigree.studies.real_diversity import measure_people_diversity, pick_diversity
from pedigree.studies.settings import StudyTask
from pedigree.studies.training import Factory, People, train_on_cell, train_on_real
from pedigree.workspace import Workspace

VERSION = 3  # of what a kept result holds: another one makes cells measure anew
RESULT = CELL_RESULT


def find_folder(workspace: Workspace, study: str) -> Path:
    """Return the folder of a study's cells and of what is known of them."""
    return workspace.state / "studies" / study


def find_cell(workspace: Workspace, study: str, cell: str) -> Workspace:
    """Return the folder of one cell as a workspace of its own."""
    return Workspace(find_cells(workspace, study) / cell)


def read_kept(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """Return a result that was kept for the same recipe, inputs and students; None otherwise."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("fingerprint") == fingerprint else None


def fingerprint_cell(
    workspace: Workspace, recipe: Recipe, task: StudyTask, students: Sequence[str], amounts: Sequence[int]
) -> str:
    """Return a hash of all that a cell's figures are a function of, besides the models' answers and this code."""
    inputs = hash_inputs(Job(workspace, recipe))
    real = sha256_of_file(workspace.root / task.real) if task.real else None
    plain = recipe.model_dump(mode="json", exclude={"budget": {"usd", "calls", "tokens"}})
    return sha256_of([VERSION, plain, inputs, real, list(students), list(amounts)])


def create_cell(workspace: Workspace, study: str, cell: Cell, recipe: Recipe) -> Job:
    """Return the job of a cell in a fresh folder, with its recipe and copies of the files that it reads."""
    own = find_cell(workspace, study, cell.name)
    shutil.rmtree(own.root, ignore_errors=True)
    path = own.recipe_path(recipe.dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(recipe.model_dump(mode="json"), file)
    for name in hash_inputs(Job(workspace, recipe)):
        target = own.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(workspace.resolve_inside(name), target)
    for folder in (own.state, workspace.ledger):
        folder.mkdir(parents=True, exist_ok=True)
    own.ledger.symlink_to(workspace.ledger.resolve(), target_is_directory=True)
    return open_job(own, recipe.dataset)


def measure_people(
    workspace: Workspace, recipe: Recipe, task: StudyTask, students: Mapping[str, Factory], amounts: Sequence[int]
) -> dict[str, Any]:
    """Return the real-only baseline of a task and a seed: true labels of the test rows, a trial for each amount."""
    people = People(build_job(workspace, recipe), task)
    trials = train_on_real(people, students, amounts, recipe.seed)
    diversity = measure_people_diversity(people, recipe.rows, recipe.seed)
    true = [people.labels.index(one.label) for one in people.held_out]
    agreement = [one.agreement for one in people.held_out]
    return {
        "labels": people.labels,
        "true": true,
        "real_rows": len(people.real),
        "left_out": people.left_out,
        **({"agreement": agreement} if any(agreement) else {}),
        "diversity": diversity,
        "trials": trials,
    }


def measure_cell(
    workspace: Workspace, job: Job, task: StudyTask, students: Mapping[str, Factory], amounts: Sequence[int]
) -> dict[str, Any]:
    """Return the figures of a cell that was made: from its files, and of students that learn its rows."""
    people = People(build_job(workspace, job.recipe), task)
    metrics = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    similarity = metrics["fidelity"]["top_5_similarity_tfidf"]
    gates = read_result(GateResults, job.folder / "gates.json")
    checked = next(iter(gates.labels), None)
    return {
        "status": "made",
        "rows": metrics["counts"]["rows"],
        "made": metrics["counts"]["made"],
        "rejects": metrics["counts"]["rejects"],
        "spending": metrics["spending"],
        "figures": pick_diversity(metrics["words"], metrics["diversity"], similarity),
        "labels_right": checked.right.share if checked else None,
        "labels_by": name_checker(checked) if checked else None,
        "gates_failed": [gate.name for gate in gates.blocking],
        "trials": train_on_cell(job, people, students, amounts),
    }


def keep(path: Path, fingerprint: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Write a result so that the same command takes it instead of making it again, and return it."""
    whole = {**found, "fingerprint": fingerprint}
    write_result(whole, path)
    return whole
