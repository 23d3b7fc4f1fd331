"""Tries weights on people's rows: do students of weighted rows read them better than students of rows as they are?

People's rows are dealt into folds. For each fold the weights come from classifiers of the other folds, a student learns
the weighted rows, and it is tested on the fold. So no row tests weights that it has had a part in.
Rows that are nearest to one of the fold's are left out of the student's: they may have been rewritten from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.labels.cross_fitting import FOLDS, deal_folds, embed_terms, find_nearest
from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tables.features import find_nearest_rows
from pedigree.metrics.tfidf import Embed
from pedigree.usefulness import scores
from pedigree.usefulness.embedding_classifier import EmbeddingClassifier
from pedigree.usefulness.tables.classifier import TableClassifier
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier, TrainingSet
from pedigree.weighting.schemes import Rows, Weigher, read_by_people

MAX_TRIED = 3000  # synthetic rows that the students learn
NONE, TFIDF, EMBEDDINGS, COLUMNS = "none", "TF-IDF", "embeddings", "columns"


@dataclass(frozen=True)
class People:
    """Texts that people labelled, each label's number, and whether the students learn the other folds' rows, too.

    ``table``: their typed columns, where no field is a text.
    """

    texts: Sequence[str]
    label_ids: np.ndarray
    learned: bool
    table: Table | None = None

    def __len__(self) -> int:
        return len(self.texts)


def try_schemes(
    people: People, rows: Rows, schemes: Sequence[str], label_count: int, seed: int, embed: Embed | None = None
) -> dict[str, Any]:
    """Return what each student brings on people's rows, by scheme and with rows of equal weight.

    Students are on TF-IDF and, with ``embed``, on embeddings; the latter are the ``yardstick`` where they are there.
    Where no field is a text, the one student is on columns.
    Of each: macro-F1, the paired difference, and on how many rows its decision changed. ``weights``: the least and the
    most that rows got, by scheme. Of more than 3,000 ``rows``, a random draw is tried.
    """
    rows = draw_rows(rows, seed)
    embed = embed if rows.table is None else None
    students, first = _make_students(rows, people, embed), len(rows)
    weigher, folds = Weigher(rows, label_count, seed), deal_folds(people.label_ids, seed)
    nearest = folds[_find_nearest(people, rows)]
    found = {(student, name): np.zeros((len(people), label_count)) for student in students for name in (NONE, *schemes)}
    given: dict[str, list[np.ndarray]] = {name: [] for name in schemes}
    for fold in range(FOLDS):
        own, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(own):
            continue
        known = [people.texts[place] for place in others]
        table = people.table.take(others) if people.table is not None else None
        checker = read_by_people(known, people.label_ids[others].tolist(), rows, seed, embed, table)
        weights = {name: weigher.weigh(name, checker) for name in schemes}
        beside = first + others if people.learned else others[:0]
        for name in (NONE, *schemes):
            learned = _make_training_set(rows, nearest != fold, weights.get(name), beside, people.label_ids[others])
            _read(students, name, learned, first, own, found)
            if name in weights:
                given[name].append(weights[name][nearest != fold])
    predicted = {key: shares.argmax(axis=1) for key, shares in found.items()}
    compared = {one: _compare(people.label_ids, predicted, one, schemes, label_count, seed) for one in students}
    weights = {name: _span(np.concatenate(parts)) for name, parts in given.items()}
    facts = {"rows": first, "people": len(people), "yardstick": EMBEDDINGS if embed else next(iter(students))}
    return {**facts, "weights": weights, "students": compared}


def _find_nearest(people: People, rows: Rows) -> np.ndarray:
    """Return the place of people's nearest row for each row."""
    if people.table is not None and rows.table is not None:
        return find_nearest_rows(people.table, rows.table)
    return find_nearest(*embed_terms(people.texts, rows.texts))


def _make_students(rows: Rows, people: People, embed: Embed | None) -> dict[str, Classifier]:
    """Return a student on columns or else on TF-IDF and, with ``embed``, one on embeddings, by what they are on."""
    if rows.table is not None and people.table is not None:
        return {COLUMNS: TableClassifier(rows.table.stack(people.table))}
    texts = [*rows.texts, *people.texts]
    students: dict[str, Classifier] = {TFIDF: TfidfClassifier(texts)}
    if embed:
        students[EMBEDDINGS] = EmbeddingClassifier(np.asarray(embed(texts)))
    return students


def _read(
    students: Mapping[str, Classifier],
    name: str,
    learned: TrainingSet,
    first: int,
    own: np.ndarray,
    found: Mapping[tuple[str, str], np.ndarray],
) -> None:
    """Write into ``found`` what each student of the rows ``learned`` reads in the fold ``own`` of people's rows."""
    if not learned.has_two_labels:
        return
    for student, classify in students.items():
        shares = found[student, name]
        shares[own] = classify(learned, first + own, shares.shape[1], approximate=True)


def _span(weights: np.ndarray) -> dict[str, float | None]:
    known = len(weights) > 0
    return {"least": float(weights.min()) if known else None, "most": float(weights.max()) if known else None}


def _compare(
    true: np.ndarray,
    predicted: Mapping[tuple[str, str], np.ndarray],
    student: str,
    schemes: Sequence[str],
    label_count: int,
    seed: int,
) -> dict[str, Any]:
    """Return one student's figures: macro-F1 and rows read rightly without weights, and each scheme beside that."""
    plain = predicted[student, NONE]
    return {
        NONE: _score(true, plain, label_count),
        "right": int((plain == true).sum()),
        "tried": {name: _describe(true, predicted[student, name], plain, label_count, seed) for name in schemes},
    }


def draw_rows(rows: Rows, seed: int) -> Rows:
    """Return the rows, a random draw of at most 3,000."""
    if len(rows) <= MAX_TRIED:
        return rows
    places = np.sort(np.random.default_rng(seed).choice(len(rows), MAX_TRIED, replace=False))
    table = None if rows.table is None else rows.table.take(places)
    return Rows([rows.texts[place] for place in places], rows.label_ids[places], table)


def _make_training_set(
    rows: Rows, learned: np.ndarray, weights: np.ndarray | None, beside: np.ndarray, people_labels: np.ndarray
) -> TrainingSet:
    own = np.ones(len(rows)) if weights is None else weights
    return TrainingSet(
        np.concatenate([np.flatnonzero(learned), beside]),
        np.concatenate([rows.label_ids[learned], people_labels[: len(beside)]]),
        np.concatenate([own[learned], np.ones(len(beside))]),
    )


def _describe(true: np.ndarray, one: np.ndarray, plain: np.ndarray, label_count: int, seed: int) -> dict[str, Any]:
    drawn = scores.resample_f1(true, [one, plain], label_count, seed)
    apart = scores.average_f1(drawn[:, 0]) - scores.average_f1(drawn[:, 1])
    macro_f1 = _score(true, one, label_count)
    return {
        "macro_f1": macro_f1,
        "difference": macro_f1 - _score(true, plain, label_count),
        "difference_interval": scores.find_interval(apart),
        "changed": int((one != plain).sum()),
    }


def _score(true: np.ndarray, predicted: np.ndarray, label_count: int) -> float:
    return float(scores.average_f1(scores.score_confusion(scores.count_confusion(true, predicted, label_count))))
