"""Rows that people labelled, for measuring label checkers: the shipped tickets, and sets below PEDIGREE_TEST_DATA."""

import csv
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.real_text_sources import DATA, REPOSITORY

Pairs = list[tuple[str, str]]  # text, label
SEEDS, DRAWS, TESTS = 15, 3, 300  # seeds of a label, how often they are drawn anew, rows that are judged


@dataclass(frozen=True)
class RealSet:
    """Some rows of a set: ``SEEDS`` a label of each draw, and the rows that are judged; no text twice."""

    name: str
    draws: tuple[Pairs, ...]
    tests: Pairs

    @property
    def labels(self) -> list[str]:
        """Return the labels, sorted."""
        return sorted({label for _, label in self.draws[0]})

    @property
    def texts(self) -> list[str]:
        """Return every text, once."""
        return sorted({text for rows in (*self.draws, self.tests) for text, _ in rows})


def read_sets() -> list[RealSet]:
    """Return the sets that are there."""
    tickets = _draw("support tickets", _read_jsonl("seeds"), _read_jsonl("held-out"))
    return [tickets, *(_split(name, read(DATA / "real")) for name, read in READERS.items() if (DATA / "real").is_dir())]


def _split(name: str, rows: Pairs) -> RealSet:
    """Return a set of which the first rows of a label, in an order by chance, are seeds, and the next are judged."""
    random.Random(0).shuffle(rows)
    labels = {label for _, label in rows}
    places, seeds, tests = dict.fromkeys(labels, 0), [], []
    for text, label in dict(rows).items():
        places[label] += 1
        if places[label] <= SEEDS * DRAWS:
            seeds.append((text, label))
        elif places[label] <= SEEDS * DRAWS + TESTS // len(labels):
            tests.append((text, label))
    return _draw(name, seeds, tests)


def _draw(name: str, seeds: Pairs, tests: Pairs) -> RealSet:
    draws = []
    for draw in range(DRAWS):
        chance, drawn = random.Random(draw), []
        for label in sorted({label for _, label in seeds}):
            own = [row for row in seeds if row[1] == label]
            drawn += chance.sample(own, min(SEEDS, len(own)))
        draws.append(drawn)
    return RealSet(name, tuple(draws), tests)


def _read_jsonl(part: str) -> Pairs:
    path = REPOSITORY / f"data/seeds/support-tickets/{part}.jsonl"
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [(row["text"], row["label"]) for row in rows]


def _read_spam(folder: Path) -> Pairs:
    lines = (folder / "sms_spam/sms.tsv").read_text(encoding="utf-8").splitlines()
    return [(text, label) for label, text in (line.split("\t", 1) for line in lines)]


def _read_reviews(folder: Path) -> Pairs:
    rows = []
    for part in ("train", "dev", "test"):
        with (folder / f"imdb/orig_{part}.tsv").open(encoding="utf-8", newline="") as file:
            rows += [(row["Text"], row["Sentiment"]) for row in csv.DictReader(file, delimiter="\t")]
    return rows


def _read_irony(folder: Path) -> Pairs:
    rows = []
    for part in ("train", "val", "test"):
        texts, labels = (
            (folder / f"tweet_irony/{part}_{name}.txt").read_text(encoding="utf-8").splitlines()
            for name in ("text", "labels")
        )
        rows += [(text, {"0": "not ironic", "1": "ironic"}[label]) for text, label in zip(texts, labels, strict=True)]
    return rows


def _read_finance(folder: Path) -> Pairs:
    path = folder / "financial_phrasebank/Sentences_66Agree.txt"
    return [tuple(line.strip().rsplit("@", 1)) for line in path.read_text(encoding="latin-1").strip().split("\n")]


def _read_relations(folder: Path) -> Pairs:
    relations = json.loads((folder / "fewrel/val_wiki.json").read_text(encoding="utf-8"))
    return [(" ".join(row["tokens"]), label) for label, rows in relations.items() for row in rows]


def _read_emotions(folder: Path) -> Pairs:
    names = (folder / "goemotions/ekman_labels.txt").read_text(encoding="utf-8").splitlines()
    rows = []
    for part in ("dev", "test"):
        for line in (folder / f"goemotions/ekman_{part}.tsv").read_text(encoding="utf-8").splitlines():
            text, labels, _ = line.split("\t")
            if labels.isdecimal():  # one emotion alone
                rows.append((text, names[int(labels)]))
    return rows


READERS: dict[str, Callable[[Path], Pairs]] = {
    "SMS spam": _read_spam,
    "film reviews (IMDB)": _read_reviews,
    "tweet irony": _read_irony,
    "financial news (66 % agree)": _read_finance,
    "relations (FewRel)": _read_relations,
    "emotions (GoEmotions, Ekman)": _read_emotions,
}
