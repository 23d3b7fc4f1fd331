"""Says why no rows can meet the targets of a recipe with several labels a row, and what would be possible.

The targets that contradict each other are an irreducible set: without any one of them the others can be met (deletion
filter: Chinneck & Dravnieks 1991). For each of them, the smallest and largest share that the others allow is given.
"""

from collections.abc import Sequence

from pedigree.recipe.label_sets.design import Design, Target

MAX_NAMED = 6
TOLERANCE = 1e-7


def describe_conflict(design: Design) -> str:
    """Return which targets contradict each other and what would be possible, as a sentence."""
    if not _meets(design, design.targets):
        return _describe_shares(design)
    if design.at_least:
        return (
            f"{design.rows:,} rows cannot meet the targets with the rows that the version before wanted of each set: "
            "raise 'rows', or change the shares less"
        )
    named = ", ".join(str(target) for target in design.targets[:MAX_NAMED])
    more = f" and {len(design.targets) - MAX_NAMED} more" if len(design.targets) > MAX_NAMED else ""
    return (
        f"the targets {named}{more} can be met as shares, but not by {design.rows:,} whole rows: change 'rows', "
        "best to a number of which every share is a whole number of rows"
    )


def _describe_shares(design: Design) -> str:
    conflict = min((_reduce(design, order) for order in (design.targets, design.targets[::-1])), key=len)
    named = " and ".join(filter(None, (", ".join(map(str, conflict[:-1])), str(conflict[-1]))))
    if len(conflict) == 1:
        low, high = _find_range(design, conflict[0], ()) or (0.0, 1.0)
        return f"{named} is not possible with {_count_labels(design)} a row; possible is {_format(low, high)}"
    changes = _list_changes(design, conflict, design.targets) or _list_changes(design, conflict, conflict)
    return (
        f"{named} contradict each other with {_count_labels(design)} a row: no rows can meet them. "
        f"Possible, with all other targets as they are: {'; or '.join(changes[:MAX_NAMED])}"
    )


def _reduce(design: Design, order: Sequence[Target]) -> list[Target]:
    """Return targets that contradict each other, of which none can be left out; those first in ``order`` are tried
    first.
    """
    conflict = list(design.targets)
    for target in order:
        rest = [one for one in conflict if one is not target]
        if not _meets(design, rest):
            conflict = rest
    return conflict


def _list_changes(design: Design, conflict: Sequence[Target], targets: Sequence[Target]) -> list[str]:
    """Return the shares of each target of the conflict, in words, with which all the other ``targets`` can be met."""
    found = [(one, _find_range(design, one, [other for other in targets if other is not one])) for one in conflict]
    return [f"{target.name} {_format(*limits)}" for target, limits in found if limits is not None]


def _count_labels(design: Design) -> str:
    number = f"{design.min}" if design.min == design.max else f"{design.min} to {design.max}"
    return f"{number} label{'s' * (design.max > 1)}"


def _format(*limits: float) -> str:
    low, high = (f"{round(value, 4) + 0:g}" for value in limits)
    return low if low == high else f"from {low} to {high}"


def _find_range(design: Design, target: Target, others: Sequence[Target]) -> tuple[float, float] | None:
    """Return the smallest and the largest share of a target with which the others can be met; None where none can."""
    goal = [float(target.holds(one)) for one in design.sets]
    low, high = (_solve(design, others, [sign * value for value in goal]) for sign in (1, -1))
    return None if low is None or high is None else (low, -high)


def _meets(design: Design, targets: Sequence[Target]) -> bool:
    return _solve(design, targets, [0.0] * len(design.sets)) is not None


def _solve(design: Design, targets: Sequence[Target], goal: Sequence[float]) -> float | None:
    """Return the smallest value of a linear function of the shares of the sets; None if the targets can't be met."""
    import numpy as np
    from scipy.optimize import linprog

    rows = [[float(target.holds(one)) for one in design.sets] for target in targets]
    matrix = np.array([*rows, [1.0] * len(design.sets)])
    shares = np.array([*(target.share for target in targets), 1.0])
    slack = TOLERANCE
    found = linprog(goal, A_ub=np.vstack([matrix, -matrix]), b_ub=np.append(shares + slack, slack - shares))
    return float(found.fun) if found.status == 0 else None
