"""Train/validation split: exact counts per label, groups of similar rows on one side, pseudo-random by row id."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from pedigree.ids import quote, sha256_of_text
from pedigree.recipe.apportion import apportion


def join_groups(groups: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the groups after merging those of each pair; the smaller name stays. Pairs of unknown rows are ignored."""
    leads = {name: name for name in groups.values()}

    def find(name: str) -> str:
        while leads[name] != name:
            leads[name] = name = leads[leads[name]]
        return name

    for one, other in pairs:
        if one in groups and other in groups:
            small, large = sorted((find(groups[one]), find(groups[other])))
            leads[large] = small
    return {id: find(name) for id, name in groups.items()}


def choose_validation(
    labels: Mapping[str, str],
    groups: Mapping[str, str],
    share: float,
    seed: int,
    decided: Mapping[str, bool] | None = None,
) -> frozenset[str]:
    """Return the row ids of the validation split.

    ``labels`` and ``groups`` map row ids to a label and to a group of similar rows. ``share`` of each label's rows is
    taken, rounded by largest remainder. A group is taken whole, or not at all if one of its labels has no room; a label
    gets fewer rows only if too few of its rows are similar to no other row.
    ``decided`` maps rows of an earlier version to whether they are in its validation split: they keep their split, and
    rows similar to them get the same one (train if they are in both).
    The result depends on ids and ``seed`` only, not on the order of the mappings.
    """
    decided = decided or {}
    counts = Counter(labels.values())
    room = {
        label: apportion(rows, {"train": 1 - share, "validation": share})["validation"]
        for label, rows in counts.items()
    }
    taken = {id for id, in_validation in decided.items() if in_validation}
    for id in taken:
        room[labels[id]] -= 1
    first: dict[str, str] = {}  # a row of each group
    others: dict[str, list[str]] = defaultdict(list)  # the further ones of the groups that have some
    sides: dict[str, set[bool]] = defaultdict(set)
    for id, group in groups.items():
        if id in decided:
            sides[group].add(decided[id])
        elif first.setdefault(group, id) != id:
            others[group].append(id)
    open_labels = {label for label, places in room.items() if places > 0}
    for group in _order_groups(first, sides, seed):
        side = sides.get(group)
        if not open_labels and not side:
            break  # nothing fits any more, and all groups with a decided row have been seen
        own = [first[group], *others.get(group, ())]
        wanted = Counter(labels[id] for id in own) if len(own) > 1 else {labels[own[0]]: 1}
        if side == {True} or (not side and all(rows <= room[label] for label, rows in wanted.items())):
            taken.update(own)
            for label, rows in wanted.items():
                room[label] -= rows
                if room[label] <= 0:
                    open_labels.discard(label)
    return frozenset(taken)


def _order_groups(groups: Iterable[str], sides: Mapping[str, set[bool]], seed: int) -> list[str]:
    """Return groups in a pseudo-random order; those with a decided row come first: their room is taken."""
    start = f'["split",{seed},'
    keys = {group: sha256_of_text(f"{start}{quote(group)}]") for group in groups}
    ordered = sorted(keys, key=keys.__getitem__)
    decided = [group for group in ordered if group in sides] if sides else []
    return [*decided, *(group for group in ordered if group not in sides)] if decided else ordered
