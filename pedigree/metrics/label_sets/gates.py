"""Gates of rows with several labels: each label, and what stands together, as often as planned."""

from collections.abc import Sequence

from pedigree.dataset.results import Distribution, GateResult
from pedigree.metrics.label_sets.counts import Held, SetCounts, count_label_sets
from pedigree.recipe.schema import Recipe

MAX_NAMED = 5


def make_set_gates(distribution: Distribution, recipe: Recipe) -> list[GateResult]:
    """Return the gates on labels, and on numbers of labels and co-occurrence; none where a row has one label."""
    counts = count_label_sets(recipe, distribution)
    if counts is None:
        return []
    floor, limit = recipe.gates.class_floor, recipe.gates.label_distance
    figure, says = _compare(counts.labels, "Each label is", counts, recipe)
    short = [f"{one.name} {one.kept:,}" for one in counts.labels if one.kept < floor]
    few = f"; fewer rows than class_floor ({floor:,}): {', '.join(short[:MAX_NAMED])}" if short else ""
    apart, told = _compare(
        [*counts.sizes, *counts.pairs, *counts.combinations],
        "Each number of labels and each pair of labels is",
        *(counts, recipe),
    )
    return [
        GateResult(
            name="rows of each label",
            severity="critical",
            passed=figure <= limit and not short,
            figure=figure,
            limit=limit,
            message=says + few,
        ),
        GateResult(
            name="labels together",
            severity="critical",
            passed=apart <= limit,
            figure=apart,
            limit=limit,
            message=told,
        ),
    ]


def _compare(held: Sequence[Held], what: str, counts: SetCounts, recipe: Recipe) -> tuple[float, str]:
    """Return the largest difference, in shares of the rows, between what is there and what was planned, and words."""
    limit, rows = recipe.gates.label_distance, counts.rows
    off = {one: abs(one.kept / rows - one.wanted / recipe.rows) if rows else 1.0 for one in held}
    wrong = sorted((one for one in held if not one.is_met), key=lambda one: -off[one])
    figure = round(max(off.values(), default=0.0), 6)
    listed = [f"{one.kind} {one.name}: {one.kept:,} of {one.wanted:,}" for one in wrong[:MAX_NAMED]]
    listed += [f"{len(wrong) - MAX_NAMED:,} more"] if len(wrong) > MAX_NAMED else []
    says = f"Not as planned: {'; '.join(listed)}" if wrong else f"{what} there exactly as often as planned"
    return figure, f"{says} (largest difference of a share: {figure:g}, at most {limit:g})"
