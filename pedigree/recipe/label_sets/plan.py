"""From the recipe's labels and ``labels_per_row`` to the sets that its rows hold, each with the rows wanted of it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pedigree.recipe.label_sets.design import Design, ImpossibleTargets, Target
from pedigree.recipe.label_sets.names import SEPARATOR, find_name_fault, join_labels, split_labels
from pedigree.recipe.label_sets.settings import LabelsPerRow
from pedigree.recipe.label_sets.solver import count_sets
from pedigree.recipe.labels_and_fields import Label
from pedigree.recipe.strict_model import InconsistentRecipe

KEY = "labels_per_row"


def list_targets(labels: Mapping[str, Label], settings: LabelsPerRow) -> tuple[Target, ...]:
    """Return the targets: the share of each label, of each size that is given, and of each combination that is."""
    return (
        *(Target(label.share, (name,)) for name, label in labels.items()),
        *(Target(share, size=size) for size, share in sorted(settings.sizes.items())),
        *(Target(share, tuple(name.split(SEPARATOR))) for name, share in settings.co_occurrence.items()),
    )


def plan_steps(labels: Mapping[str, Label], settings: LabelsPerRow, rows: Sequence[int]) -> list[dict[str, int]]:
    """Return the rows wanted of each set at each number of rows; none falls from one step to the next.

    ``rows`` are those of the versions that the dataset grew from, and last its own. Raises ImpossibleTargets.
    """
    return _plan_steps(tuple(labels), list_targets(labels, settings), settings.min, settings.max, tuple(rows))


@lru_cache(maxsize=64)
def _plan_steps(
    labels: tuple[str, ...], targets: tuple[Target, ...], low: int, high: int, rows: tuple[int, ...]
) -> list[dict[str, int]]:
    steps: list[dict[tuple[str, ...], int]] = [{}]
    for number in rows:
        steps.append(count_sets(Design(labels, number, low, high, targets, tuple(steps[-1].items()))))
    last = {join_labels(one, labels): one for one in steps[-1]}
    return [{name: step.get(members, 0) for name, members in last.items()} for step in steps[1:]]


def make_set_labels(targets: Mapping[str, int], labels: Mapping[str, Label]) -> dict[str, Label]:
    """Return the planned sets as labels: the share of each is the share of the rows wanted of it (0 for none)."""
    rows = sum(targets.values())
    return {
        name: Label.model_construct(share=count / rows, means=describe_set(split_labels(name), labels), unlike=[])
        for name, count in targets.items()
    }


def describe_set(members: Sequence[str], labels: Mapping[str, Label]) -> str:
    """Return the definition of a set, from those of its labels."""
    if not members:
        return f"none of these: {', '.join(labels)}"
    if len(members) == 1:
        return labels[members[0]].means
    return "all of these at once: " + "; ".join(f"{name}: {labels[name].means}" for name in members)


def check_plan(labels: Mapping[str, Label], settings: LabelsPerRow | None, rows: Sequence[int]) -> None:
    """Raise InconsistentRecipe, with the key to change, unless names and targets fit and rows can meet the targets.

    Without settings, a row has one label, and all is well.
    """
    if settings is None:
        return
    if fault := find_name_fault(labels):
        raise InconsistentRecipe(fault, "labels")
    if settings.max > len(labels):
        found = f"max is {settings.max}, and there are {len(labels)} labels"
        raise InconsistentRecipe(found, KEY, "max")
    _check_combinations(labels, settings)
    total = sum(label.share for label in labels.values())
    sizes = settings.sizes
    if len(sizes) == settings.max - settings.min + 1:
        low = high = sum(size * share for size, share in sizes.items())
        says = f"the sizes make {low:.6g} labels a row"
    else:
        low, high = settings.min, settings.max
        says = f"a row has {low} to {high} labels" if low < high else f"a row has {low}"
    if not low - 1e-6 <= total <= high + 1e-6:
        found = f"the shares of the labels sum to {total:.6g}, which is the mean number of labels a row, and {says}"
        raise InconsistentRecipe(found, "labels")
    try:
        plan_steps(labels, settings, rows)
    except ImpossibleTargets as impossible:
        raise InconsistentRecipe(str(impossible), KEY) from None


def _check_combinations(labels: Mapping[str, Label], settings: LabelsPerRow) -> None:
    seen: dict[frozenset[str], str] = {}
    for name in settings.co_occurrence:
        members = name.split(SEPARATOR)
        place = (KEY, "co_occurrence", name)
        if unknown := [one for one in members if one not in labels]:
            found = f"{unknown[0]!r} is no label of this recipe; a combination is written as 'food{SEPARATOR}service'"
            raise InconsistentRecipe(found, *place)
        if len(set(members)) < len(members) or len(members) < 2:
            raise InconsistentRecipe(f"{name!r} does not name two or more different labels", *place)
        if other := seen.get(frozenset(members)):
            raise InconsistentRecipe(f"{name!r} and {other!r} are the same combination", *place)
        seen[frozenset(members)] = name
