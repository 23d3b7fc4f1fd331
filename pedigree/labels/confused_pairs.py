"""Lists the pairs of labels that are taken for each other: by judges, by a classifier, and among people's own rows.

A pair counts whichever of its labels was asked for. None of it is corrected for the errors of who read: a pair that
people's rows show too lies in the labels, one that only a judge or a classifier shows may be its own mistake.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Any

from pedigree.dataset.results import LabelReadings
from pedigree.labels.pilot_advice import format_unlike
from pedigree.labels.subjectivity import MIN_CONFUSED, Confusion, propose_unlike
from pedigree.recipe.schema import Recipe

MAX_PAIRS = 20
Source = tuple[str, str, Mapping[str, Mapping[str, int]]]  # name, what it rests on, label -> label read -> rows


def find_confused(
    recipe: Recipe, readings: Sequence[LabelReadings], useful: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the pairs that a source confuses on two rows or more: most sources first, then most rows; at most 20.

    ``readings``: labels given beside those asked for. ``useful``: the entry ``usefulness`` of metrics.json, from which
    the classifier of real rows is taken, read on held-out rows. ``sources`` is empty where nothing read any row: then
    it is unknown which labels are confused. ``unlike`` are new lists for the recipe that name the pairs, and ``lines``
    are these as YAML; both are empty where rows have several labels.
    """
    sources = _list_sources(readings, useful)
    counted = {name: _count(counts, set(recipe.labels)) for name, _, counts in sources}
    pairs = Counter(pair for one in counted.values() for pair, rows in one.items() if sum(rows) >= MIN_CONFUSED)
    rows_of = {pair: sum(sum(one.get(pair, (0, 0))) for one in counted.values()) for pair in pairs}
    worst = sorted(pairs, key=lambda pair: (-pairs[pair], -rows_of[pair], pair))[:MAX_PAIRS]
    lists = {name: label.unlike for name, label in recipe.labels.items()}
    confusions = [
        Confusion(pair, MIN_CONFUSED) for pair in worst if recipe.labels_per_row is None
    ]  # sets have no lists
    unlike = propose_unlike(confusions, lists)
    return {
        "sources": [_describe(name, rests_on, counts) for name, rests_on, counts in sources],
        "found": len(pairs),
        "pairs": [
            {
                "labels": list(pair),
                "rows": rows_of[pair],
                "by": {name: list(one[pair]) for name, one in counted.items() if pair in one},
                "unlike": recipe.labels_per_row is not None
                or (pair[1] in lists[pair[0]] and pair[0] in lists[pair[1]]),
            }
            for pair in worst
        ],
        "unlike": unlike,
        "lines": format_unlike(unlike),
    }


def _list_sources(readings: Sequence[LabelReadings], useful: Mapping[str, Any] | None) -> list[Source]:
    sources: list[Source] = []
    for one in readings:
        what = "candidates" if one.by == "judge" else "kept rows"
        name = f"judge {one.name}" if one.by == "judge" else "classifier"
        of = (
            f", of the {one.labels_shown} of {len(one.labels)} that it was shown about each" if one.labels_shown else ""
        )
        sources.append((name, f"labels that the {name} gives {what}, beside those asked for{of}", one.counts))
    if useful and (useful.get("real") or {}).get("confusion"):  # rows with several labels have no such matrix
        labels, matrix = useful["labels"], useful["real"]["confusion"]
        counts = {
            true: {read: rows for read, rows in zip(labels, line, strict=True) if rows}
            for true, line in zip(labels, matrix, strict=True)
        }
        rests_on = (
            f"labels that a classifier of {useful['real']['train_rows']:,} real rows gives held-out rows, beside theirs"
        )
        sources.append(("held-out rows", rests_on, counts))
    return sources


def _count(counts: Mapping[str, Mapping[str, int]], labels: Set[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return by pair of labels, in order of their names, the rows of the first read as the second, and the reverse.

    A name that is no label of the recipe is left out: a judge or an earlier recipe gave it.
    """
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for asked, line in counts.items():
        for read, rows in line.items():
            if rows and read != asked and {asked, read} <= labels:
                pair = (asked, read) if asked < read else (read, asked)
                one, other = found.get(pair, (0, 0))
                found[pair] = (one + rows, other) if asked == pair[0] else (one, other + rows)
    return found


def _describe(name: str, rests_on: str, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    every = [(asked, read, rows) for asked, line in counts.items() for read, rows in line.items()]
    return {
        "by": name,
        "rests_on": rests_on,
        "rows": sum(rows for _, _, rows in every),
        "confused": sum(rows for asked, read, rows in every if asked != read),
        "unnamed": sum(rows for _, read, rows in every if not read),
    }
