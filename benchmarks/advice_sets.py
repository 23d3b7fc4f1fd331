"""Real labelled text and text of real models as sets that grow; the advice is scored on what more rows brought."""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.real_text_sources import PARROT, SOURCES, Rows, Task, read_real
from pedigree.usefulness.pool import REAL, SYNTHETIC, Sample

MAX_ROWS, MAX_FIXED, MAX_TESTS = 4000, 1000, 2000  # of a set that grows, beside it, and to test on
PHRASEBANK = "real/financial_phrasebank/Sentences_50Agree.txt"
MODEL = "gpt-4"  # whose rows stand beside real rows that grow


@dataclass(frozen=True)
class GrowingSet:
    """Rows of one side (``side``) that grow, rows of the other that stay, and rows of people to test on."""

    name: str
    side: str
    growing: Sample
    fixed: Sample
    tests: Sample
    labels: list[str]


def list_sets(data: Path) -> Iterator[GrowingSet]:
    """Yield the sets: rows of models beside real rows, real rows beside a model's rows, and real rows alone."""
    for source in SOURCES:
        if not source.screens:
            real, tests = read_real(source.task, data)
            made = read_made(source.locate(data), source.task)
            yield make_set(f"{source.task.name}, {source.model}", SYNTHETIC, made, real, tests)
    for task in PARROT:
        folder = data / "llm" / task.folder
        made = read_made(folder / f"balanced_{MODEL}_augmented.json", task)
        real = [{"text": row["text"], "label": row["target"]} for row in read_json(folder / "train.json")]
        yield make_set(f"{task.name}, real beside GPT-4", REAL, real, made, read_real(task, data)[1])
    for name, (train, tests) in read_real_sets(data / "real").items():
        yield make_set(f"{name}, real alone", REAL, train, [], tests)


def make_set(name: str, side: str, growing: Rows, fixed: Rows, tests: Rows) -> GrowingSet:
    """Return a set without texts that stand twice; of one in two parts, the first of tests, growing, fixed counts."""
    seen: set[str] = set()
    parts = []
    for rows, most in ((tests, MAX_TESTS), (growing, MAX_ROWS), (fixed, MAX_FIXED)):
        kept = [row for row in rows if not (_fold(row) in seen or seen.add(_fold(row)))]
        parts.append(random.Random(0).sample(kept, min(most, len(kept))))
    labels = sorted({row["label"] for rows in parts for row in rows})
    tests_, growing_, fixed_ = (_sample(rows, labels) for rows in parts)
    return GrowingSet(name, side, growing_, fixed_, tests_, labels)


def read_made(path: Path, task: Task) -> Rows:
    """Return the rows that a model wrote."""
    names = dict(task.labels)
    rows = [{"text": row[task.field], "label": str(row[task.label])} for row in read_json(path)]
    return [{**row, "label": names.get(row["label"], row["label"])} for row in rows if row["text"]]


def read_json(path: Path) -> list[dict]:
    """Return the records of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_real_sets(folder: Path) -> dict[str, tuple[Rows, Rows]]:
    """Return rows to learn from and rows to test on of each set that people labelled."""
    sms = [line.split("\t", 1) for line in _read_lines(folder / "sms_spam/sms.tsv")]
    bank = [line.rsplit("@", 1) for line in _read_lines(folder.parent / PHRASEBANK, "latin-1")]
    irony = [
        list(zip(*(_read_lines(folder / f"tweet_irony/{part}_{kind}.txt") for kind in ("text", "labels")), strict=True))
        for part in ("train", "test")
    ]
    return {
        "imdb": (_read_reviews(folder / "imdb/orig_train.tsv"), _read_reviews(folder / "imdb/orig_test.tsv")),
        "sms": _split([{"text": text, "label": label} for label, text in sms]),
        "emotions": (
            _read_emotions(folder / "goemotions/train.tsv")[: 2 * MAX_ROWS],
            _read_emotions(folder / "goemotions/test.tsv"),
        ),
        "relations, Wikipedia": _split(_read_relations(folder / "fewrel/val_wiki.json")),
        "relations, PubMed": _split(_read_relations(folder / "fewrel/val_pubmed.json")),
        "irony": tuple([{"text": text, "label": label} for text, label in part] for part in irony),
        "finance": _split([{"text": text, "label": label} for text, label in bank]),
    }


def _read_lines(path: Path, encoding: str = "utf-8") -> list[str]:
    return [line for line in path.read_text(encoding=encoding).split("\n") if line.strip()]


def _read_reviews(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{"text": line["Text"], "label": line["Sentiment"]} for line in lines]


def _read_emotions(path: Path) -> Rows:
    """Return the rows that have one of the 28 emotions only."""
    lines = [line.split("\t") for line in _read_lines(path)]
    return [{"text": line[0], "label": line[1]} for line in lines if "," not in line[1]]


def _read_relations(path: Path) -> Rows:
    return [
        {"text": " ".join([*row["tokens"], "|", row["h"][0], "|", row["t"][0]]), "label": relation}
        for relation, rows in read_json(path).items()
        for row in rows
    ]


def _split(rows: Rows) -> tuple[Rows, Rows]:
    """Return four fifths of the rows to learn from and the others to test on."""
    rows = random.Random(0).sample(rows, len(rows))
    return rows[len(rows) // 5 :], rows[: len(rows) // 5]


def _sample(rows: Rows, labels: list[str]) -> Sample:
    numbers = {label: place for place, label in enumerate(labels)}
    return Sample([row["text"] for row in rows], np.array([numbers[row["label"]] for row in rows], dtype=int))


def _fold(row: dict[str, str]) -> str:
    return " ".join(row["text"].casefold().split())
