"""Measures how often ``pedigree coverage`` finds a topic that rows leave out: ``python benchmarks/coverage.py``.

Rows of people are sentences of FewRel (16 relations, 8 make a label), so the topics of a label are known. Synthetic
rows are further sentences, 60 of each relation. In one half of the trials one relation has none; in the other half
nothing is left out, and a group that is called missing is a false alarm. The data are not part of the repository: they
are read from the folder that PEDIGREE_TEST_DATA names, or ../shared/data; without them it says so and exits 2.
Embedders are WordLlama, and MiniLM from the folder that PEDIGREE_MINILM names, where they are there.
"""

import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.label_embedders import TFIDF, Encode, find_encoders
from benchmarks.real_text_sources import DATA
from pedigree.audits.coverage.groups import find_groups
from pedigree.dataset.examples import Example

PEOPLE, ROWS, OF_LABEL, TRIALS = (10, 20, 40), 60, 8, 16
MOST = 130  # sentences of a relation


def read_relations(path: Path) -> dict[str, list[str]]:
    """Return the sentences of each relation, each once."""
    with path.open(encoding="utf-8") as file:
        found = json.load(file)
    return {name: list(dict.fromkeys(" ".join(one["tokens"]) for one in own))[:MOST] for name, own in found.items()}


def try_once(relations: dict[str, list[str]], people: int, seed: int, missing: str | None, embed: Encode | None):
    """Return whether the missing relation was found, and how many other groups were called missing."""
    chance, relation_of = random.Random(seed), {}
    seeds, rows = [], []
    for number, (name, sentences) in enumerate(sorted(relations.items())):
        own, label = chance.sample(sentences, people + ROWS), f"label-{number // OF_LABEL}"
        for text in own[:people]:
            relation_of[text] = name
            seeds.append(Example(f"{chance.random():.12f}", {"text": text}, label, 1))
        rows += [{"text": text, "label": label} for text in own[people:] if name != missing]
    labels = dict.fromkeys(sorted({one.label for one in seeds}))
    recipe = SimpleNamespace(labels=labels, seed=seed, text_fields=["text"], fields={"text": None})
    job: Any = SimpleNamespace(recipe=recipe, seeds=seeds, dev=())
    found = find_groups(job, pl.DataFrame(rows).with_row_index("row_id").cast({"row_id": pl.String}), embed)
    named = [relation_of[one.example] for one in found if one.missing]
    return missing in named, sum(one != missing for one in named)


def main() -> None:
    """Print a line for each way of comparing and number of rows of people."""
    path = DATA / "real/fewrel/val_wiki.json"
    if not path.is_file():
        print(f"{path} is not there: PEDIGREE_TEST_DATA names the folder of the data", file=sys.stderr)
        sys.exit(2)
    relations = read_relations(path)
    print("| compared by | people's rows of a label | topic found | other groups missing | sets with a false alarm |")
    print("|---|---:|---:|---:|---:|")
    encoders: dict[str, Encode | None] = {TFIDF: None, **find_encoders()}
    for name, encode in encoders.items():
        for people in PEOPLE:
            left_out = [try_once(relations, people, seed, sorted(relations)[seed], encode) for seed in range(TRIALS)]
            whole = [try_once(relations, people, seed, None, encode) for seed in range(TRIALS)]
            hits, others, alarms = (
                sum(hit for hit, _ in left_out),
                sum(other for _, other in left_out),
                sum(other > 0 for _, other in whole),
            )
            print(
                f"| {name} | {people * OF_LABEL} | {hits} of {TRIALS} | {others} | {alarms} of {TRIALS} |", flush=True
            )


if __name__ == "__main__":
    main()
