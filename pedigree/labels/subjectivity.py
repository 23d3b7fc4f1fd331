"""How far annotators agree on rows: the agreement of each row, kappa, and which labels are taken for each other.

Li et al. (2023, arXiv 2310.07849) found that the more subjective a task is, the worse a classifier trained on text by
models. Their agreement of row i, with K_i annotators who gave the labels r_ik:

    a_i = max over y of (1 / K_i) * sum over k of 1(r_ik = y)

a_i grows with fewer labels and fewer annotators (two annotators never have less than 0.5), so the verdict rests on
kappa, which takes off the agreement by chance: Cohen (1960) for two annotators, else Fleiss (1971). Li et al. rank
tasks and name no limit. The limits here are those of Landis and Koch (1977) between moderate, substantial and almost
perfect agreement.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pedigree.metrics.review.agreement import POOR, measure_chance
from pedigree.metrics.review.wilson import make_interval

OBJECTIVE, MEDIUM, SUBJECTIVE = "objective", "medium", "subjective"
ALMOST_PERFECT = 0.8  # above it Landis and Koch call the agreement almost perfect; above POOR, substantial
LIMITS = f"kappa above {ALMOST_PERFECT:g}: {OBJECTIVE}; above {POOR:g}: {MEDIUM}; else {SUBJECTIVE}"
MIN_CONFUSED = 2  # rows; one row may be a slip


@dataclass(frozen=True)
class RatedRow:
    """A row, the label that it was made for, and the label that each annotator gave it."""

    row_id: str
    asked: str
    given: Mapping[str, str]
    text: str = ""

    @property
    def agreement(self) -> float:
        """Return a_i: the share of its annotators that gave the label that most of them gave."""
        return max(Counter(self.given.values()).values()) / len(self.given)

    @property
    def confused(self) -> set[tuple[str, str]]:
        """Return the pairs of labels of which somebody gave it one and somebody the other, each pair sorted."""
        return set(combinations(sorted(set(self.given.values())), 2))


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance, with a 95 % interval."""

    kind: str
    value: float
    low: float
    high: float
    observed: float
    by_chance: float


@dataclass(frozen=True)
class Confusion:
    """Two labels that rows have both been given, and how many rows."""

    labels: tuple[str, str]
    rows: int


@dataclass(frozen=True)
class Subjectivity:
    """How far annotators agree. ``unrated`` rows have fewer than two labels and count for nothing.

    ``agreement`` is the mean a_i, ``unanimous`` counts the rows with a_i = 1. ``otherwise`` counts the rows to
    which less than half of the annotators gave the asked label. ``verdict`` is None where kappa is not defined;
    ``not_excluded`` are other verdicts that the interval of kappa reaches.
    """

    annotators: list[str]
    rows: int
    unrated: int
    agreement: float | None
    unanimous: int
    otherwise: int
    kappa: Kappa | None
    verdict: str | None
    not_excluded: list[str]
    confusions: list[Confusion]


def measure_subjectivity(rated: Sequence[RatedRow], labels: Collection[str]) -> Subjectivity:
    """Return how far the annotators of rows agree; ``labels`` are the recipe's, other verdicts confuse no labels."""
    rows = [row for row in rated if len(row.given) > 1]
    annotators = sorted({name for row in rated for name in row.given})
    kappa = measure_kappa_of_rows([row.given for row in rows], annotators)
    verdict = judge_kappa(kappa.value) if kappa else None
    possible = [name for name in (OBJECTIVE, MEDIUM, SUBJECTIVE) if kappa and name in _span(kappa)]
    confused = Counter(pair for row in rows for pair in row.confused if set(pair) <= set(labels))
    return Subjectivity(
        annotators=annotators,
        rows=len(rows),
        unrated=len(rated) - len(rows),
        agreement=sum(row.agreement for row in rows) / len(rows) if rows else None,
        unanimous=sum(row.agreement == 1 for row in rows),
        otherwise=sum(2 * list(row.given.values()).count(row.asked) < len(row.given) for row in rows),
        kappa=kappa,
        verdict=verdict,
        not_excluded=[name for name in possible if name != verdict],
        confusions=[Confusion(pair, count) for pair, count in sorted(confused.items(), key=lambda one: -one[1])],
    )


def judge_kappa(kappa: float) -> str:
    """Return the verdict on a kappa."""
    kappa = round(kappa, 9)  # 0.6 computed as 0.6000000000000001 is not above 0.6
    return OBJECTIVE if kappa > ALMOST_PERFECT else MEDIUM if kappa > POOR else SUBJECTIVE


def measure_kappa_of_rows(given: Sequence[Mapping[str, str]], annotators: Sequence[str]) -> Kappa | None:
    """Return Cohen's kappa of two annotators, else Fleiss' kappa; None where it is not defined.

    The interval is Wilson's, of the observed agreement of so many rows; the agreement by chance is taken as known.
    """
    if not given:
        return None
    if len(annotators) == 2:
        pairs = [(one[annotators[0]], one[annotators[1]]) for one in given]
        kind, observed, chance = "Cohen", sum(a == b for a, b in pairs) / len(pairs), measure_chance(pairs)
    else:
        counts = [Counter(one.values()) for one in given]
        kind, (observed, chance) = "Fleiss", measure_fleiss(counts)
    if chance >= 1:
        return None
    low, high = make_interval(observed * len(given), len(given))
    beyond = [(share - chance) / (1 - chance) for share in (observed, low, high)]
    return Kappa(kind, *beyond, observed, chance)


def measure_fleiss(counts: Sequence[Mapping[str, int]]) -> tuple[float, float]:
    """Return the observed agreement and that by chance (Fleiss 1971), of how often each row got each label.

    Rows may have different numbers of annotators, two or more; with equal numbers this is the published formula.
    """
    totals = [sum(row.values()) for row in counts]
    observed = [
        sum(count * (count - 1) for count in row.values()) / (total * (total - 1))
        for row, total in zip(counts, totals, strict=True)
    ]
    of_label = sum((Counter(row) for row in counts), Counter())
    chance = sum(count**2 for count in of_label.values()) / sum(totals) ** 2
    return sum(observed) / len(observed), chance


def propose_unlike(confusions: Sequence[Confusion], unlike: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return new ``unlike`` lists of the labels that are confused on MIN_CONFUSED rows or more.

    ``unlike`` are the recipe's lists; a list that would not change is left out.
    """
    proposed = {label: list(others) for label, others in unlike.items()}
    for one in confusions:
        for label, other in (one.labels, one.labels[::-1]):
            if one.rows >= MIN_CONFUSED and other not in proposed[label]:
                proposed[label].append(other)
    return {label: others for label, others in proposed.items() if others != list(unlike[label])}


def _span(kappa: Kappa) -> set[str]:
    """Return the verdicts that the interval of a kappa reaches."""
    ends = [kappa.low, kappa.value, kappa.high]
    within = [MEDIUM] if kappa.low <= ALMOST_PERFECT and kappa.high > POOR else []
    return {*map(judge_kappa, ends), *within}
