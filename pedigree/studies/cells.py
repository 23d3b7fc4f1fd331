"""The cells of a study: each is a dataset of one task, strategy, model, seed and size, with a recipe of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pedigree.errors import RecipeError
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe
from pedigree.studies.settings import INHERITED, MAX_CELLS, TEMPLATE, Study, StudyModel, StudyTask
from pedigree.studies.study_file import StudyFile
from pedigree.value_mistakes import word_mistake
from pedigree.workspace import Workspace

BASELINE = {"name": TEMPLATE, "strategy": "zero-shot", "model": "offline/template", "rows_per_call": 10}
NO_DRIFT = dict.fromkeys(("labels", "labels_read", "lengths", "vocabulary", "diversity"))
NO_TEXT, FIT = "no field of text", "texts with one label each: the students of a study learn no other rows"
REPEATS = 1  # trainings of a cell's own report; the study has its own seeds
ASKED_ONLY = {"tasks", "models", "model"}


@dataclass(frozen=True, order=True)
class Chain:
    """The cells that differ in their size alone: each is the beginning of the next larger one."""

    task: str
    strategy: str
    model: str
    seed: int


@dataclass(frozen=True)
class Cell:
    """One dataset of a study. ``rows`` are those it wants; ``grown_from`` those of the smaller cells of its chain."""

    task: str
    strategy: str
    model: str
    seed: int
    size: int
    rows: int
    grown_from: tuple[int, ...]

    @property
    def chain(self) -> Chain:
        """Return what it shares with the cells that it grew from."""
        return Chain(self.task, self.strategy, self.model, self.seed)

    @property
    def name(self) -> str:
        """Return the name of its folder, unique in the study."""
        return f"{self.task}.{self.strategy}.{self.model}.seed-{self.seed}.{self.size}"

    @property
    def said(self) -> str:
        """Return what messages call it."""
        system = self.strategy if self.strategy == TEMPLATE else f"{self.strategy} by {self.model}"
        return f"{self.task}: {system}, {self.size:,} rows, seed {self.seed}"


def list_cells(file: StudyFile, workspace: Workspace) -> list[Cell]:
    """Return the cells of a study, chain by chain, each from the smallest size to the largest; the baselines last.

    Raises RecipeError for too many cells, or for a strategy or model that no task has.
    """
    study = file.study
    counts = {task.name: len(make_parts(file, workspace, task)["labels"]) for task in study.tasks}
    systems = [(task.name, *pair) for task in study.tasks for pair in _list_systems(study, task)]
    for group, place in (("strategies", 1), ("models", 2)):
        if unused := [name for name in getattr(study, group) if name not in {one[place] for one in systems}]:
            raise RecipeError(
                f"{file.name_place(group, unused[0])}: no task is made with {unused[0]!r}",
                expected="a task, a strategy and a model that go together; strategy replay goes with models "
                "replay/FILE alone",
                hint="correct the strategy, the model, or the names under 'tasks' and 'models'",
            )
    systems += [(task.name, TEMPLATE, TEMPLATE) for task in study.tasks]
    cells = [cell for system in systems for seed in study.seeds for cell in _list_sizes(study, *system, seed, counts)]
    if len(cells) > MAX_CELLS:
        raise RecipeError(
            f"{file.path}: {len(cells):,} datasets", expected=f"at most {MAX_CELLS:,}", hint="name fewer sizes or seeds"
        )
    return cells


def _list_systems(study: Study, task: StudyTask) -> Iterable[tuple[str, str]]:
    for name, strategy in study.strategies.items():
        for other, model in study.models.items():
            if all(
                not allowed or one in allowed
                for one, allowed in ((task.name, strategy.tasks), (task.name, model.tasks), (other, strategy.models))
            ) and (strategy.strategy == "replay") <= model.model.startswith("replay/"):
                yield name, other


def _list_sizes(study: Study, task: str, strategy: str, model: str, seed: int, labels: dict[str, int]) -> list[Cell]:
    times = labels[task] if study.sizes_are == "rows_per_label" else 1
    rows = [size * times for size in study.sizes]
    return [
        Cell(task, strategy, model, seed, size, rows[place], tuple(rows[:place]))
        for place, size in enumerate(study.sizes)
    ]


def make_parts(file: StudyFile, workspace: Workspace, task: StudyTask) -> dict[str, Any]:
    """Return the keys of a recipe that are a task's own; raises RecipeError for a base recipe that can't be used."""
    parts: dict[str, Any] = {}
    if task.recipe:
        base = load_recipe(workspace.resolve_inside(task.recipe))
        plain = base.model_dump(mode="json")
        parts = {key: plain[key] for key in INHERITED if key in plain}
        unfit = "rows with several labels" if base.labels_per_row is not None else "slots" if base.slots else ""
        if unfit or (base.tabular and "fields" not in task.parts):
            place = file.study.tasks.index(task)
            raise RecipeError(
                f"{file.name_place('tasks', place, 'recipe')}: {task.recipe} has {unfit or NO_TEXT}",
                expected=FIT,
                hint="name another recipe",
            )
    return parts | task.parts


def make_recipe(file: StudyFile, workspace: Workspace, cell: Cell) -> Recipe:
    """Return the recipe of a cell; raises RecipeError with the line of the study where it does not hold together."""
    study = file.study
    place = next(index for index, task in enumerate(study.tasks) if task.name == cell.task)
    parts = make_parts(file, workspace, study.tasks[place])
    tree = {
        **parts,
        "gates": {"label_precision": "unchecked-ok", "class_floor": 0, **parts.get("gates", {})},
        "dataset": cell.task,
        "seed": cell.seed,
        "rows": cell.rows,
        "grown_from": [
            {"version": f"v0.{number}.0", "rows": rows} for number, rows in enumerate(cell.grown_from, start=1)
        ],
        "generators": [_make_generator(study, cell)],
        "budget": study.budget.model_dump(),
        "split": {"validation": 0.1},
        "drift": NO_DRIFT,
        "evaluate": {"repeats": REPEATS},
        "card": {"title": f"{study.study}: {cell.said}"},
    }
    try:
        recipe = Recipe.model_validate(tree)
    except ValidationError as error:
        raise _place_mistakes(error, file, cell, place) from None
    if recipe.tabular:
        at = file.name_place("tasks", place, "parts", "fields")
        raise RecipeError(f"{at}: task {cell.task} has {NO_TEXT}", expected=FIT, hint="add a field of text")
    return recipe


def _make_generator(study: Study, cell: Cell) -> dict[str, Any]:
    generator = dict(BASELINE)
    if cell.strategy != TEMPLATE:
        model: StudyModel = study.models[cell.model]
        own = model.model_dump(mode="json", exclude_unset=True, exclude=ASKED_ONLY)
        asked = study.strategies[cell.strategy].model_dump(mode="json", exclude_unset=True, exclude=ASKED_ONLY)
        parameters = own.pop("parameters", {}) | asked.pop("parameters", {})
        generator = {**own, **asked, "name": cell.strategy, "model": model.model.replace("{task}", cell.task)}
        generator |= {"parameters": parameters} if parameters else {}
    if cell.seed != study.seeds[0] and generator["strategy"] != "replay":
        generator["draw"] = f"seed-{cell.seed}"  # some prompts do not depend on the seed: its answers are its own
    return generator


def _place_mistakes(error: ValidationError, file: StudyFile, cell: Cell, place: int) -> RecipeError:
    """Return what is wrong with a cell's recipe, with the lines of the study that it comes from."""
    moved = []
    for mistake in error.errors(include_url=False):
        found_at = getattr(mistake.get("ctx", {}).get("error"), "place", ())
        loc = (*mistake["loc"], *found_at)
        of_task = ("tasks", place, "parts", *loc)
        at = ("strategies", cell.strategy, *loc[2:]) if loc[:1] == ("generators",) else of_task
        moved.append((file.find_line(*at), ".".join(map(str, loc)) or "the recipe", word_mistake(mistake)))
    line, what, told = moved[0]
    more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
    found = f"{file.path}, line {line}: {cell.said}: {what}: {told.found}{more}"
    return RecipeError(found, expected=told.expected, hint="correct it in the study")
