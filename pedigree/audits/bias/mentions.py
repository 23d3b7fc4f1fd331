"""Compares how often rows speak of groups of people: labels with each other, and a model's rows with people's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from pedigree.audits.bias.term_lists import TermLists, count_terms
from pedigree.metrics.review.wilson import make_interval

PRIOR = 0.01  # of all words: how many words of the background each side is taken to have seen beforehand


@dataclass(frozen=True)
class Corpus:
    """Texts as lists of words, each with its label."""

    texts: Sequence[Sequence[str]]
    labels: Sequence[str]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Mention:
    """How many rows of a label speak of a group; ``z``: beside the rows of other labels, None where neither does."""

    dimension: str
    group: str
    label: str
    rows: int
    of: int
    z: float | None


@dataclass(frozen=True)
class Coverage:
    """The share of rows that speak of a group, a model's and people's, and the difference with its 95 % interval."""

    dimension: str
    group: str
    written: int
    of_written: int
    people: int
    of_people: int
    difference: float | None
    low: float | None
    high: float | None


def score_log_odds(own: int, own_words: int, other: int, other_words: int, prior: float, prior_words: float) -> float:
    """Return the z-score of the log-odds ratio with an informative Dirichlet prior (Monroe et al. 2008, eq. 16 to 22).

    ``own`` of ``own_words`` words are the term on one side, ``other`` of ``other_words`` on the other; ``prior`` of
    ``prior_words`` words are it in the background.
    """
    mine, theirs = own + prior, other + prior
    odds = log(mine / (own_words + prior_words - mine)) - log(theirs / (other_words + prior_words - theirs))
    return odds / sqrt(1 / mine + 1 / theirs)


def compare_labels(corpus: Corpus, labels: Sequence[str], terms: TermLists) -> list[Mention]:
    """Return for each group and label how many rows speak of the group, and the z-score beside all other labels."""
    words = {label: 0 for label in labels}
    for text, label in zip(corpus.texts, corpus.labels, strict=True):
        words[label] += len(text)
    total, found = sum(words.values()), []
    of = {label: list(corpus.labels).count(label) for label in labels}
    for (dimension, group), some in terms.groups.items():
        rows, times = dict.fromkeys(labels, 0), dict.fromkeys(labels, 0)
        for text, label in zip(corpus.texts, corpus.labels, strict=True):
            count = count_terms(text, some)
            rows[label] += count > 0
            times[label] += count
        seen = sum(times.values())
        for label in labels:
            z = None
            if seen and words[label] and total > words[label]:
                others = seen - times[label], total - words[label]
                z = score_log_odds(times[label], words[label], *others, PRIOR * seen, PRIOR * total)
            found.append(Mention(dimension, group, label, rows[label], of[label], z))
    return found


def compare_coverage(written: Corpus, people: Corpus, terms: TermLists) -> list[Coverage]:
    """Return for each group the share of rows that speak of it; the difference is unknown without people's rows."""
    found = []
    for (dimension, group), some in terms.groups.items():
        counts = [sum(count_terms(text, some) > 0 for text in side.texts) for side in (written, people)]
        difference = low = high = None
        if len(written) and len(people):
            difference, low, high = compare_shares(counts[0], len(written), counts[1], len(people))
        found.append(Coverage(dimension, group, counts[0], len(written), counts[1], len(people), difference, low, high))
    return found


def compare_shares(one: int, of_one: int, other: int, of_other: int) -> tuple[float, float, float]:
    """Return the difference of two shares with its 95 % interval (Newcombe 1998, method 10); no count may be 0 rows."""
    first, second = one / of_one, other / of_other
    (low, high), (other_low, other_high) = make_interval(one, of_one), make_interval(other, of_other)
    difference = first - second
    return (
        difference,
        difference - sqrt((first - low) ** 2 + (other_high - second) ** 2),
        difference + sqrt((high - first) ** 2 + (second - other_low) ** 2),
    )
