"""What can be known of a study before it runs: missing files, keys and students, as findings and as errors."""

from dataclasses import dataclass
from typing import Literal

from pedigree.errors import PedigreeError, RecipeError, WorkspaceError, join_errors
from pedigree.job import build_job
from pedigree.recipe.schema import Recipe
from pedigree.studies.cells import Cell, list_cells, make_recipe
from pedigree.studies.settings import StudyTask
from pedigree.studies.study_file import StudyFile
from pedigree.studies.training import People, find_students
from pedigree.workspace import Workspace


@dataclass(frozen=True)
class Finding:
    """What is wrong with a study (``error``: it can't run) or worth knowing (``warning``)."""

    level: Literal["error", "warning"]
    found: str
    expected: str | None = None
    hint: str | None = None


def plan_recipes(file: StudyFile, workspace: Workspace) -> dict[Cell, Recipe]:
    """Return the recipe of each cell; raise RecipeError for the first that does not hold together."""
    return {cell: make_recipe(file, workspace, cell) for cell in list_cells(file, workspace)}


def list_findings(file: StudyFile, workspace: Workspace, recipes: dict[Cell, Recipe]) -> list[Finding]:
    """Return what is missing or doubtful; no model is called and nothing is written."""
    study = file.study
    findings = []
    first = {cell.task: recipe for cell, recipe in reversed(recipes.items())}
    for place, task in enumerate(study.tasks):
        findings += _check_task(file, workspace, place, task, first[task.name])
    for cell, recipe in recipes.items():
        findings += _check_replayed(file, workspace, cell, recipe.generators[0].model)
    students, missing = find_students(workspace, study)
    findings += [Finding("error" if not students else "warning", one, None, None) for one in missing]
    if sum(task.subjectivity is not None for task in study.tasks) not in (0, len(study.tasks)):
        findings.append(
            Finding("warning", "some tasks have no subjectivity: they are left out of the chart against it", None, None)
        )
    return list(dict.fromkeys(findings))


def require_files(file: StudyFile, workspace: Workspace, recipes: dict[Cell, Recipe]) -> list[Finding]:
    """Return the warnings; raise RecipeError that tells all errors if there are any."""
    findings = list_findings(file, workspace, recipes)
    errors = [RecipeError(one.found, expected=one.expected, hint=one.hint) for one in findings if one.level == "error"]
    if errors:
        raise join_errors(errors)
    return findings


def _check_replayed(file: StudyFile, workspace: Workspace, cell: Cell, model: str) -> list[Finding]:
    path = model.removeprefix("replay/")
    if path == model:
        return []
    where = file.name_place("models", cell.model)
    try:
        if workspace.resolve_inside(path).is_file():
            return []
    except WorkspaceError as error:
        return [Finding("error", f"{where}: {error.found}", error.expected, error.hint)]
    hint = "put it there, or name the tasks that have one under the model's key 'tasks'"
    return [Finding("error", f"{where}: {path} is not here", "the file of answers that is replayed", hint)]


def _check_task(file: StudyFile, workspace: Workspace, place: int, task: StudyTask, recipe: Recipe) -> list[Finding]:
    where = f"{file.name_place('tasks', place)}: task {task.name}"
    paths = {"seeds": recipe.seeds, "held_out": recipe.held_out, "real": task.real}
    if not recipe.held_out:
        return [Finding("error", f"{where} has no held-out rows", "rows that people wrote, to test with",
                        "name a file under 'parts: {held_out: ...}'")]  # fmt: skip
    missing = [
        Finding(
            "error",
            f"{where}: {path} ({key}) is not here",
            "a file of rows that people labelled: JSON Lines with the fields and 'label'",
            "put the data there, or remove the task; docs/study.md says how",
        )
        for key, path in paths.items()
        if path and not (workspace.root / path).is_file()
    ]
    if missing:
        return missing
    try:
        people = People(build_job(workspace, recipe), task)
    except (RecipeError, WorkspaceError) as error:
        return [Finding("error", f"{where}: {error.found}", error.expected, error.hint)]
    found = []
    for rows, what, key in (
        (people.real, "real rows to train on", "real"),
        (people.held_out, "held-out rows", "held_out"),
    ):
        labels = sorted({one.label for one in rows})
        if len(labels) < 2:
            has = f"{len(rows):,} {what}" + "".join(f", all of the label {label!r}" for label in labels)
            found.append(Finding("error", f"{where} has {has}", "rows of two labels or more", f"add rows to {key!r}"))
        elif lacking := [label for label in people.labels if label not in labels]:
            found.append(Finding("warning", f"{where}: no label {', '.join(lacking)} among its {what}"))
    if task.subjectivity == "agreement" and not any(one.agreement for one in people.held_out):
        expected, hint = "a column 'agreement' or 'annotations' there", "docs/agreement.md; or write a figure"
        found.append(Finding("error", f"{where}: no held-out row tells how far its annotators agreed", expected, hint))
    if more := [one for one in file.study.real_rows if one > len(people.real)]:
        left = ", ".join(f"{one:,}" for one in more)
        found.append(Finding("warning", f"{where} has {len(people.real):,} real rows: mixes with {left} are left out"))
    if people.left_out:
        found.append(Finding("warning", f"{where}: {people.left_out:,} real rows are held out too, or repeat another"))
    return found


def explain(error: PedigreeError) -> str:
    """Return what the table says of a failed cell."""
    return error.found.splitlines()[0]
