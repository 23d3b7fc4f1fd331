"""Finds how many rows of each set of labels meet all targets exactly, as evenly as they allow.

Of all solutions that one is wanted which is nearest to the distribution with the largest entropy under the targets
(the least that is assumed beyond them: Jaynes 1957), found by iterative proportional fitting (Deming & Stephan 1940).
Whole numbers come from an integer program (HiGHS), which is deterministic.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from pedigree.recipe.label_sets.conflict import describe_conflict
from pedigree.recipe.label_sets.design import MAX_SETS, Design, ImpossibleTargets

if TYPE_CHECKING:
    import numpy as np

MAX_SWEEPS, CLOSE = 500, 1e-9
MAX_NODES = 2_000  # of the search for whole numbers; a limit of time would make the result depend on the machine
MAX_MORE_ROWS = 100  # how far a number of rows is looked for that meets targets in whole rows


@lru_cache(maxsize=64)
def count_sets(design: Design) -> dict[tuple[str, ...], int]:
    """Return the rows wanted of each set of labels that is to have some, in the order of ``Design.sets``.

    A target whose share is a whole number of rows is met exactly; each other one by the whole number next to it, the
    nearer where possible. Raises ImpossibleTargets where there is no solution.
    """
    if design.number_of_sets > MAX_SETS:
        raise ImpossibleTargets(
            f"{len(design.labels)} labels give {design.number_of_sets:,} sets of {design.min} to {design.max} labels, "
            f"and at most {MAX_SETS:,} can be planned: lower 'max'"
        )
    even = _fit_evenly(design)
    for nearest in (True, False):
        for free in (False, True):
            if (found := _round(design, even, nearest=nearest, free=free)) is not None:
                return {one: int(count) for one, count in zip(design.sets, found, strict=True) if count}
    raise ImpossibleTargets(describe_conflict(design))


def indicate(design: Design) -> "np.ndarray":
    """Return which sets count for which target: targets x sets, 0 or 1."""
    import numpy as np

    rows = [[target.holds(one) for one in design.sets] for target in design.targets]
    return np.array(rows, dtype=float).reshape(len(design.targets), len(design.sets))


def _fit_evenly(design: Design) -> "np.ndarray":
    """Return the share of each set in the distribution with the largest entropy; near to it where targets conflict."""
    import numpy as np

    members = indicate(design).astype(bool)
    shares = np.full(len(design.sets), 1 / len(design.sets))
    for _ in range(MAX_SWEEPS):
        before = shares.copy()
        for inside, target in zip(members, design.targets, strict=True):
            for part, wanted in ((inside, target.share), (~inside, 1 - target.share)):
                total = shares[part].sum()
                if total > 0:
                    shares[part] *= max(wanted, 0) / total
        if np.abs(shares - before).max() < CLOSE:
            break
    return shares / shares.sum() if shares.sum() > 0 else np.full(len(shares), 1 / len(shares))


def _round(design: Design, even: "np.ndarray", *, nearest: bool, free: bool) -> "np.ndarray | None":
    """Return whole numbers of rows that meet the targets and are as near to ``even`` as can be; None without any.

    ``nearest``: a share that is no whole number of rows is met by the nearer of its two neighbours, else by either.
    ``free``: a set may be further from ``even`` than its two neighbouring whole numbers.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    sets, rows = len(design.sets), design.rows
    least = _list_least(design)
    wanted = np.maximum(even * rows, least)
    low, high = np.maximum(np.floor(wanted + 1e-6), least), np.maximum(np.ceil(wanted - 1e-6), least)
    limits = np.array([target.find_limits(rows) for target in design.targets], dtype=float).reshape(-1, 2)
    if nearest:
        exact = np.array([target.share * rows for target in design.targets])
        limits = np.repeat(np.floor(exact + 0.5 + 1e-6)[:, None], 2, axis=1) if len(exact) else limits
    matrix = csr_array(np.vstack([indicate(design), np.ones(sets)]))
    bounds = np.append(limits[:, 0], rows), np.append(limits[:, 1], rows)
    order = np.arange(sets) / sets * 1e-3  # of equal solutions, the one with more rows of the earlier sets
    if not free:
        costs = np.where(high > low, low + high - 2 * wanted, 0) + order
        found = milp(
            costs, integrality=np.ones(sets), bounds=Bounds(low, high), constraints=LinearConstraint(matrix, *bounds),
            options={"node_limit": MAX_NODES},
        )  # fmt: skip
        return None if found.x is None else np.rint(found.x)
    # A second variable for each set: how far it is from what is wanted, on either side.
    one = eye_array(sets)
    whole = hstack([matrix, csr_array(matrix.shape)])
    distance = vstack([hstack([one, -one]), hstack([one, one])])
    far = np.append(np.full(sets, -np.inf), wanted), np.append(wanted, np.full(sets, np.inf))
    found = milp(
        np.append(order, np.ones(sets)),
        integrality=np.append(np.ones(sets), np.zeros(sets)),
        bounds=Bounds(np.append(least, np.zeros(sets)), np.inf),
        constraints=[LinearConstraint(whole, *bounds), LinearConstraint(distance, *far)],
        options={"node_limit": MAX_NODES},
    )
    return None if found.x is None else np.rint(found.x[:sets])


def _list_least(design: Design) -> "np.ndarray":
    import numpy as np

    known = dict(design.at_least)
    return np.array([known.get(one, 0) for one in design.sets], dtype=float)
