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


def make_precision_gate(evidence: Sequence[LabelEvidence], settings: GateSettings) -> GateResult:
    """Return the gate. The strongest evidence that decides counts; the strongest comes first.

    If none decides, the gate is unknown, and warns. Without any evidence it is unknown and critical, unless the recipe
    allows unchecked labels.
    """
    limit = settings.least_precision
    if not evidence:
        severity = "critical" if settings.needs_evidence else "warning"
        return GateResult(
            name=GATE, severity=severity, passed=None, figure=None, limit=limit, message=_word_no_evidence(settings)
        )
    passed, chosen = choose_evidence(evidence, limit)
    failing = chosen.doubted_row_ids if passed is False else []
    return GateResult(
        name=GATE,
        severity="warning" if passed is None else "critical",
        passed=passed,
        figure=chosen.right.share,
        limit=limit,
        message=_word(passed, chosen, limit),
        failing_row_ids=failing,
        failing_rows=chosen.doubted_rows if passed is False else 0,
    )


def _word(passed: bool | None, evidence: LabelEvidence, limit: float) -> str:
    outcome = OUTCOMES[passed]
    worst, label = min((one.share, name) for name, one in evidence.by_label.items())
    text = f"{outcome}, at least {limit:.0%} expected: {describe_evidence(evidence)}, of {label} {worst:.0%}"
    return f"{text}; {evidence.rests_on}" + (f". {evidence.caution}" if evidence.caution else "")


def _word_no_evidence(settings: GateSettings) -> str:
    text = "Nobody has checked the labels"
    return (
        f"{text}, and the recipe asks for a check: {TO_DO}"
        if settings.needs_evidence
        else f"{text}; the recipe allows it"
    )
