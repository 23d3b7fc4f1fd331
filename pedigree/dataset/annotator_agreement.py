"""Reads how far the annotators of a row agreed on its label, where a file of rows says so."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

AGREEMENT, ANNOTATIONS = "agreement", "annotations"


def read_agreement(record: Mapping[str, Any], fields: Collection[str]) -> float | None:
    """Return the share of a row's annotators that gave the label that most of them gave (a_i of Li et al. 2023).

    It stands in the column ``agreement``, as a share from 0 to 1; or ``annotations`` is a list of the labels that two
    annotators or more gave. A column that is a field of the recipe says nothing of annotators. None where the row says
    nothing, or no share.
    """
    given = None if ANNOTATIONS in fields else record.get(ANNOTATIONS)
    if isinstance(given, list) and len(given) > 1 and None not in given:
        return max(Counter(map(str, given)).values()) / len(given)
    said = None if AGREEMENT in fields else record.get(AGREEMENT)
    try:
        share = None if said is None or isinstance(said, bool) else float(said)
    except (TypeError, ValueError):
        return None
    return share if share is not None and 0 < share <= 1 else None
