"""How far two people agree on the same rows: raw agreement, Cohen's kappa (1960), and the rows in conflict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pedigree.dataset.review_decisions import Decision, Review

REJECTED = "(rejected)"
POOR = 0.6  # below this kappa the labels are called a matter of opinion (Landis and Koch 1977: moderate or worse)


@dataclass(frozen=True)
class Agreement:
    """Two people's verdicts on the rows that both decided; ``conflicts`` are (row id, one's verdict, the other's)."""

    people: tuple[str, str]
    rows: int
    agreed: int
    kappa: float | None
    conflicts: list[tuple[str, str, str]]

    def describe(self) -> str:
        """Return a sentence for people."""
        kappa = "unknown: both gave every row the same verdict" if self.kappa is None else f"{self.kappa:.2f}"
        share = f" ({self.agreed / self.rows:.0%})" if self.rows else ""
        return f"{' and '.join(self.people)} agree on {self.agreed:,} of {self.rows:,} rows{share}, kappa {kappa}"


def compare_people(one: Mapping[str, str], other: Mapping[str, str], people: tuple[str, str]) -> Agreement:
    """Compare verdicts by row id; rows of one person alone are left out."""
    both = [(row_id, one[row_id], other[row_id]) for row_id in one if row_id in other]
    conflicts = [line for line in both if line[1] != line[2]]
    kappa = measure_kappa([(first, second) for _, first, second in both])
    return Agreement(people, len(both), len(both) - len(conflicts), kappa, conflicts)


def read_verdict(decision: Decision) -> str:
    """Return the label that somebody gave a row, or that it was rejected."""
    return {"accept": decision.label, "reject": REJECTED}.get(decision.decision, decision.new_label or "")


def measure_kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa; None where it is not defined: without rows, or if all verdicts are the same."""
    if not pairs or (by_chance := measure_chance(pairs)) == 1:
        return None
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    return (agreed - by_chance) / (1 - by_chance)


def measure_chance(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of rows on which two people would agree by chance alone, given how often each uses a label."""
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    return sum(first[name] * second[name] for name in first) / len(pairs) ** 2


def find_agreements(review: Review) -> list[Agreement]:
    """Return the agreement of each two people who decided on the same rows, by the last word of each."""
    verdicts: dict[str, dict[str, str]] = {}
    for decision in review.history:
        verdicts.setdefault(decision.who, {})[decision.row_id] = read_verdict(decision)
    found = [
        compare_people(verdicts[one], verdicts[other], (one, other)) for one, other in combinations(sorted(verdicts), 2)
    ]
    return [agreement for agreement in found if agreement.rows]
