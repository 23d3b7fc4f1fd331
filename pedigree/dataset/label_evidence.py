"""Words what is known of a dataset's labels, for people and as plain values for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from pedigree.dataset.results import JudgeFigures, LabelEvidence

BY = {"people": "People", "judge": "A judge model", "classifier": "A classifier"}


def describe_evidence(evidence: LabelEvidence) -> str:
    """Return a sentence without a full stop: who checked how many rows, and the estimated share of right labels."""
    right = evidence.right
    name = f" ({evidence.name})" if evidence.name else ""
    verb = "read" if evidence.by == "people" else "checked"
    return (
        f"{BY[evidence.by]}{name} {verb} {evidence.rows:,} rows: by estimate {right.share:.0%} of the labels are right "
        f"(95 % interval {right.low:.0%} to {right.high:.0%})"
    )


def describe_labels(evidence: Sequence[LabelEvidence]) -> str:
    """Return what is known of the labels, in a sentence without a full stop."""
    if not evidence:
        return "Nobody has checked the labels"
    first = evidence[0]
    text = describe_evidence(first) + _name_lowest(first)
    return text if first.by == "people" else f"{text}. No person has checked them"


def _name_lowest(evidence: LabelEvidence) -> str:
    """Return the label with the lowest share, where it is below the interval of all labels."""
    name, lowest = min(evidence.by_label.items(), key=lambda item: item[1].share, default=("", evidence.right))
    if lowest.share >= evidence.right.low:
        return ""
    return f"; lowest {name} with {lowest.share:.0%} ({lowest.low:.0%} to {lowest.high:.0%})"


def describe_briefly(facts: Mapping[str, Any] | None) -> str:
    """Return the facts of ``collect_label_facts`` in a few words, for lists of versions."""
    if not facts or not facts["evidence"]:
        return "nobody has checked them"
    first = facts["evidence"][0]
    right = first["right"]
    return (
        f"{right['share']:.0%} right by estimate ({right['low']:.0%} to {right['high']:.0%}), {first['rows']:,} rows, "
        f"by {first['by'] if first['by'] == 'people' else 'a ' + first['by']}"
    )


def collect_label_facts(evidence: Sequence[LabelEvidence], judges: Sequence[JudgeFigures]) -> dict[str, Any]:
    """Return what is known of the labels as plain values: a sentence, each check without the ids of rows, each judge.

    The key ``judges`` is there only where there are any.
    """
    keep_out = {"doubted_row_ids"}
    return {
        "known": describe_labels(evidence),
        "evidence": [one.model_dump(mode="json", exclude=keep_out) for one in evidence],
        **({"judges": [one.model_dump(mode="json") for one in judges]} if judges else {}),
    }
