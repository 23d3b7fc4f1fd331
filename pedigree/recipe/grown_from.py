"""The versions that a dataset grew from, as its recipe names them."""

import operator
from collections.abc import Mapping, Sequence

from pydantic import Field

from pedigree.recipe.apportion import apportion
from pedigree.recipe.strict_model import InconsistentRecipe, StrictModel


def _is_none(value: object) -> bool:
    return value is None


class Base(StrictModel):
    """A version that the dataset grew from: its rows come first and keep their ids and splits."""

    version: str = Field(pattern=r"^v\d+\.\d+\.\d+$", description="Its number.")
    rows: int = Field(ge=1, description="Rows that the recipe wanted then.")
    rounds: int | None = Field(
        default=None,
        ge=0,
        exclude_if=_is_none,
        description="Rounds that made its rows; written where rows are chosen by coverage.",
    )
    targets: dict[str, int] = Field(
        default={},
        exclude_if=operator.not_,
        description="Rows that it wanted of each label, where a real set has been filled up in other shares since.",
    )


def check_growth(bases: Sequence[Base], rows: int, labels: set[str], *, by_coverage: bool) -> None:
    """Raise ValueError unless each step to ``rows`` adds rows, and has the targets and rounds that it needs."""
    sizes = [*(base.rows for base in bases), rows]
    if sizes != sorted(set(sizes)):
        grown = (
            f"the dataset grew from {', '.join(map(str, sizes[:-1]))} rows, so it must want more than {max(sizes[:-1])}"
        )
        advice = "raise 'rows'; or remove 'grown_from', and the next version is chosen anew from what the ledger holds"
        raise InconsistentRecipe(f"{grown}: {advice}", "rows")
    for base in bases:
        if base.targets and (set(base.targets) != labels or sum(base.targets.values()) != base.rows):
            raise InconsistentRecipe(
                f"the targets of {base.version} are not those of the labels, {base.rows} rows in all", "grown_from"
            )
        if by_coverage and base.rounds is None:
            raise InconsistentRecipe(
                f"{base.version} has no rounds, which a choice by coverage needs: let a run write grown_from",
                "grown_from",
            )


def list_sizes(bases: Sequence[Base], rows: int) -> list[int]:
    """Return the rows wanted by each version that the dataset grew from, and last by the recipe."""
    return [*(base.rows for base in bases), rows]


def list_steps(shares: Mapping[str, float], bases: Sequence[Base], rows: int) -> list[dict[str, int]]:
    """Return the rows wanted of each label by each version that the dataset grew from, and last by the recipe."""
    steps, so_far = [], dict.fromkeys(shares, 0)
    for wanted, targets in [*((base.rows, base.targets) for base in bases), (rows, {})]:
        if targets:
            so_far = {name: targets[name] for name in shares}
            steps.append(so_far)
            continue
        lacks = {name: max(0.0, wanted * share - so_far[name]) for name, share in shares.items()}
        more = apportion(wanted - sum(so_far.values()), lacks)
        so_far = {name: so_far[name] + more[name] for name in shares}
        steps.append(so_far)
    return steps
