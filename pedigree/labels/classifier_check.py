"""Checks the labels with a classifier of people's rows: the share of right ones, the doubted rows, the direction.

People's rows are the seeds and the real rows. No row is judged by a classifier that learned it or the row nearest to
it. What the classifier errs is measured on held-out rows or, where they are few, on people's rows in the same way.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pedigree.dataset.examples import Example
from pedigree.dataset.results import Confusion, LabelEvidence, LabelReadings
from pedigree.job import Job
from pedigree.labels.confident_joint import NONE, calibrate, count_confident, find_shown
from pedigree.labels.cross_fitting import Readings, read_labels
from pedigree.labels.label_shares import estimate_shares
from pedigree.metrics.embedder_choice import EmbedderChoice, choose_embedder
from pedigree.metrics.tables.columns import tabulate
from pedigree.metrics.text_classifier import text_of
from pedigree.recipe.schema import REAL

MAX_IDS, MAX_CONFUSIONS = 20, 5
MIN_HELD_OUT = 5  # held-out rows of each label; with fewer, the errors are those on people's rows
MIN_PEOPLE = 2  # rows of each label that people's rows have
MAX_LEARNED, MAX_TESTED, MAX_ROWS = 2000, 3000, 100_000  # drawn at random beyond; more would narrow no interval
WIDE = 0.4  # an interval that wide says little


@dataclass(frozen=True)
class _Reading:
    """What the classifier read: on people's rows with their labels, and on the dataset's rows."""

    labels: list[str]
    on: str
    true: np.ndarray
    judged: np.ndarray
    shares: np.ndarray  # rows of the dataset x labels

    def name_labels(self, shares: np.ndarray) -> np.ndarray:
        """Return the most probable label of each row."""
        return np.array(self.labels, dtype=object)[shares.argmax(axis=1)]

    @property
    def accuracy(self) -> float:
        return float(np.mean(self.true == self.judged))


def check_by_classifier(job: Job, rows: pl.DataFrame) -> LabelEvidence | None:
    """Return what a classifier of people's rows says of the rows that a model wrote; None where either are too few."""
    found = check_and_read(job, rows)
    return found[0] if found else None


def check_and_read(job: Job, rows: pl.DataFrame) -> tuple[LabelEvidence, LabelReadings] | None:
    """Return the evidence of the classifier, and how many rows of each label it gives which label."""
    written, people = _select_rows(job, rows), list_people(job)
    if job.recipe.labels_per_row is not None or not written.height or not _suffices(people):
        return None  # sets of labels have too few rows of people each
    choice = choose_embedder(job.workspace, job.dataset, job.recipe.evaluate.embedder)
    reading = _read(job, people, written, choice)
    asked, predicted = written["label"].to_numpy(), reading.name_labels(reading.shares)
    labels, counts = list(job.recipe.labels), count_readings(zip(asked, predicted, strict=True))
    readings = LabelReadings(by="classifier", labels=labels, counts=counts)
    return _make_evidence(job, written, len(people), reading, predicted, choice), readings


def count_readings(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Return label asked for -> label given -> rows, of (asked, given) pairs."""
    counts: dict[str, dict[str, int]] = {}
    for (asked, given), rows in Counter(pairs).items():
        counts.setdefault(asked, {})[given] = rows
    return counts


def _make_evidence(
    job: Job, written: pl.DataFrame, people: int, reading: _Reading, predicted: np.ndarray, choice: EmbedderChoice
) -> LabelEvidence:
    asked, names = written["label"].to_numpy(), list(job.recipe.labels)
    right, by_label = estimate_shares(reading.true, reading.judged, asked, predicted, names, job.recipe.seed)
    doubted, confusions = _find_doubted(reading, asked)
    agreeing = int((asked == predicted).sum())
    return LabelEvidence(
        by="classifier",
        rows=written.height,
        right=right,
        by_label=by_label,
        rests_on=f"a classifier of {people:,} {_name_people(job)} gives {agreeing:,} of {written.height:,} rows "
        f"their own label; its errors are known from {len(reading.true):,} {reading.on}, of which it gives "
        f"{reading.accuracy:.0%} their own label, and the estimate is corrected for them",
        caution=_caution(reading, right.high - right.low, choice),
        doubted_row_ids=[written["row_id"][int(place)] for place in doubted[:MAX_IDS]],
        doubted_rows=len(doubted),
        confusions=confusions,
    )


def list_people(job: Job) -> list[Example]:
    """Return the seeds and the real rows that enter the dataset, each once; a random draw of too many."""
    real = job.screen_real_rows().examples if job.real else ()
    rows = {(text_of(one.fields), one.label): one for one in (*real, *job.seeds)}
    return _draw(list(rows.values()), MAX_LEARNED, job.recipe.seed)


def _suffices(people: Sequence[Example]) -> bool:
    _, counts = np.unique([one.label for one in people], return_counts=True)
    return len(counts) > 1 and counts.min() >= MIN_PEOPLE


def _select_rows(job: Job, rows: pl.DataFrame) -> pl.DataFrame:
    written = rows.filter(~pl.col(REAL)) if job.recipe.real else rows
    written = written.filter(pl.col("label").is_in(list(job.recipe.labels)))  # another gate tells of others
    return written.sample(MAX_ROWS, seed=job.recipe.seed) if written.height > MAX_ROWS else written


def _draw(rows: Sequence[Example], most: int, seed: int) -> list[Example]:
    if len(rows) <= most:
        return list(rows)
    return [rows[place] for place in sorted(np.random.default_rng(seed).permutation(len(rows))[:most])]


def _read(job: Job, people: Sequence[Example], written: pl.DataFrame, choice: EmbedderChoice) -> _Reading:
    held_out = _draw(job.held_out, MAX_TESTED, job.recipe.seed)
    labels = np.array([one.label for one in held_out], dtype=object)
    if any((labels == label).sum() < MIN_HELD_OUT for label in job.recipe.labels):
        held_out = []
    values = list(written.select(list(job.recipe.fields)).iter_rows(named=True))
    texts = [text_of(fields) for fields in values]
    values = [*(one.fields for one in held_out), *values]
    read, own = tabulate(values, job.recipe), tabulate((one.fields for one in people), job.recipe)
    readings = read_labels(
        [text_of(one.fields) for one in people],
        [one.label for one in people],
        [text_of(one.fields) for one in held_out] + texts,
        job.recipe.seed,
        choice.embedder.embed if choice.embedder else None,
        (own, read) if own and read else None,
    )
    return _make_reading(job, readings, people, held_out)


def _make_reading(job: Job, readings: Readings, people: Sequence[Example], held_out: Sequence[Example]) -> _Reading:
    tested, shares = (held_out, readings.texts[: len(held_out)]) if held_out else (people, readings.people)
    return _Reading(
        labels=readings.labels,
        on="held-out rows" if held_out else _name_people(job),
        true=np.array([one.label for one in tested], dtype=object),
        judged=np.array(readings.labels, dtype=object)[shares.argmax(axis=1)],
        shares=readings.texts[len(held_out) :],
    )


def _find_doubted(reading: _Reading, asked: np.ndarray) -> tuple[np.ndarray, list[Confusion]]:
    """Return the places of rows that show another label, the surest first, and the most frequent confusions."""
    known = np.flatnonzero(np.isin(asked, reading.labels))
    numbers = np.array([reading.labels.index(label) for label in asked[known]], dtype=int)
    if not len(known):
        return known, []
    shares = reading.shares[known]
    shown = find_shown(shares, numbers)
    other = np.flatnonzero((shown != numbers) & (shown != NONE))
    margin = shares[other, shown[other]] - shares[other, numbers[other]]
    counts = calibrate(count_confident(shown, numbers, len(reading.labels)), numbers)
    np.fill_diagonal(counts, 0)
    places = np.argsort(-counts, axis=None, kind="stable")[:MAX_CONFUSIONS]
    pairs = [divmod(int(place), len(counts)) for place in places]
    confusions = [
        Confusion(asked=reading.labels[one], read=reading.labels[two], rows=int(counts[one, two]))
        for one, two in pairs
        if counts[one, two]
    ]
    return known[other[np.argsort(-margin, kind="stable")]], confusions


def _name_people(job: Job) -> str:
    if not job.real:
        return "seed rows"
    return "real rows" if job.recipe.seeds is None else "seed and real rows"


def _caution(reading: _Reading, width: float, choice: EmbedderChoice) -> str | None:
    """Return why the estimate says little or was made without an embedder; None if there is nothing to say."""
    parts = []
    if width > WIDE:
        parts.append(
            f"The classifier gives only {reading.accuracy:.0%} of those {reading.on} their own label, so it can hardly "
            "tell: have rows reviewed, or use a judge"
        )
    if choice.note:
        parts.append(f"It read without an embedder: {choice.note.removesuffix(' Embedding metrics are omitted.')}")
    return ". ".join(part.removesuffix(".") for part in parts) or None
