"""Makes the gate on the share of right labels."""

from collections.abc import Sequence

from pedigree.dataset.label_evidence import GATE, choose_evidence, describe_evidence
from pedigree.dataset.results import GateResult, LabelEvidence
from pedigree.recipe.gate_settings import GateSettings

OUTCOMES = {
    True: "Enough labels are right",
    False: "Too many labels are wrong",
    None: "Unknown whether enough labels are right",
}
TO_DO = (
    "give the recipe seed rows that people labelled, at least two of each label, or a judge, or review a sample "
    "('pedigree review DATASET --sample 100'); or set 'gates: {label_precision: unchecked-ok}'"
)
OTHER_CHECK = (
    "name another judge, or review a sample of the rows ('pedigree review DATASET --sample 100'), "
    "which counts more than any judge"
)


def make_precision_gate(
    evidence: Sequence[LabelEvidence], settings: GateSettings, failed_review: str | None = None
) -> GateResult:
    """Return the gate. The strongest evidence that decides counts; the strongest comes first.

    ``failed_review`` tells of people who found earlier rows of the dataset wrong, which were replaced. It says nothing
    of the rows that are there now, but no weaker evidence than people's passes the gate then: it is unknown, and
    critical unless the recipe allows unchecked labels.

    If none decides, the gate is unknown, and warns. Without any evidence it is unknown and critical, unless the recipe
    allows unchecked labels. A judge that is no better than guessing decides nothing; where it alone was asked, or where
    nothing else decides and its estimate lies below the limit, the gate is unknown and critical as well.
    """
    limit = settings.least_precision
    if not evidence:
        severity = "critical" if settings.needs_evidence else "warning"
        return GateResult(
            name=GATE,
            severity=severity,
            passed=None,
            figure=None,
            limit=limit,
            message=_word_no_evidence(settings) + _word_failed_review(failed_review, settings),
        )
    passed, chosen = choose_evidence(evidence, limit)
    passed = None if passed and failed_review else passed
    failing = chosen.doubted_row_ids if passed is False else []
    guessing = [one for one in evidence if one.guesses]
    open_ = len(guessing) == len(evidence) or any(one.right.high < limit for one in guessing)
    open_ = open_ or failed_review is not None
    stops = passed is False or (passed is None and open_ and settings.needs_evidence)
    return GateResult(
        name=GATE,
        severity="critical" if passed or stops else "warning",
        passed=passed,
        figure=chosen.right.share,
        limit=limit,
        message=_word(passed, chosen, limit)
        + (_word_guessing(guessing) if passed is None and guessing else "")
        + _word_failed_review(failed_review, settings),
        failing_row_ids=failing,
        failing_rows=chosen.doubted_rows if passed is False else 0,
    )


def _word(passed: bool | None, evidence: LabelEvidence, limit: float) -> str:
    outcome = OUTCOMES[passed]
    worst, label = min((one.share, name) for name, one in evidence.by_label.items())
    text = f"{outcome}, at least {limit:.0%} expected: {describe_evidence(evidence)}, of {label} {worst:.0%}"
    cautioned = evidence.caution and not evidence.guesses
    return f"{text}; {evidence.rests_on}" + (f". {evidence.caution}" if cautioned else "")


def _word_guessing(guessing: Sequence[LabelEvidence]) -> str:
    """Return the sentences on judges that know no more than chance, and what to do."""
    names = ", ".join(one.name for one in guessing)
    return (
        f". The judge itself ({names}) was tested on rows that people labelled and found no better than guessing: "
        f"its figure says next to nothing of the dataset, good or bad. To do: {OTHER_CHECK}"
    )


def _word_failed_review(failed: str | None, settings: GateSettings) -> str:
    """Return the sentences on a review of rows that were replaced, and what to do; nothing without one."""
    if failed is None:
        return ""
    allowed = "" if settings.needs_evidence else "; the recipe allows unchecked labels, so the gate stops nothing"
    return (
        f". Nobody has checked the rows that were made after a review that failed: {failed}. To do: review a sample "
        f"of the new rows ('pedigree review DATASET --sample 100'){allowed}"
    )


def _word_no_evidence(settings: GateSettings) -> str:
    text = "Nobody has checked the labels"
    return (
        f"{text}, and the recipe asks for a check: {TO_DO}"
        if settings.needs_evidence
        else f"{text}; the recipe allows it"
    )
