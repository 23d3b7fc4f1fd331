"""Estimates the share of right labels from the rows that people drew at random and read.

The estimate is about the rows as they are now. Of the rows that somebody decided on, those that are still here are
right: people accepted them, or gave them their label. How many of the others are right, the random samples say, with
the rows that people rejected or relabelled as wrong ones. What a reviewer gets wrong is not in the interval; where two
people decided on the same rows, their agreement says how much that may be.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import polars as pl

from pedigree.dataset.label_evidence import EARLIER_READING, FAILED_REVIEW
from pedigree.dataset.results import Estimate, LabelEvidence
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.metrics.review.agreement import POOR, Agreement, find_agreements
from pedigree.metrics.review.samples import (
    ReviewSample,
    Stratum,
    count_by_label,
    estimate_unread,
    is_right,
    list_samples,
)
from pedigree.metrics.review.wilson import Share, make_interval

MAX_IDS = 20
MAX_NEW = 0.5  # of the unread rows may be newer than the samples; with more, the samples say too little of them
FEW_NEW = 0.05  # above this share newer rows are told


def check_by_people(job: Job, rows: pl.DataFrame) -> LabelEvidence | None:
    """Return what people's decisions say of the labels of ``rows``.

    None if no random sample counts (``list_samples``), unless people decided on every row. A sample most of whose rows
    are no longer in the dataset does not count either: it was drawn from other rows.
    """
    if not job.review.last or not rows.height:
        return None
    ids = set(rows["row_id"])
    samples = [sample for sample in list_samples(job.review) if _is_of(sample, ids | _read_rejects(job))]
    strata = _divide(job, rows, samples)
    newer = _count_newer(strata, samples)
    unread = estimate_unread(list(strata.values()))
    if unread is None or newer > MAX_NEW * sum(one.unread for one in strata.values()):
        return None
    decided = Counter(rows.filter(pl.col("row_id").is_in(list(job.review.last)))["label"])
    agreements = find_agreements(job.review)
    conflicts = [row_id for one in agreements for row_id, *_ in one.conflicts if row_id in ids]
    read = {one.row_id for sample in samples for one in sample.decisions} or ids
    return LabelEvidence(
        by="people",
        name=", ".join(sorted({job.review.last[row_id].who for row_id in read})),
        rows=len(read),
        right=_mix(unread, decided.total(), rows.height),
        by_label=_estimate_labels(strata, decided),
        rests_on=_describe(samples, agreements, decided.total(), rows.height),
        caution=_warn(samples, agreements, newer, len(read - ids - _read_rejects(job))),
        doubted_row_ids=list(dict.fromkeys(conflicts))[:MAX_IDS],
        doubted_rows=len(set(conflicts)),
    )


def describe_earlier_reading(job: Job, rows: pl.DataFrame) -> str | None:
    """Return what people found in random samples that do not count for ``rows``; None if nobody read a sample."""
    read = {one.row_id: one for sample in list_samples(job.review) for one in sample.decisions}
    if not read:
        return None
    left = rows.filter(pl.col("row_id").is_in(list(job.review.last))).height
    right = sum(map(is_right, read.values()))
    return (
        f"{EARLIER_READING} {len(read):,} rows drawn at random from an earlier state of this dataset and found "
        f"{right:,} right; of its {rows.height:,} rows {rows.height - left:,} are not among those that people decided "
        "on, so the share that people found does not count here: read a new sample "
        f"('pedigree review {job.dataset} --sample 100')"
    )


def describe_failed_review(job: Job) -> str | None:
    """Return what people found in the sheet that was taken last, if the share of right rows lay below the gate's limit.

    It is for a dataset whose rows the samples do not count for: of rows that replaced them it is no evidence.
    """
    samples = list_samples(job.review)
    last = [one for sample in samples if sample.take == samples[-1].take for one in sample.decisions]
    right = sum(map(is_right, last))
    if not last or make_interval(right, len(last))[1] >= job.recipe.gates.least_precision:
        return None
    return f"{FAILED_REVIEW}: people found {right:,} of {len(last):,} rows right that were drawn at random"


def _read_rejects(job: Job) -> set[str]:
    path = job.table("rejects")
    return set(read_table(path)["row_id"].drop_nulls()) if path.is_file() else set()


def _is_of(sample: ReviewSample, known: set[str]) -> bool:
    return 2 * sum(one.row_id in known for one in sample.decisions) > len(sample.decisions)


def _divide(job: Job, rows: pl.DataFrame, samples: list[ReviewSample]) -> dict[str, Stratum]:
    """Return for each label its unread rows, and what the samples and other decisions since then say of it."""
    review = job.review
    sampled = {one.row_id: one for sample in samples for one in sample.decisions}
    first = min((sample.take for sample in samples), default=0)
    picked = {
        one.row_id: review.last[one.row_id]
        for one in review.history
        if one.take >= first and one.row_id not in sampled and review.last[one.row_id].reason is None
    }
    unread = Counter(rows.filter(~pl.col("row_id").is_in(list(review.last)))["label"])
    of_sample, of_picked = (count_by_label(list(part.values())) for part in (sampled, picked))
    return {
        label: Stratum(unread[label], *of_sample.get(label, (0, 0)), *of_picked.get(label, (0, 0)))
        for label in job.recipe.labels
    }


def _count_newer(strata: Mapping[str, Stratum], samples: Iterable[ReviewSample]) -> int:
    """Return how many unread rows at least were made after the last sample that states what it was drawn from."""
    left = {}
    for sample in samples:
        taken = sample.count_by_label()
        left |= {label: count - taken[label][1] for label, count in sample.label_rows.items()}
    return sum(max(0, strata[label].unread - count) for label, count in left.items() if label in strata)


def _estimate_labels(strata: Mapping[str, Stratum], decided: Counter[str]) -> dict[str, Estimate]:
    found = {}
    for label, stratum in strata.items():
        count, unread = stratum.unread + decided[label], estimate_unread([stratum])
        if count and unread:
            found[label] = _mix(unread, decided[label], count)
    return found


def _mix(unread: Share, decided: int, count: int) -> Estimate:
    """Return the share of right rows among ``count``, of which ``decided`` are right and the others unread."""
    shares = [(decided + (count - decided) * share) / count for share in (unread.share, unread.low, unread.high)]
    share, low, high = (round(share, 4) for share in shares)
    return Estimate(share=share, low=low, high=high)


def _describe(samples: list[ReviewSample], agreements: list[Agreement], decided: int, count: int) -> str:
    read, right = sum(len(one.decisions) for one in samples), sum(one.right for one in samples)
    parts = [f"people read {read:,} rows drawn at random and found {right:,} right"] if samples else []
    parts.append(f"{decided:,} of {count:,} rows are as somebody decided, and count as right")
    return "; ".join([*parts, *(one.describe() for one in agreements)])


def _warn(samples: list[ReviewSample], agreements: list[Agreement], newer: int, gone: int) -> str | None:
    parts = []
    if newer > FEW_NEW * max(1, sum(sum(sample.label_rows.values()) for sample in samples)):
        parts.append(f"at least {newer:,} rows were made after the rows were drawn, and are taken to be like them")
    if gone:
        parts.append(f"{gone:,} of the rows that people read are no longer in the dataset")
    if still_open := sum(sample.drawn - len(sample.decisions) for sample in samples):
        parts.append(f"{still_open:,} drawn rows have no decision yet; only those before them count")
    parts += [
        f"{' and '.join(one.people)} often disagree, so the labels may be a matter of opinion"
        for one in agreements
        if one.kappa is not None and one.kappa < POOR
    ]
    if not agreements:
        parts.append("each row was read by one person, so nobody knows how often the reviewer errs")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] or None
