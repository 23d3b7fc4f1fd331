"""Measures what rows bring by how they were asked for or chosen: ``python benchmarks/failure_rounds.py [PAGE]``.

Failure-driven against plain rounds, mixed models against single ones, rows chosen by coverage against rows by chance:
equal numbers of rows that real models wrote. It writes docs/failures-evidence.md. The data are not part of the
repository: they are read from the folder that PEDIGREE_TEST_DATA names, or ../shared/data; without them it says so and
exits 2. Embeddings are measured where the package wordllama is there. Takes about 15 minutes on one core.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.failure_rounds_page import Difference, write_page
from benchmarks.pool_provider import PLAIN, RULES, draw_by_coverage, draw_of_models, draw_rows
from benchmarks.pool_sets import PoolSet, list_sources, read_pool_set
from benchmarks.real_text_sources import DATA, REPOSITORY
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.scores import average_f1, count_confusion, find_interval, resample_f1, score_confusion

SEEDS = 5
ALONE, WITH_PEOPLE = "rows alone", "with people's rows"
COVERAGE = "coverage by {}"

Draws = dict[str, list[np.ndarray]]  # by way of drawing: the rows of each seed


@dataclass(frozen=True)
class Pair:
    """Two ways of drawing rows that are compared: what is looked at, and against what."""

    one: str
    other: str


def main() -> None:
    """Measure every set and write the page."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs/failures-evidence.md"
    if not (DATA / "llm").is_dir():
        print(f"{DATA / 'llm'} is not there: set PEDIGREE_TEST_DATA; nothing was written", file=sys.stderr)
        sys.exit(2)
    found: list[Difference] = []
    for measure in list_measurements(DATA):
        found += measure()
        print(f"{found[-1].title}: {found[-1].rows:,} rows a draw", flush=True)
    write_text(page, write_page(found))
    print(f"wrote {page}")


def list_measurements(data: Path) -> list[Callable[[], list[Difference]]]:
    """Return what measures each file of a model, then each task that several models wrote for."""
    sources = list_sources()
    tasks = {one.task.name: [other for other in sources if other.task == one.task] for one in sources}
    return [
        *(lambda one=one: measure_rounds(read_pool_set(one.title, [one], data)) for one in sources),
        *(lambda own=own: measure_models(read_pool_set(own[0].task.name, own, data)) for own in tasks.values()
          if len(own) > 1),
    ]  # fmt: skip


def measure_rounds(pool_set: PoolSet) -> list[Difference]:
    """Return how each rule of rounds, and the choice by coverage, differ from plain rows."""
    draws = {rule: [draw_rows(pool_set, rule, seed) for seed in range(SEEDS)] for rule in (PLAIN, *RULES)}
    chosen = {COVERAGE.format(name): draw_by_coverage(pool_set, own) for name, own in pool_set.vectors.items()}
    draws |= {name: [rows] * SEEDS for name, rows in chosen.items()}
    return compare(pool_set, draws, [Pair(name, PLAIN) for name in draws if name != PLAIN])


def measure_models(pool_set: PoolSet) -> list[Difference]:
    """Return how rows of all models, as many of each, differ from as many rows of one model."""
    models = [*dict.fromkeys(pool_set.models)]
    mixed = " + ".join(models)
    draws = {
        name: [draw_of_models(pool_set, own, seed) for seed in range(SEEDS)]
        for name, own in {mixed: models, **{model: [model] for model in models}}.items()
    }
    return compare(pool_set, draws, [Pair(mixed, model) for model in models])


def compare(pool_set: PoolSet, draws: Draws, pairs: list[Pair]) -> list[Difference]:
    """Return the difference of each pair for every student that learns the rows alone, or with people's rows."""
    found = []
    for learns, people in ((ALONE, pool_set.people[:0]), (WITH_PEOPLE, pool_set.people)):
        for student in pool_set.students:
            read = {
                name: [pool_set.predict(student, np.concatenate([rows, people])) for rows in own]
                for name, own in draws.items()
            }
            found += [_measure(pool_set, read, pair, student, learns) for pair in pairs]
    return found


def _measure(pool_set: PoolSet, read: dict[str, list[np.ndarray]], pair: Pair, student: str, learns: str) -> Difference:
    """Return the mean difference over the seeds; its interval resamples test rows and seeds."""
    true, labels = pool_set.label_ids[pool_set.tests], len(pool_set.labels)
    both = read[pair.one] + read[pair.other]
    exact = [100 * float(average_f1(score_confusion(count_confusion(true, each, labels)))) for each in both]
    drawn = 100 * average_f1(resample_f1(true, both, labels, 0))
    above = drawn[:, :SEEDS] - drawn[:, SEEDS:]
    seeds = np.random.default_rng(0).integers(SEEDS, size=above.shape)
    low, high = find_interval(np.take_along_axis(above, seeds, axis=1).mean(axis=1))
    one, other = np.mean(exact[:SEEDS]), np.mean(exact[SEEDS:])
    rows = pool_set.wanted * len(pool_set.labels)
    return Difference(pool_set.title, pair.one, pair.other, student, learns, rows, float(one), float(other), low, high)


if __name__ == "__main__":
    main()
