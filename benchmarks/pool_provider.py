"""A provider that answers prompts from a pool of text that a real model wrote, and the rounds that ask it.

What to ask for is the project's own code (``pedigree/generation``): rounds, the classifier, clusters, shown rows.
"""

import numpy as np
import polars as pl

from benchmarks.pool_sets import PoolSet
from pedigree.curation.coverage import choose_by_coverage
from pedigree.dataset.examples import Example
from pedigree.generation.failures.clusters import Cluster, cluster_failures
from pedigree.generation.failures.loop import FailureLoop, Target
from pedigree.generation.failures.student import Reading, list_failures
from pedigree.generation.rounds import Rounds
from pedigree.generation.strategies import Slot, build_context, find_slot_context
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.metrics.tfidf import Vectors, compute_cosines
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace

ROUNDS, ROWS_PER_CALL = 4, 5
PLAIN, RULES = "plain", ("failures", "half plain", "unsure only", "rival too")


class PoolProvider:
    """Gives each row of the pool once: those nearest to the shown rows, or the next in an order by chance."""

    def __init__(self, pool_set: PoolSet, seed: int):
        self._set, self._order = pool_set, np.random.default_rng(seed).permutation(pool_set.pool)
        self._used: set[int] = set()
        self._places = {text: place for place, text in enumerate(pool_set.texts)}
        self._vectors: Vectors = [*pool_set.vectors.values()][-1]

    def answer(self, label: str, shown: list[str], count: int) -> list[int]:
        """Return so many unused rows of the label; shown rows take turns to draw the one nearest to them."""
        own = self._set.labels.index(label)
        left = [row for row in self._order if self._set.label_ids[row] == own and row not in self._used]
        if not shown:
            taken = left[:count]
        else:
            places = [self._places[text] for text in shown]
            near = compute_cosines(self._vectors[left], self._vectors[places]).T
            taken, free = [], np.ones(len(left), dtype=bool)
            for turn in range(min(count, len(left))):
                best = int(np.where(free, near[turn % len(shown)], -np.inf).argmax())
                free[best] = False
                taken.append(left[best])
        self._used.update(taken)
        return [int(row) for row in taken]


class OtherLoop(FailureLoop):
    """The loop under another rule of what to ask for."""

    def __init__(self, job: Job, rule: str):
        super().__init__(job)
        self._rule = rule

    def find_target(self, label: str, index: int) -> Target | None:
        """Return what a slot asks for; every other one asks for nothing under the rule ``half plain``."""
        half = self._rule == "half plain"
        return None if half and index % 2 else super().find_target(label, index // (1 + half))

    def find_clusters(self, reading: Reading) -> list[Cluster]:
        """Return the clusters that the next round asks for."""
        if self._rule == "rival too":
            found = super().find_clusters(reading)
            return found + [Cluster(one.confused, one.label, one.number, one.examples, one.words) for one in found]
        failures = list_failures(reading, self._people, self._names, self.settings.unsure)
        if self._rule == "unsure only":
            failures = [one for one in failures if abs(one.margin) < self.settings.unsure]
        return cluster_failures(failures, self._people, self.settings.clusters)


def make_job(pool_set: PoolSet, seed: int) -> Job:
    """Return a job that wants so many rows of each label, with people's rows as seeds."""
    recipe = Recipe.model_validate({
        "dataset": "pool",
        "task": pool_set.task.question,
        "seed": seed,
        "labels": {
            name: {"share": 1 / len(pool_set.labels), "means": pool_set.task.means[name]} for name in pool_set.labels
        },
        "seeds": "data/seeds/pool/seeds.jsonl",
        "rows": pool_set.wanted * len(pool_set.labels),
        "generators": [{
            "strategy": "failures",
            "model": "offline/template",
            "rows_per_call": ROWS_PER_CALL,
            "failures": {"rounds": ROUNDS, "patience": 20, "then": "plain"},
        }],
        "budget": {"rounds": ROUNDS * 3},
    })  # fmt: skip
    rows = [(pool_set.texts[row], pool_set.labels[pool_set.label_ids[row]]) for row in pool_set.people]
    seeds = [
        Example(sha256_of({"fields": {"text": text}, "label": label}), {"text": text}, label, line)
        for line, (text, label) in enumerate(rows, start=1)
    ]
    return Job(Workspace("."), recipe, seeds)


def draw_rows(pool_set: PoolSet, rule: str, seed: int) -> np.ndarray:
    """Return the rows that a rule draws from the pool: as many of each label as are wanted."""
    job, provider = make_job(pool_set, seed), PoolProvider(pool_set, seed)
    if rule == PLAIN:
        return np.array([row for label in pool_set.labels for row in provider.answer(label, [], pool_set.wanted)])
    rounds = Rounds(job.recipe, None, (), FailureLoop(job) if rule == RULES[0] else OtherLoop(job, rule))
    drawn: list[int] = []
    while rounds.stop is None:
        new = [row for slot in rounds.next_round() for row in _ask(job, slot, rounds, provider)]
        rows = _tabulate(pool_set, new, job)
        rounds.record(*job.count_kept(rows), rows=rows)
        drawn += new
    return np.concatenate([
        [row for row in drawn if pool_set.label_ids[row] == label][: pool_set.wanted]
        for label in range(len(pool_set.labels))
    ])  # fmt: skip


def _ask(job: Job, slot: Slot, rounds: Rounds, provider: PoolProvider) -> list[int]:
    context = find_slot_context(job, slot, {}, rounds.failures)
    slot = Slot(slot.generator, slot.label, slot.index, context)
    variables = build_context(job, slot).variables
    shown = [fields["text"] for fields in variables["shots"]] if variables["confused"] else []
    return provider.answer(slot.label, shown, slot.generator.rows_per_call)


def _tabulate(pool_set: PoolSet, rows: list[int], job: Job) -> pl.DataFrame:
    generator = job.recipe.generators[0].title
    return pl.DataFrame({
        "row_id": [sha256_of(pool_set.texts[row]) for row in rows],
        "completion_id": [f"{row}" for row in rows],
        "label": [pool_set.labels[pool_set.label_ids[row]] for row in rows],
        "generator": [generator] * len(rows),
        "text": [pool_set.texts[row] for row in rows],
    })  # fmt: skip


def draw_by_coverage(pool_set: PoolSet, vectors: Vectors) -> np.ndarray:
    """Return the rows of the pool that cover it best: as many of each label as are wanted."""
    drawn = []
    for label in range(len(pool_set.labels)):
        own = np.flatnonzero(pool_set.label_ids[pool_set.pool] == label)
        drawn.append(own[choose_by_coverage(vectors[own], pool_set.wanted)])
    return np.concatenate(drawn)


def draw_of_models(pool_set: PoolSet, models: list[str], seed: int) -> np.ndarray:
    """Return as many rows of each label as are wanted, by chance, each model's share of them equal."""
    chance, drawn = np.random.default_rng(seed), []
    for label in range(len(pool_set.labels)):
        for place, model in enumerate(models):
            own = [row for row in pool_set.pool if pool_set.label_ids[row] == label and pool_set.models[row] == model]
            count = pool_set.wanted * (place + 1) // len(models) - pool_set.wanted * place // len(models)
            drawn.append(chance.permutation(own)[:count])
    return np.concatenate(drawn)
