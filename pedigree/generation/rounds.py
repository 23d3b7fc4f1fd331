"""Rounds: which slots each round reads, from the rows that labels lack and the yield so far."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import polars as pl

from pedigree.dataset.review_decisions import Review
from pedigree.generation.failures.loop import FailureLoop, open_loop
from pedigree.generation.slots import Slot
from pedigree.job import Job
from pedigree.recipe.content.scenarios import find_quotas, list_makers, list_plain
from pedigree.recipe.generator import Generator
from pedigree.recipe.schema import REAL, Recipe

LOWEST_YIELD = 0.2  # a round never asks for more than five times what is lacking
POOR_YIELD = 0.02  # a round that keeps a smaller share of a label's requested rows is unproductive for it
SUFFICIENT_ROWS = 50  # after an unproductive round of this size a label is given up; of smaller ones, after two
PRIOR_ROWS = 10  # how many rows the yield of all counts against a generator's own


@dataclass(frozen=True)
class StopReason:
    """Why no further round follows: ``full``, ``rounds`` (their budget), ``not-improving``, ``no-rows`` or ``no-gain``.

    ``no-gain``: failure-driven rounds bring no gain any more, or their rows collapse.
    """

    reason: str
    message: str


class Rounds:
    """Which slots each round reads, and when to stop.

    The same recipe and yields give the same rounds: time, order of arrival and number of workers have no influence.
    Review decisions add rounds: the plan is read as without them, then extended by what is lacking. Real rows
    are counted before the first round: only what labels lack beside them is requested. In a recipe of several languages
    all that is said of a label here holds for each stratum, which is a label in a language.
    """

    def __init__(
        self,
        recipe: Recipe,
        review: Review | None = None,
        real_rows: Sequence[Counter[tuple[str, str]]] = (),
        failures: FailureLoop | None = None,
    ):
        """Begin before the first round; ``real_rows`` counts them as ``Review.count`` does."""
        self._recipe, self.failures = recipe, failures
        self._strata, steps = recipe.strata, recipe.stratum_steps
        self._read: Counter[tuple[str, str]] = Counter()  # slots read, by (generator, stratum)
        self._read_before: Counter[tuple[str, str]] = Counter()  # the same when the last round began
        self._every_yield = 1.0  # share of all rows asked for before the last round began that was kept
        # Rows kept, by (generator, stratum): without any decision of people, and after each sheet that was taken.
        review = review or Review()
        takes = (0, *review.takes)
        real_rows = real_rows or [Counter() for _ in takes]
        self._kept: dict[int, Counter[tuple[str, str]]] = dict(zip(takes, map(Counter, real_rows), strict=True))
        self._unproductive: Counter[str] = Counter()  # consecutive unproductive rounds
        self._given_up: set[str] = set()
        # How the dataset came about: the versions that it grew from and at last its own, and the sheets taken between.
        self._steps = [(steps[step], take) for step, take in review.list_phases(len(steps))]
        label_of = {name: one.label for name, one in self._strata.items()}
        self._quotas = [find_quotas(recipe.scenarios, targets, label_of) for targets, _ in self._steps]
        self._step = 0
        self._first_round = 1  # of this step
        self.number = 0
        self._go_to_open_step()

    @classmethod
    def for_job(cls, job: Job) -> "Rounds":
        """Return the rounds of a job, its real rows counted."""
        return cls(job.recipe, job.review, job.count_kept(job.screen_real_rows().rows), open_loop(job))

    @property
    def kept(self) -> dict[str, int]:
        """Return the rows kept so far of each stratum: of each label, in each language if there are several."""
        return self._sum(self._kept[max(self._kept)])

    @property
    def lacking(self) -> dict[str, int]:
        """Return the rows that labels still lack, in all or of their scenarios; a label that is full is left out."""
        kept = self._sum(self._counted)
        lacks = {label: want - kept[label] for label, want in self._steps[self._step][0].items()}
        for label, rows in self._sum_scenarios().items():
            lacks[label] = max(lacks[label], rows)
        return {label: lack for label, lack in lacks.items() if lack > 0}

    @property
    def lacking_scenarios(self) -> dict[tuple[str, str], int]:
        """Return the rows that each (scenario, label) still lacks; one that has its rows is left out."""
        quotas = self._quotas[self._step]
        return {
            (name, label): quota - kept
            for (name, label), quota in quotas.items()
            if quota
            > (kept := sum(self._counted[one.title, label] for one in list_makers(self._recipe.generators, name)))
        }

    @property
    def stop(self) -> StopReason | None:
        """Return why to stop, or None if another round follows."""
        lacking = self.lacking
        if not lacking:
            return StopReason("full", f"every label has its rows after {self.number} round{'s' * (self.number != 1)}")
        short = ", ".join(f"{label} {count}" for label, count in lacking.items())
        short += "".join(f"; of scenario {name}: {label} {n}" for (name, label), n in self.lacking_scenarios.items())
        if self.failures and self.failures.stop and self.failures.settings.then == "stop":
            return StopReason("no-gain", f"{self.failures.stop}; still lacking: {short}")
        if self._given_up.issuperset(lacking):
            return StopReason("not-improving", f"round {self.number} brought next to nothing; still lacking: {short}")
        if self.number - self._first_round + 1 >= self._recipe.budget.rounds:
            return StopReason(
                "rounds", f"the budget of {self._recipe.budget.rounds} rounds is used up; still lacking: {short}"
            )
        return None

    def next_round(self) -> list[Slot]:
        """Return the slots of the next round, in the order of the plan."""
        most = self._limit_round()
        wanted = {label: min(lack, most[label]) for label, lack in self.lacking.items() if label not in self._given_up}
        self.number += 1
        self._read_before = self._read.copy()
        self._every_yield = self._find_every_yield()
        slots = [slot for label, lack in wanted.items() for slot in self._read_label(label, lack)]
        order = {generator.title: place for place, generator in enumerate(self._recipe.generators)}
        labels = {label: place for place, label in enumerate(self._strata)}
        return sorted(slots, key=lambda slot: (slot.index, order[slot.generator.title], labels[slot.stratum]))

    def record(self, *kept: Mapping[tuple[str, str], int], rows: pl.DataFrame | None = None) -> None:
        """Count the rows that the last round kept, by (generator, stratum).

        Of a reviewed dataset: without any decision of people, then after each sheet, as ``Review.count`` returns them;
        rows without a decision are counted once. ``rows`` are the rows themselves, which failure-driven rounds need;
        None in a forecast.
        """
        if self.failures:
            self.failures.record(self.number, rows)
        kept = kept if len(kept) > 1 else kept * len(self._kept)
        for counter, brought in zip(self._kept.values(), kept, strict=True):
            counter.update(brought)
        brought = self._sum(Counter(kept[list(self._kept).index(self._steps[self._step][1])]))
        for label in self._strata:
            asked = self._asked_last(label)
            unproductive = brought[label] < POOR_YIELD * asked
            self._unproductive[label] = self._unproductive[label] + 1 if unproductive else 0
            if self._unproductive[label] > 1 or (unproductive and asked >= SUFFICIENT_ROWS):
                self._given_up.add(label)
        self._go_to_open_step()

    def _go_to_open_step(self) -> None:
        """Pass over steps at which nothing more is to be read."""
        while self.stop is not None and (step := self._find_next_step()) is not None:
            if self.failures and self._steps[step][0] != self._steps[self._step][0]:
                self.failures.restart()
            self._step, self._first_round = step, self.number + 1
            self._given_up.clear()
            self._unproductive.clear()

    def _limit_round(self) -> dict[str, int]:
        """Return the most rows of each label that a round asks for; failure-driven rounds share a step evenly."""
        targets, _ = self._steps[self._step]
        settings = self._recipe.failures
        if settings is None or (self.failures and self.failures.stop):
            return targets
        before = next((want for want, _ in self._steps[self._step :: -1] if want != targets), {})
        return {label: max(1, ceil((want - before.get(label, 0)) / settings.rounds)) for label, want in targets.items()}

    @property
    def _counted(self) -> Counter[tuple[str, str]]:
        """Return the rows that count in this step."""
        return self._kept[self._steps[self._step][1]]

    @property
    def _passed(self) -> Counter[tuple[str, str]]:
        """Return the rows that screens and judges kept; people's decisions say nothing of rows still to come."""
        return self._kept[0]

    def _find_next_step(self) -> int | None:
        """Return the step after this one; one that differs from it by no row is passed over."""
        targets, _ = self._steps[self._step]
        later = ((step, *self._steps[step]) for step in range(self._step + 1, len(self._steps)))
        return next((step for step, want, take in later if want != targets or self._kept[take] != self._counted), None)

    def _read_label(self, label: str, lack: int) -> list[Slot]:
        """Take slots until they should fill what is lacking: first what scenarios lack, then any other rows."""
        slots, expected = [], 0.0
        for (name, of), short in self.lacking_scenarios.items():
            if of == label:
                more, rows = self._read_slots(list_makers(self._recipe.generators, name), label, min(short, lack))
                slots, expected = slots + more, expected + rows
        return slots + self._read_slots(list_plain(self._recipe.generators), label, lack - expected)[0]

    def _read_slots(self, generators: Sequence[Generator], label: str, lack: float) -> tuple[list[Slot], float]:
        """Return slots, each of the generator furthest behind its weight, that should fill ``lack``, and their rows."""
        slots, expected, fruitless, stratum = [], 0.0, self._is_fruitless(label), self._strata[label]
        while expected < lack:
            generator = min(generators, key=lambda one: self._asked(one, label, self._read) / one.weight)
            index = self._read[generator.title, label]
            slots.append(Slot(generator, stratum.label, index, language=stratum.language))
            self._read[generator.title, label] += 1
            share = 1.0 if fruitless else self._yield(generator, label)
            expected += generator.rows_per_call * generator.turns * share
        return slots, expected

    def _sum_scenarios(self) -> Counter[str]:
        lacks: Counter[str] = Counter()
        for (_, label), rows in self.lacking_scenarios.items():
            lacks[label] += rows
        return lacks

    def _is_fruitless(self, label: str) -> bool:
        """Return whether a label was asked for in vain so far: then no round asks for more than what is lacking."""
        brought = sum(rows for (made_by, of), rows in self._passed.items() if of == label and made_by != REAL)
        return not brought and any(self._read_before[one.title, label] for one in self._recipe.generators)

    def _yield(self, generator: Generator, label: str) -> float:
        """Return the expected share of requested rows that passes: the pair's own, shrunk to the overall share."""
        asked, made = self._asked(generator, label, self._read_before), self._passed[generator.title, label]
        return max(LOWEST_YIELD, (made + PRIOR_ROWS * self._every_yield) / (asked + PRIOR_ROWS))

    def _find_every_yield(self) -> float:
        """Return the share of all rows that were asked for before this round and passed; 1 in the first."""
        every_asked = sum(
            self._asked(one, of, self._read_before) for one in self._recipe.generators for of in self._strata
        )
        every_made = sum(rows for (of, _), rows in self._passed.items() if of != REAL)
        return every_made / every_asked if every_asked else 1.0

    def _asked_last(self, label: str) -> int:
        generators = self._recipe.generators
        return sum(
            self._asked(one, label, self._read) - self._asked(one, label, self._read_before) for one in generators
        )

    @staticmethod
    def _asked(generator: Generator, label: str, read: Counter[tuple[str, str]]) -> int:
        """Return the rows that so many read slots ask for."""
        return read[generator.title, label] * generator.rows_per_call * generator.turns

    def _sum(self, counter: Mapping[tuple[str, str], int]) -> dict[str, int]:
        """Return the rows of each label, in the recipe's order."""
        found = dict.fromkeys(self._strata, 0)
        for (_, label), rows in counter.items():
            if label in found:
                found[label] += rows
        return found
