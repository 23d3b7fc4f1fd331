"""Seconds that a failure-driven round adds to a run: ``python benchmarks/failures.py [ROWS] [LABELS] [PEOPLE]``.

The rows are made here, of random words; a third of the words of a row tell its label. Printed are the seconds of what
follows a round that kept ROWS rows: reading PEOPLE rows of people, choosing clusters and measuring variety.
"""

import random
import resource
import sys
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.dataset.examples import Example
from pedigree.generation.failures.loop import FailureLoop
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace


def make_texts(rows: int, labels: list[str], seed: int) -> list[tuple[str, str]]:
    """Return texts of 60 to 180 characters with their labels."""
    chance = random.Random(0)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(8000)]
    own = {label: words[place * 200 : place * 200 + 300] for place, label in enumerate(labels)}
    chance = random.Random(seed)
    made = []
    for number in range(rows):
        label, length = labels[number % len(labels)], chance.randint(10, 30)
        telling = chance.choices(own[label], k=length // 3)
        made.append((" ".join([*telling, *chance.choices(words, k=length - len(telling))]), label))
    return made


def make_job(rows: int, labels: list[str], people: int) -> Job:
    """Return a job whose seeds are so many rows of people."""
    recipe = Recipe(
        dataset="speed",
        task="How fast?",
        labels={label: {"share": 1 / len(labels), "means": label} for label in labels},
        rows=rows,
        seeds="data/seeds/speed/seeds.jsonl",
        generators=[{"strategy": "failures", "model": "offline/template"}],
    )
    made = make_texts(people, labels, 2)
    seeds = [Example(sha256_of([text, label]), {"text": text}, label, 1) for text, label in made]
    return Job(Workspace(Path.cwd()), recipe, seeds)


def main() -> None:
    """Measure one round."""
    rows, count, people = (int(one) for one in (*sys.argv[1:], *("50000", "2", "500")[len(sys.argv) - 1 :]))
    labels = [f"label {number}" for number in range(count)]
    made = make_texts(rows, labels, 1)
    ids = [sha256_of([number, text]) for number, (text, _) in enumerate(made)]
    kept = pl.DataFrame({"row_id": ids, "completion_id": ids, "generator": "failures"}).with_columns(
        text=pl.Series([text for text, _ in made]), label=pl.Series([label for _, label in made])
    )
    start, used = time.perf_counter(), time.process_time()
    loop = FailureLoop(make_job(rows, labels, people))
    loop.record(1, kept)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken = f"{seconds:.1f} s ({used:.1f} s of one core), peak memory {peak:,.0f} MiB"
    print(f"{rows:,} rows of {count} labels, {people:,} rows of people: {taken}")
    print(loop.describe_last())


if __name__ == "__main__":
    main()
