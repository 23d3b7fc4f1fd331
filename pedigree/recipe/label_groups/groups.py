"""Which labels a judge with ``labels_shown`` is shown about a row: a group of the recipe's labels, and no label at all.

A group holds the label that the row was made for, the labels that are easily confused with it, and others drawn by the
row's text, so that over the rows each label stands beside every other. It depends on the recipe and the row alone.
"""

from collections.abc import Mapping
from typing import Any

from pedigree import ids
from pedigree.recipe.labels_and_fields import Label

NONE = "none of these"  # the answer that none of the labels shown fits
FEWEST = 2


def list_near(labels: Mapping[str, Label]) -> dict[str, tuple[str, ...]]:
    """Return by label the labels that are confused with it: those of its ``unlike``, and those that name it there."""
    named = {(one, other) for one, label in labels.items() for other in label.unlike}
    return {one: tuple(other for other in labels if {(one, other), (other, one)} & named) for one in labels}


def choose_group(
    near: Mapping[str, tuple[str, ...]], shown: int, seed: int, label: str, fields: Mapping[str, Any]
) -> list[str]:
    """Return the ``shown`` labels of the group for a row with these ``fields`` that was made for ``label``.

    ``near`` are all labels with those that are confused with each. Where more of these are near than the group takes,
    or for its other places, labels are drawn; a larger group of the same row holds the smaller one.
    """
    chance = ids.seeded(seed, "label group", label, fields)
    close = chance.sample(near[label], len(near[label]))
    known = {label, *close}
    rest = [other for other in near if other not in known]
    return [label, *close, *chance.sample(rest, len(rest))][:shown]


def find_group_fault(shown: int | None, name: str, labels: Mapping[str, Label]) -> str | None:
    """Return what is wrong with the ``labels_shown`` of the judge ``name`` beside the recipe's labels, or None."""
    if shown is None:
        return None
    if shown > len(labels):
        return (
            f"judge {name!r} has labels_shown: {shown}, and the recipe has {len(labels)} labels: name at most "
            f"{len(labels)}, or leave labels_shown out to show all of them"
        )
    if taken := next((label for label in labels if label.strip().casefold() == NONE), None):
        return f"a label is named {taken!r}, which a judge with labels_shown answers where no label fits: rename it"
    return None
