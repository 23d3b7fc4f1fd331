"""A study in a small workspace, and results of its cells that no model was asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pedigree.ids import seeded
from pedigree.studies.cells import Cell, list_cells
from pedigree.studies.study_file import StudyFile, find_study, load_study
from pedigree.workspace import Workspace
from tests.support.workspaces import make_workspace

STUDY = """\
study: pets
question: Which way of asking is best?
tasks:
  - name: pets
    recipe: recipes/pets.yaml
    subjectivity: {value: 1, source: a guess}
  - name: dogs
    recipe: recipes/pets.yaml
    subjectivity: {value: 2, source: a guess}
  - name: cats
    recipe: recipes/pets.yaml
    subjectivity: {value: 3, source: a guess}
  - name: hens
    recipe: recipes/pets.yaml
    subjectivity: {value: 4, source: a guess}
strategies:
  zero-shot: {strategy: zero-shot, rows_per_call: 4}
  few-shot: {strategy: few-shot, shots: 2, rows_per_call: 4}
models:
  small: {model: offline/template}
sizes: [4, 8]
real_rows: [0, 2]
seeds: [0, 7]
"""
SEEDS = [{"text": f"the {label} number {n} sleeps", "label": label} for n in range(3) for label in ("cat", "dog")]
HELD_OUT = [{"text": f"a {label} that runs {n} miles", "label": label} for n in range(2) for label in ("cat", "dog")]
TESTS = 40


def make_study(root: Path, text: str = STUDY) -> tuple[Workspace, StudyFile]:
    """Write a workspace with the study ``pets`` and return both."""
    workspace = make_workspace(root, seeds=SEEDS, held_out=HELD_OUT)
    (root / "studies").mkdir()
    (root / "studies/pets.yaml").write_text(text, encoding="utf-8")
    return workspace, load_study(find_study(workspace, "pets"))


def make_people(real: int = 6) -> dict[str, Any]:
    """Return a real-only baseline, right on 36 of 40 rows."""
    true = [n % 2 for n in range(TESTS)]
    trial = _make_trial("real", 0, real, 4)
    return {
        "labels": ["cat", "dog"],
        "true": true,
        "real_rows": real,
        "left_out": 1,
        "diversity": {"rows": real, **_figures()},
        "trials": [_make_trial("real", 0, 2, 10), trial],
    }


def make_cell_result(cell: Cell, amounts: Sequence[int] = (0, 2)) -> dict[str, Any]:
    """Return the figures of a cell: few-shot is right more often than zero-shot, the template least."""
    wrong = {"few-shot": 6, "zero-shot": 12}.get(cell.strategy, 18) + (2 if cell.size == 4 else 0)
    return {
        "status": "made",
        "rows": cell.rows,
        "made": cell.rows + 2,
        "rejects": {"meta-text": 2},
        "spending": {"completions": 3, "tokens_in": 30, "tokens_out": 40, "cost_usd": 0.25},
        "figures": _figures(),
        "labels_right": 0.9,
        "labels_by": "a classifier",
        "gates_failed": [],
        "used": [3, 70, 0.25],
        "trials": [_make_trial(cell.name, cell.rows, real, wrong - real) for real in amounts],
    }


def make_results(root: Path) -> tuple[StudyFile, dict[Cell, dict[str, Any]], dict[Cell, str], dict]:
    """Return the study, the results of its cells, their models and the real-only baselines."""
    workspace, file = make_study(root)
    cells = {cell: make_cell_result(cell) for cell in list_cells(file, workspace)}
    people = {(cell.task, cell.seed): make_people() for cell in cells}
    return file, cells, dict.fromkeys(cells, "offline/template"), people


def _make_trial(name: str, synthetic: int, real: int, wrong: int) -> dict[str, Any]:
    true = [n % 2 for n in range(TESTS)]
    chosen = seeded(name, real).sample(range(TESTS), wrong)
    predicted = [1 - label if place in chosen else label for place, label in enumerate(true)]
    f1 = []
    for label in (0, 1):
        hits = sum(one == other == label for one, other in zip(true, predicted, strict=True))
        f1.append(2 * hits / (true.count(label) + predicted.count(label)))
    return {
        "student": "tfidf-logreg",
        "synthetic": synthetic,
        "real": real,
        "macro_f1": sum(f1) / 2,
        "accuracy": 1 - wrong / TESTS,
        "predicted": predicted,
    }


def _figures() -> dict[str, float]:
    return {
        "distinct_1": 0.5,
        "distinct_2": 0.7,
        "self_bleu": 0.2,
        "chamfer": 0.6,
        "remote_clique": 0.9,
        "vendi": 6.0,
        "top_5_similarity": 0.3,
    }
