"""Checks that the rows which a recipe wants can be made at all: its shares, the floor of its labels, its calls."""

import logging
from collections import Counter
from math import ceil

from pedigree.dataset.expectation_suite import is_gated
from pedigree.errors import BudgetError, RecipeError
from pedigree.job import Job
from pedigree.metrics.label_distance import measure_distance
from pedigree.metrics.label_sets.counts import describe_rounding
from pedigree.recipe.content.scenarios import find_quotas
from pedigree.recipe.label_sets.names import split_labels
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import find_line

MAX_NAMED = 5

log = logging.getLogger("pedigree")


def check_shares(job: Job) -> None:
    """Raise RecipeError if so few whole rows cannot meet the recipe's shares: every run would fail its gates."""
    _warn_of_sets(job)
    recipe, path = job.recipe, job.workspace.recipe_path(job.dataset)
    where = f"{path}, line {find_line(path, 'rows')}: rows"
    if empty := [name for name, rows in recipe.targets.items() if rows == 0]:
        raise RecipeError(
            f"{where}: {recipe.rows:,} leave none for {', '.join(empty)}", hint="raise rows, or that share"
        )
    if empty := [name for name, rows in recipe.stratum_targets.items() if rows == 0]:
        raise RecipeError(f"{where}: {recipe.rows:,} leave none for {', '.join(empty[:MAX_NAMED])}", hint="raise rows")
    distance = measure_distance(recipe.targets, {name: label.share for name, label in recipe.labels.items()})
    if distance > recipe.gates.label_distance:
        raise RecipeError(
            f"{where}: {recipe.rows:,} whole rows come no nearer to the shares than {distance:.4f}",
            expected=f"at most {recipe.gates.label_distance:g}, the recipe's label_distance",
            hint="raise rows or gates.label_distance",
        )


def check_class_floor(job: Job) -> None:
    """Raise RecipeError if a label is to get fewer rows than its gate demands: every run would fail the gate."""
    recipe, floor = job.recipe, job.recipe.gates.class_floor
    short = {name: rows for name, rows in _count_labels(recipe).items() if rows < floor}
    if not short or not is_gated(job.workspace.root / f"expectations/{recipe.gates.suite}.json", "class_floor"):
        return
    path, fewest = job.workspace.recipe_path(job.dataset), min(short, key=short.__getitem__)
    enough = ceil(floor / recipe.single_labels[fewest].share)
    listed = ", ".join(f"{name} {rows:,}" for name, rows in [*short.items()][:MAX_NAMED])
    more = f" and {len(short) - MAX_NAMED:,} more" if len(short) > MAX_NAMED else ""
    raise RecipeError(
        f"{path}, line {find_line(path, 'gates', 'class_floor')}: class_floor is {floor:,}, "
        f"but the {recipe.rows:,} rows leave fewer for {listed}{more}",
        expected=f"at least {floor:,} rows of every label",
        hint=f"raise 'rows' to {enough:,} or more, or lower 'gates: class_floor' to {short[fewest]:,}",
    )


def _warn_of_sets(job: Job) -> None:
    """Warn of targets that no whole number of rows meets, and of sets so small that most rows of a call are surplus."""
    path, recipe = job.workspace.recipe_path(job.dataset), job.recipe
    if recipe.labels_per_row is None:
        return
    if rounded := describe_rounding(recipe):
        log.warning(
            "%s: %d targets are no whole number of rows: %s%s",
            *(path, len(rounded), "; ".join(rounded[:MAX_NAMED]), " ..." if len(rounded) > MAX_NAMED else ""),
        )
    per_call = min(one.rows_per_call * one.turns for one in recipe.generators)
    small = [name for name, rows in recipe.targets.items() if rows < per_call]
    if len(small) > len(recipe.targets) / 2:
        log.warning(
            "%s: %d of the %d sets of labels want fewer rows than a call gives (%d), so that many rows are surplus: "
            "lower rows_per_call, raise rows, or allow fewer labels a row",
            *(path, len(small), len(recipe.targets), per_call),
        )


def _count_labels(recipe: Recipe) -> dict[str, int]:
    """Return the rows wanted of each label; a row with several labels counts for each."""
    if recipe.labels_per_row is None:
        return recipe.targets
    counts = dict.fromkeys(recipe.single_labels, 0)
    for name, rows in recipe.targets.items():
        for label in split_labels(name):
            counts[label] += rows
    return counts


def check_scenarios(job: Job) -> None:
    """Raise RecipeError if real rows leave too few of a label for its scenarios, whose rows are all made."""
    recipe, real = job.recipe, Counter(job.screen_real_rows().rows["label"].to_list())
    wanted = Counter[str]()
    for (_, label), rows in find_quotas(recipe.scenarios, recipe.targets).items():
        wanted[label] += rows
    if not (short := [label for label, rows in wanted.items() if rows > recipe.targets[label] - real[label]]):
        return
    path, label = job.workspace.recipe_path(job.dataset), short[0]
    raise RecipeError(
        f"{path}, line {find_line(path, 'scenarios')}: scenarios want {wanted[label]:,} rows of label {label!r}, but "
        f"{real[label]:,} of its {recipe.targets[label]:,} rows are people's",
        expected=f"floors that sum to {max(0, recipe.targets[label] - real[label]):,} or fewer for that label",
        hint="lower the floors, or raise 'rows'",
    )


def check_calls(job: Job, calls: int) -> None:
    """Raise BudgetError if the budget allows too few calls even if every row is kept."""
    limit, path = job.recipe.budget.calls, job.workspace.recipe_path(job.dataset)
    if limit is not None and calls > limit:
        raise BudgetError(
            f"{path}, line {find_line(path, 'budget', 'calls')}: "
            f"{job.recipe.rows:,} rows can't be paid for with {limit:,} calls",
            expected=f"at least {calls:,} calls if no row is rejected; see 'pedigree estimate {job.dataset}'",
            hint="raise 'budget: calls', lower 'rows', or raise 'rows_per_call'",
        )
