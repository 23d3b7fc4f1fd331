"""The name of a set of labels: its labels in the recipe's order, joined; the column ``label`` holds it."""

from collections.abc import Collection, Iterable

SEPARATOR = " + "
NO_LABEL = "no label"  # the name of the empty set


def join_labels(members: Collection[str], labels: Iterable[str]) -> str:
    """Return the name of a set of labels; ``labels`` are all of the recipe, in its order."""
    return SEPARATOR.join(label for label in labels if label in members) or NO_LABEL


def split_labels(name: str) -> list[str]:
    """Return the labels of a set by its name, in the recipe's order; none of ``NO_LABEL``."""
    return [] if name == NO_LABEL else name.split(SEPARATOR)


def list_labels(name: str, settings: object) -> list[str]:
    """Return the labels of a row by its column ``label``: the one or, with the recipe's settings, those of its set."""
    return [name] if settings is None else split_labels(name)


def find_name_fault(labels: Iterable[str]) -> str | None:
    """Return what is wrong with a label's name where names are joined, or None."""
    for name in labels:
        if SEPARATOR in f" {name} " or name == NO_LABEL:
            why = f"holds {SEPARATOR!r}, which joins labels"
            why = "is the name of rows without a label" if name == NO_LABEL else why
            return f"label {name!r} {why} where a row has several: rename it"
    return None
