"""Computes the funnel of candidates: how many of each label remain after each reason to reject.

Totals can hide that one screen rejects most of one label, and further rounds then fill that label up.
"""

from dataclasses import dataclass

from pedigree.curation.duplicates import COMPARISONS
from pedigree.curation.judging import NOT_JUDGED, OTHERWISE
from pedigree.curation.meaning import REASONS
from pedigree.curation.tables.check_screen import BROKEN_CHECK
from pedigree.curation.tables.dependencies import BROKEN_DEPENDENCY
from pedigree.curation.text_screens import TEXT_SCREENS
from pedigree.dataset.results import Distribution

# In this order; candidates with any other reason could not be parsed and are rejected before the screens.
RULED = *(screen.reason for screen in TEXT_SCREENS), BROKEN_CHECK
SCREENS = (*RULED, *COMPARISONS, BROKEN_DEPENDENCY, *REASONS, OTHERWISE, NOT_JUDGED, "review")
BALANCING = "surplus"


@dataclass(frozen=True)
class FunnelStage:
    """One reason to reject: the candidates of each label before and after it."""

    reason: str
    before: dict[str, int]
    after: dict[str, int]


@dataclass(frozen=True)
class RejectionShare:
    """How many candidates of one label one screen rejected, of those that reached it (``total``)."""

    reason: str
    label: str
    rejected: int
    total: int

    @property
    def share(self) -> float:
        """Return the rejected share, 0 to 1."""
        return self.rejected / self.total


def build_funnel(distribution: Distribution) -> list[FunnelStage]:
    """Return a stage per reason that occurs, in order: parsing, texts, comparisons, judges, review, balancing.

    The first stage starts with the candidates made, each next one with what the last left; the last leaves the kept
    rows.
    """
    before = {label.label: label.made for label in distribution.labels}
    stages = []
    for reason in _sort_reasons({reason for label in distribution.labels for reason in label.rejected}):
        after = {label.label: before[label.label] - label.rejected.get(reason, 0) for label in distribution.labels}
        stages.append(FunnelStage(reason, before, after))
        before = after
    return stages


def list_rejection_shares(stages: list[FunnelStage]) -> list[RejectionShare]:
    """Return the share that each screen rejected of each label, the largest first; balancing is left out."""
    shares = [
        RejectionShare(stage.reason, label, before - stage.after[label], before)
        for stage in stages
        if stage.reason != BALANCING
        for label, before in stage.before.items()
        if before
    ]
    return sorted(shares, key=lambda one: -one.share)


def _sort_reasons(reasons: set[str]) -> list[str]:
    known = [reason for reason in (*SCREENS, BALANCING) if reason in reasons]
    return sorted(reasons - {*known}) + known
