"""What the classifier says of rows that real models wrote, and of people's rows of which labels are exchanged."""

import json
import random

import numpy as np

from benchmarks.real_text_sources import DATA, SOURCES, Rows, Source, read_real
from pedigree.dataset.results import Estimate
from pedigree.labels.cross_fitting import read_labels
from pedigree.labels.label_shares import estimate_shares

MOST = 1500  # held-out rows, and rows of the model


def estimate_sources() -> dict[str, dict[str, Estimate]]:
    """Return the estimates of each source that is there: of its rows, and of people's rows with wrong labels."""
    there = [one for one in SOURCES if not one.screens and one.locate(DATA).is_file()]
    return {source.title: _estimate(source) for source in there}


def _estimate(source: Source) -> dict[str, Estimate]:
    people, held_out = read_real(source.task, DATA)
    held_out = held_out[:MOST]
    written = _read_written(source)
    texts = [row["text"] for row in (*held_out, *written)]
    found = read_labels([row["text"] for row in people], [row["label"] for row in people], texts, 0)
    read = np.array(found.labels, dtype=object)[found.texts.argmax(axis=1)]
    true = np.array([row["label"] for row in held_out], dtype=object)
    half, names = len(true) // 2, list(source.task.means)
    known, judged, asked = (true[:half], read[:half]), read[half : len(true)], true[half:]
    next_label = dict(zip(names, [*names[1:], names[0]], strict=True))
    exchanged = np.array([next_label[label] for label in asked], dtype=object)
    tenth = np.where(np.arange(len(asked)) % 10 == 0, exchanged, asked)
    carried = np.array([row["label"] for row in written], dtype=object)
    return {
        "the model's rows": estimate_shares(true, read[: len(true)], carried, read[len(true) :], names, 0)[0],
        "people's rows, 10 % exchanged": estimate_shares(*known, tenth, judged, names, 0)[0],
        "people's rows, all exchanged": estimate_shares(*known, exchanged, judged, names, 0)[0],
    }


def _read_written(source: Source) -> Rows:
    records = json.loads(source.locate(DATA).read_text(encoding="utf-8"))
    random.Random(0).shuffle(records)
    task, labels = source.task, dict(source.task.labels)
    return [{"text": one[task.field], "label": labels.get(one[task.label], one[task.label])} for one in records[:MOST]]
