"""How well the definitions of labels alone read labels, by TF-IDF: what a recipe without seed rows would have."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.label_check_sets import Pairs
from benchmarks.real_text_sources import PARROT, REPOSITORY, SST2, read_real
from pedigree.curation.words import list_terms
from pedigree.job import open_job
from pedigree.metrics.review.wilson import make_interval
from pedigree.workspace import Workspace

MOST = 2000  # rows of a set, drawn at random


@dataclass(frozen=True)
class Readings:
    """Rows of people, how many share a term with a definition, and how many of these are read right.

    ``frequent`` is the share of the most frequent label among the rows with a term.
    """

    labels: int
    rows: int
    said: int
    right: int
    frequent: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the share of right readings."""
        return make_interval(self.right, self.said)


def measure_definitions(data: Path) -> dict[str, Readings]:
    """Return the readings of each set whose labels have definitions."""
    job = open_job(Workspace(REPOSITORY), "support-tickets")
    tickets = [(one.text, one.label) for one in job.held_out]
    found = {
        "support tickets": read_by_definitions({name: one.means for name, one in job.recipe.labels.items()}, tickets)
    }
    for task in (*PARROT, SST2):
        rows = [(row["text"], row["label"]) for row in read_real(task, data)[1]]
        found[task.name] = read_by_definitions(task.means, rows)
    names = json.loads((data / "real/fewrel/pid2name.json").read_text(encoding="utf-8"))
    relations = json.loads((data / "real/fewrel/val_wiki.json").read_text(encoding="utf-8"))
    rows = [(" ".join(row["tokens"]), label) for label, of in relations.items() for row in of]
    found["relations (FewRel)"] = read_by_definitions({label: " ".join(names[label]) for label in relations}, rows)
    return found


def read_by_definitions(means: Mapping[str, str], rows: Pairs) -> Readings:
    """Read each row as the label whose name and definition have the largest TF-IDF cosine with its text."""
    rows = random.Random(0).sample(rows, min(MOST, len(rows)))
    labels = list(means)
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=list)
    terms = list_terms([f"{label.replace('-', ' ')} {means[label]}" for label in labels] + [text for text, _ in rows])
    vectors = vectorizer.fit_transform(terms)
    cosines = (vectors[len(labels) :] @ vectors[: len(labels)].T).toarray()
    said, true = cosines.max(axis=1) > 0, np.array([labels.index(label) for _, label in rows])
    right = int((cosines.argmax(axis=1) == true)[said].sum())
    frequent = max(Counter(true[said].tolist()).values()) / said.sum()
    return Readings(len(labels), len(rows), int(said.sum()), right, float(frequent))
