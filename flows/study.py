"""The flow study: makes every dataset of a study, trains students on them, and compares the results."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled
from pydantic import Field

from flows.exclusive import hold_exclusively
from flows.plain_logs import configure_run_logs
from flows.preload import start_run_helper
from flows.prepare import import_ahead
from flows.rounds import take_rounds
from pedigree.errors import BudgetError, PedigreeError, ProviderError, RunCancelled, ServerLost
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.job import Job, open_job
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.schema import Recipe
from pedigree.studies.cells import Cell, Chain
from pedigree.studies.output_files import name_dataset
from pedigree.studies.settings import StudyTask
from pedigree.studies.study_file import StudyFile, find_study, load_study
from pedigree.studies.training import Factory, find_students, mark_students
from pedigree.system.helper_process import stop_on_interrupt
from pedigree.workspace import Workspace, find_workspace
from tasks.check import check_start
from tasks.curate import curate
from tasks.distribution import check_labels
from tasks.generation_state import Generation, save_generation
from tasks.measure import measure
from tasks.secret_blocks import load_missing_keys
from tasks.study.cell import (
    RESULT,
    create_cell,
    find_cell,
    find_folder,
    fingerprint_cell,
    keep,
    measure_cell,
    measure_people,
    read_kept,
)
from tasks.study.check import explain, plan_recipes, require_files
from tasks.study.publish import publish_results, write_manifest
from tasks.study.results import StudyResult, collect_results, show_study
from tasks.validate import validate

log = logging.getLogger("pedigree")

StudyName = Annotated[str, Field(min_length=1, max_length=60)]


@dataclass
class StudyRun:
    """What a run of a study knows so far."""

    workspace: Workspace
    file: StudyFile
    students: Mapping[str, Factory]
    recipes: Mapping[Cell, Recipe]
    people: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    cells: dict[Cell, dict[str, Any]] = field(default_factory=dict)
    spent: dict[Chain, Usage] = field(default_factory=dict)
    marks: Sequence[str] = ()  # the students, each with the hash of its model; the names alone if left out

    def find_task(self, cell: Cell) -> StudyTask:
        """Return the task of a cell."""
        return next(task for task in self.file.study.tasks if task.name == cell.task)

    def mark_cell(self, cell: Cell, recipe: Recipe) -> str:
        """Return the hash of what a cell's result is a function of."""
        return self.mark(recipe, self.find_task(cell), self.file.study.real_rows)

    def mark(self, recipe: Recipe, task: StudyTask, amounts: Sequence[int]) -> str:
        """Return the hash of what students that learn a recipe's rows or a task's real rows depend on."""
        return fingerprint_cell(self.workspace, recipe, task, [*(self.marks or self.students)], amounts)

    def read_cell(self, cell: Cell, recipe: Recipe) -> dict[str, Any] | None:
        """Return what an earlier run kept of a cell; None where it is still to be made."""
        path = find_cell(self.workspace, self.file.study.study, cell.name).root / RESULT
        return read_kept(path, self.mark_cell(cell, recipe))

    def count_others(self, chain: Chain) -> Usage:
        """Return what the chains besides this one count against the study's budget."""
        return sum((usage for other, usage in self.spent.items() if other != chain), NO_USAGE)


@flow(name="study", flow_run_name="study {name}", persist_result=False, validate_parameters=True)
def study(name: StudyName, publish_version: bool = True, retry_failed: bool = False) -> StudyResult | State:
    """Make every dataset of a study, train students on them and on people's rows, and compare them.

    Each dataset is made by the same steps as any other, in a folder of its own; answers in the ledger are not paid for
    again, and a dataset that was finished is not made again. The budget is that of the whole study.

    Args:
        name: Study to make: a file in the folder studies, without .yaml.
        publish_version: Publish the results as a version of study-NAME (in git and DVC), unless a dataset failed.
        retry_failed: Ask again for answers that failed for good in earlier runs.
    """
    configure_run_logs()
    workspace = find_workspace()
    file = load_study(find_study(workspace, name))
    recipes = plan_recipes(file, workspace)
    for finding in require_files(file, workspace, recipes):
        log.warning("%s", finding.found)
    with hold_exclusively(workspace, name_dataset(file.study.study)), stop_on_interrupt():
        run = StudyRun(workspace, file, find_students(workspace, file.study)[0], recipes)
        run.marks = mark_students(workspace, file.study, [*run.students])
        try:
            make_cells(run, retry_failed)
        except RunCancelled as stopped:
            return Cancelled(message=f"{stopped.found}; everything received is kept")
        models = {cell: recipe.generators[0].model for cell, recipe in recipes.items()}
        result = collect_results(workspace, file, run.cells, models, run.people)
        write_manifest(workspace, file, recipes, result.table)
        show_study(result)
        if publish_version and not result.failed:
            result = replace(result, version=publish_results(workspace, file, recipes, result.table))
    return result


@flow(name="cell", flow_run_name="{name}", persist_result=False)
def make_cell(name: str, job: Any, before: Usage, retry_failed: bool) -> Usage:
    """Make one dataset of a study by the steps of any other, unpublished; return what it counts of the budget."""
    spent = _generate(job, before, retry_failed)
    curate(job)
    validate(job, check_labels(job))
    measure(job, train=False)
    return spent


def _generate(job: Job, before: Usage, retry_failed: bool) -> Usage:
    with Ledger(job.workspace.ledger) as ledger:
        generation = Generation(job, ledger)
        generation.spent = before
        take_rounds(job, generation, ledger, retry_failed=retry_failed, as_tasks=True)
    save_generation(job, generation)
    return generation.spent - before


def make_cells(run: StudyRun, retry_failed: bool) -> None:
    """Make every cell that earlier runs did not finish, and take the others as they were kept.

    Raises BudgetError where the study's budget is used up; a provider's error is told, and the next cell is made.
    """
    _prepare_cells(run)
    for cell, recipe in run.recipes.items():
        _take_people(run, cell, recipe)
        _take_cell(run, cell, recipe, retry_failed)


def _prepare_cells(run: StudyRun) -> None:
    """Set up the cells that are still to be made; raise what is certain to stop one before anything is paid for."""
    waiting = {cell: recipe for cell, recipe in run.recipes.items() if run.read_cell(cell, recipe) is None}
    if waiting:
        start_run_helper()
        import_ahead()
    for cell, recipe in waiting.items():
        job = create_cell(run.workspace, run.file.study.study, cell, recipe)
        load_missing_keys(job)
        check_start(job)


def _take_people(run: StudyRun, cell: Cell, recipe: Recipe) -> None:
    """Measure the real-only baseline of a task and a seed, unless it is known."""
    if (cell.task, cell.seed) in run.people:
        return
    study, task = run.file.study, run.find_task(cell)
    recipe = recipe.model_copy(update={"rows": max(one.rows for one in run.recipes if one.task == cell.task)})
    amounts = sorted({*study.real_rows, *study.sizes})
    mark = run.mark(recipe, task, amounts)
    path = find_folder(run.workspace, study.study) / "people" / f"{cell.task}.seed-{cell.seed}.json"
    found = read_kept(path, mark)
    if found is None:
        found = keep(path, mark, measure_people(run.workspace, recipe, task, run.students, amounts))
        log.info("%s: the students learned %d real rows", cell.task, found["real_rows"])
    run.people[cell.task, cell.seed] = found


def _take_cell(run: StudyRun, cell: Cell, recipe: Recipe, retry_failed: bool) -> None:
    """Make a cell, or take what an earlier run kept of it; a provider's error is told and the next cell is made."""
    found = run.read_cell(cell, recipe)
    if found is None:
        log.info("%s", cell.said)
        own, amounts = find_cell(run.workspace, run.file.study.study, cell.name), run.file.study.real_rows
        try:
            job = open_job(own, recipe.dataset)
            used = make_cell(cell.name, job, run.count_others(cell.chain), retry_failed)
            figures = measure_cell(run.workspace, job, run.find_task(cell), run.students, amounts)
            figures["used"] = [used.calls, used.tokens, used.usd]
            found = keep(own.root / RESULT, run.mark_cell(cell, recipe), figures)
        except (BudgetError, RunCancelled, ServerLost):
            raise
        except PedigreeError as error:
            log.warning("%s failed; everything received is kept: %s", cell.said, error.found)
            run.cells[cell] = {"status": "failed", "why": explain(error)}
            return
    run.cells[cell] = found
    run.spent[cell.chain] = Usage(*found["used"])


def require_whole(result: StudyResult) -> None:
    """Raise ProviderError where a dataset of a study failed."""
    if result.failed:
        raise ProviderError(
            f"{len(result.failed)} of {result.datasets} datasets failed; the first: {result.failed[0]}",
            hint="the results hold the others; the same command makes what is missing and pays nothing twice",
        )
