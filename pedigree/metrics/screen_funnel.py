"""Screening: what each screen left of each label, in the order in which the screens stand.

A screen that takes most of a label hides behind totals that look well, and balancing hides it behind further rounds.
"""

from dataclasses import dataclass

from pedigree.curation.duplicates import COMPARISONS
from pedigree.curation.text_screens import TEXT_SCREENS
from pedigree.dataset.results import Distribution

# After these; what has another reason was no row that a screen could read, and left before them.
SCREENS = (*(screen.reason for screen in TEXT_SCREENS), *COMPARISONS, "review")
BALANCING = "surplus"


@dataclass(frozen=True)
class FunnelStage:
    """One reason to turn candidates away: how many of each label came to it, and how many it left."""

    reason: str
    before: dict[str, int]
    after: dict[str, int]


@dataclass(frozen=True)
class RejectionShare:
    """What one screen took of one label, of the candidates that came to it."""

    reason: str
    label: str
    taken: int
    of: int

    @property
    def share(self) -> float:
        """Return the share that it took, 0 to 1."""
        return self.taken / self.of


def build_funnel(distribution: Distribution) -> list[FunnelStage]:
    """Return the reasons that turned anything away, in the order of curation: reading, texts, comparisons, people, balancing.

    The first stage begins with the candidates made, each next one with what the last left; the last leaves the rows kept.
    """
    left = {label.label: label.made for label in distribution.labels}
    stages = []
    for reason in _sort_reasons({reason for label in distribution.labels for reason in label.rejected}):
        after = {label.label: left[label.label] - label.rejected.get(reason, 0) for label in distribution.labels}
        stages.append(FunnelStage(reason, left, after))
        left = after
    return stages


def list_rejection_shares(stages: list[FunnelStage]) -> list[RejectionShare]:
    """Return what each screen took of each label, the largest share first, then in the order of curation; balancing is no screen."""
    takes = [
        RejectionShare(stage.reason, label, came - stage.after[label], came)
        for stage in stages
        if stage.reason != BALANCING
        for label, came in stage.before.items()
        if came
    ]
    return sorted(takes, key=lambda take: -take.share)


def _sort_reasons(reasons: set[str]) -> list[str]:
    known = [reason for reason in (*SCREENS, BALANCING) if reason in reasons]
    return sorted(reasons - {*known}) + known
