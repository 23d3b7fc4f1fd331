"""Sets of rows that a real model wrote, as a pool to draw from, beside real rows to read and to be tested on."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.label_embedders import find_encoders
from benchmarks.real_text_sources import SOURCES, Source, Task, read_json_rows, read_real
from pedigree.metrics.tfidf import Vectors, embed_tfidf
from pedigree.usefulness.embedding_classifier import EmbeddingClassifier
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier, TrainingSet

MOST_TESTS, MOST_WANTED = 2000, 600  # rows; more would take longer
LEAST_OF_LABEL = 80  # rows of the pool: a label with fewer is left out, with its real rows
PART = 4  # one row in so many of a label is drawn, at most
STEP = 20  # rows of a label are a multiple of this: rounds times rows of a prompt
TFIDF = "TF-IDF"


@dataclass(frozen=True)
class PoolSet:
    """A task, the rows that models wrote for it, and a student of each kind over all of its texts.

    ``texts`` are those of the pool, then people's, then the tests'; ``label_ids`` are theirs; ``models`` the pool's.
    """

    title: str
    task: Task
    labels: tuple[str, ...]
    texts: tuple[str, ...]
    label_ids: np.ndarray
    models: tuple[str, ...]
    people: np.ndarray
    tests: np.ndarray
    students: dict[str, Classifier]
    vectors: dict[str, Vectors]  # by student: TF-IDF, then an embedder where one is there

    @property
    def pool(self) -> np.ndarray:
        """Return the numbers of the pool's rows."""
        return np.arange(len(self.models))

    @property
    def wanted(self) -> int:
        """Return the rows that are drawn of each label: a quarter of the smallest, or fewer."""
        counts = Counter(zip(self.label_ids[self.pool].tolist(), self.models, strict=True))
        smallest = min(counts.values())
        return max(STEP, min(smallest // PART, MOST_WANTED // len(self.labels)) // STEP * STEP)

    def predict(self, student: str, rows: np.ndarray) -> np.ndarray:
        """Return what a student of these rows takes the tests for."""
        training = TrainingSet(rows, self.label_ids[rows], np.ones(len(rows)))
        return self.students[student](training, self.tests, len(self.labels), approximate=True).argmax(axis=1)


def list_sources() -> list[Source]:
    """Return the sources, each file once: what a screen leaves does not matter here."""
    return [source for source in SOURCES if not source.screens]


def read_pool_set(title: str, sources: list[Source], data: Path) -> PoolSet:
    """Return the set of sources of one task; of a text that stands twice, or beside people's, the first counts."""
    task = sources[0].task
    real, tests = read_real(task, data)
    random.Random(0).shuffle(tests)
    known = {_fold(row["text"]) for row in (*real, *tests)}
    pool = []
    for source in sources:
        for row in read_json_rows(source, data):
            if (folded := _fold(row["text"])) not in known:
                known.add(folded)
                pool.append((row["text"], row["label"], source.model))
    counts = Counter((label, model) for _, label, model in pool)
    models = [source.model for source in sources]
    labels = tuple(one for one in task.means if min(counts[one, model] for model in models) >= LEAST_OF_LABEL)
    pool = [row for row in pool if row[1] in labels]
    people, tests = (
        [(row["text"], row["label"]) for row in rows if row["label"] in labels] for rows in (real, tests[:MOST_TESTS])
    )
    rows = [row[:2] for row in pool] + people + tests
    texts = tuple(text for text, _ in rows)
    embedded = {name: encode(list(texts)) for name, encode in _find_encoders().items()}
    students: dict[str, Classifier] = {TFIDF: TfidfClassifier(texts)}
    first, last = len(pool), len(pool) + len(people)
    return PoolSet(
        title,
        task,
        labels,
        texts,
        np.array([labels.index(label) for _, label in rows]),
        tuple(model for *_, model in pool),
        np.arange(first, last),
        np.arange(last, len(rows)),
        students | {name: EmbeddingClassifier(found) for name, found in embedded.items()},
        {TFIDF: embed_tfidf(list(texts)), **embedded},
    )


def _find_encoders() -> dict[str, Callable[[list[str]], np.ndarray]]:
    return {name: encode for name, encode in find_encoders().items() if name == "WordLlama"}


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
