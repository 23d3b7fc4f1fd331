"""Words what is known of a dataset's labels, for people and as plain values for programs."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pedigree.dataset.judges.figures import JudgeFigures
from pedigree.dataset.results import LabelEvidence

GATE = "label precision"
BY = {"people": "People", "judge": "A judge model", "classifier": "A classifier"}
WHOSE = {"people": "the people's", "judge": "the judge model's", "classifier": "the classifier's"}
EARLIER_READING = "people read"  # a caution with these words tells of a review that does not count any more
FAILED_REVIEW = "the last review of this dataset failed"  # begins what a gate tells of a review of replaced rows
TOO_WIDE = 0.5  # an interval wider than this says too little to tell anything


class Gate(Protocol):
    """What is read of a gate, of this Pedigree or of an earlier one."""

    @property
    def name(self) -> str: ...

    @property
    def limit(self) -> float | str | None: ...


class Gates(Protocol):
    """What is read of ``gates.json``, of this Pedigree or of an earlier one."""

    @property
    def gates(self) -> Sequence[Gate]: ...

    @property
    def labels(self) -> Sequence[LabelEvidence]: ...

    @property
    def judges(self) -> Sequence[JudgeFigures]: ...


def describe_evidence(evidence: LabelEvidence) -> str:
    """Return a sentence without a full stop: who checked how many rows, and the estimated share of right labels."""
    right = evidence.right
    verb = "read" if evidence.by == "people" else "checked"
    read = f"{_name(evidence)} {verb} {evidence.rows:,} rows"
    if right.high - right.low > TOO_WIDE:
        return (
            f"{read}, which does not tell how many labels are right: {right.low:.0%} to {right.high:.0%} "
            f"(95 % interval; its middle estimate, {right.share:.0%}, says little)"
        )
    return (
        f"{read}: by estimate {right.share:.0%} of the labels are right "
        f"(95 % interval {right.low:.0%} to {right.high:.0%})"
    )


def name_checker(evidence: LabelEvidence) -> str:
    """Return who checked the labels, as it stands within a sentence."""
    name = _name(evidence)
    return name[:1].lower() + name[1:]


def describe_labels(gates: Gates) -> str:
    """Return what is known of the labels, in sentences without the last full stop."""
    return ". ".join(list_label_sentences(gates))


def list_label_sentences(gates: Gates) -> list[str]:
    """Return what is known of the labels: the strongest estimate, what it rests on, then the others and the gate."""
    told = _find_failed(gates)
    failed = [f"{_begin(told)}. Nobody has checked the rows that were made after it"] if told else []
    if not gates.labels:
        return ["Nobody has checked the labels", *failed]
    first, *others = gates.labels
    said = [describe_evidence(first) + _name_lowest(first), _begin(first.rests_on)]
    said += [f"Caution: {first.caution}"] if first.caution else []
    said += [_compare(first, other) for other in others]
    limits = [gate.limit for gate in gates.gates if gate.name == GATE and isinstance(gate.limit, int | float)]
    said += [_say_which_counts(gates.labels, limits[0])] if others and limits else []
    read = first.by == "people" or EARLIER_READING in (first.caution or "")
    return [*said, *(failed if failed or read else ["No person has checked them"])]


def _find_failed(gates: Gates) -> str | None:
    """Return what the gate tells of a review of rows that were replaced, without a full stop."""
    messages = [getattr(gate, "message", "") for gate in gates.gates if gate.name == GATE]
    return next((one[one.index(FAILED_REVIEW) :].split(". ")[0] for one in messages if FAILED_REVIEW in one), None)


def choose_evidence(evidence: Sequence[LabelEvidence], limit: float) -> tuple[bool | None, LabelEvidence]:
    """Return whether enough labels are right, and the strongest evidence that decides; if none does, None, the first.

    Evidence decides where its whole interval is below the limit (False), or above it (True; not by a judge with a
    caution). A judge that is no better than guessing decides nothing.
    """
    decided = [(_decide(one, limit), one) for one in evidence]
    return next((pair for pair in decided if pair[0] is not None), decided[0])


def _decide(evidence: LabelEvidence, limit: float) -> bool | None:
    if evidence.guesses:
        return None
    if evidence.right.high < limit:
        return False
    return True if evidence.right.low >= limit > 0 and not _is_distrusted(evidence) else None


def _is_distrusted(evidence: LabelEvidence) -> bool:
    return evidence.by == "judge" and evidence.caution is not None


def _compare(first: LabelEvidence, other: LabelEvidence) -> str:
    """Return what weaker evidence says, and whether it contradicts the strongest."""
    apart = other.right.high < first.right.low or first.right.high < other.right.low
    says = "They DISAGREE: their intervals have no share in common" if apart else "The intervals do not contradict"
    caution = f". Caution: {other.caution}" if other.caution else ""
    return f"{describe_evidence(other)}; {other.rests_on}{caution}. {says}"


def _say_which_counts(evidence: Sequence[LabelEvidence], limit: float) -> str:
    """Return which evidence the gate used, and why."""
    passed, chosen = choose_evidence(evidence, limit)
    first = evidence[0]
    if passed is None:
        return f"The gate stays unknown: no estimate that it trusts lies wholly below or above its limit, {limit:.0%}"
    if chosen is first:
        return f"The gate used {WHOSE[first.by]} estimate: it is the strongest evidence and decides"
    why = (
        "it is no better than guessing"
        if first.guesses
        else "it has a caution"
        if _is_distrusted(first) and first.right.low >= limit
        else "its interval holds the limit"
    )
    return f"The gate used {WHOSE[chosen.by]} estimate: {WHOSE[first.by]} does not decide at {limit:.0%}, as {why}"


def _name(evidence: LabelEvidence) -> str:
    return BY[evidence.by] + (f" ({evidence.name})" if evidence.name else "")


def _begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _name_lowest(evidence: LabelEvidence) -> str:
    """Return the label with the lowest share, where it is below the interval of all labels.

    A label whose interval is too wide to tell anything is not named: the share of all labels may contradict its share.
    """
    told = {name: one for name, one in evidence.by_label.items() if one.high - one.low <= TOO_WIDE}
    name, lowest = min(told.items(), key=lambda item: item[1].share, default=("", evidence.right))
    if lowest.share >= evidence.right.low:
        return ""
    return f"; lowest {name} with {lowest.share:.0%} ({lowest.low:.0%} to {lowest.high:.0%})"


def describe_briefly(facts: Mapping[str, Any] | None) -> str:
    """Return the facts of ``collect_label_facts`` in a few words, for lists of versions."""
    failed = "; the last review failed, and these rows came after it" if FAILED_REVIEW in _join(facts) else ""
    if not facts or not facts["evidence"]:
        return f"nobody has checked them{failed}"
    first = facts["evidence"][0]
    right = first["right"]
    by = "people" if first["by"] == "people" else f"a {first['by']}"
    guesses = " that is no better than guessing" if first.get("guesses") else ""
    share = f"{right['share']:.0%} right by estimate ({right['low']:.0%} to {right['high']:.0%})"
    if right["high"] - right["low"] > TOO_WIDE:
        share = f"unknown how many are right ({right['low']:.0%} to {right['high']:.0%})"
    return f"{share}, {first['rows']:,} rows, by {by}{guesses}{failed}"


def _join(facts: Mapping[str, Any] | None) -> str:
    return str((facts or {}).get("known", "")).casefold()


def collect_label_facts(gates: Gates) -> dict[str, Any]:
    """Return what is known of the labels as plain values: sentences, each check without the ids of rows, each judge.

    The key ``judges`` is there only where there are any.
    """
    keep_out = {"doubted_row_ids"}
    return {
        "known": describe_labels(gates),
        "sentences": list_label_sentences(gates),
        "evidence": [one.model_dump(mode="json", exclude=keep_out) for one in gates.labels],
        **({"judges": [one.model_dump(mode="json") for one in gates.judges]} if gates.judges else {}),
    }
