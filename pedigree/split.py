"""The split into train and validation: exact counts a label, similar rows on one side, chance from ids alone."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from pedigree.ids import sha256_of
from pedigree.shares import divide


def choose_validation(labels: Mapping[str, str], groups: Mapping[str, str], share: float, seed: int) -> frozenset[str]:
    """Return the row ids of the validation split.

    ``labels`` and ``groups`` map row ids to a label and to a group of similar rows. Of each label, ``share`` of the
    rows is taken by largest remainder. A group is taken whole, or not at all where any of its labels has no room; rows
    that are alone fill what is left, so a label comes out short only where too few of its rows are alone.
    Order and seed of chance are in the ids: the order of the mappings does not matter.
    """
    room = {label: divide(rows, {"train": 1 - share, "validation": share})["validation"] for label, rows in Counter(labels.values()).items()}  # fmt: skip
    members: dict[str, list[str]] = defaultdict(list)
    for id, group in groups.items():
        members[group].append(id)
    taken: set[str] = set()
    for group in sorted(members, key=lambda group: sha256_of(["split", seed, group])):
        wanted = Counter(labels[id] for id in members[group])
        if all(rows <= room[label] for label, rows in wanted.items()):
            taken.update(members[group])
            for label, rows in wanted.items():
                room[label] -= rows
    return frozenset(taken)
