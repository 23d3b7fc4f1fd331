"""People's rows of a search in three parts: those that prompts may show, those that rounds read, and fresh ones."""

from collections.abc import Iterable
from dataclasses import dataclass

from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.ids import seeded, sha256_of
from pedigree.job import Job
from pedigree.metrics.discriminator.area import People
from pedigree.metrics.text_classifier import text_of
from pedigree.recipe.generator import Generator
from pedigree.recipe.languages.strata import name_stratum

MIN_ROWS = 20  # of people's rows in each of the parts that are read
SHOWN_SHARE = 3  # one of so many rows of a label is shown, where the generator shows any


@dataclass(frozen=True)
class Parts:
    """The parts; no row is in two of them, and no held-out row in any."""

    shown: tuple[Example, ...]
    search: tuple[Example, ...]
    fresh: tuple[Example, ...]

    @property
    def sha256(self) -> str:
        """Return the hash of the ids of all parts, in order."""
        return sha256_of([[one.id for one in part] for part in (self.shown, self.search, self.fresh)])

    @property
    def strata(self) -> list[str]:
        """Return the labels (in their languages) that the rounds can read, sorted."""
        return sorted({stratum_of_example(one) for one in self.search})


def shows_people(generator: Generator) -> bool:
    """Return whether a generator's prompts show rows of people."""
    return bool(generator.shots) or (generator.strategy == "rewrite" and not generator.corpus)


def divide_people(job: Job, generator: Generator) -> Parts:
    """Return the parts, each label in each of them as far as it has rows; the same rows always give the same parts.

    Rows count that a model may see: seeds, real rows that enter, dev rows. Raises RecipeError if they are too few.
    """
    hidden = {text_of(one.fields) for one in job.held_out}
    seeds = {one.id for one in job.seeds}
    every: Iterable[Example] = (*job.seeds, *(job.screen_real_rows().examples if job.real else ()), *job.dev)
    people = {text_of(one.fields): one for one in every if text_of(one.fields) not in hidden}
    groups: dict[str, list[Example]] = {}
    for one in sorted(people.values(), key=lambda one: one.id):
        if one.language or not job.recipe.languages:
            groups.setdefault(stratum_of_example(one), []).append(one)
    shown, search, fresh = [], [], []
    for name, rows in sorted(groups.items()):
        seeded(job.recipe.seed, "optimise", name).shuffle(rows)
        own = [one for one in rows if one.id in seeds] if shows_people(generator) else []
        first = own[: max(generator.shots, 1, len(own) // SHOWN_SHARE)] if own else []
        taken = {one.id for one in first}
        rest = [one for one in rows if one.id not in taken]
        # Of an odd number, one more for the rounds; every other label gives it to the fresh part.
        half = (len(rest) + (len(search) <= len(fresh))) // 2
        shown, search, fresh = [*shown, *first], [*search, *rest[:half]], [*fresh, *rest[half:]]
    found = Parts(tuple(shown), tuple(search), tuple(fresh))
    if min(len(found.search), len(found.fresh)) < MIN_ROWS:
        counts = f"{len(found.search):,} to be read in the rounds and {len(found.fresh):,} fresh ones for the test"
        more = f", besides {len(found.shown):,} that prompts show" if found.shown else ""
        raise RecipeError(
            f"{job.recipe.seed_file}: too few rows of people for a search: {counts}{more}",
            expected=f"at least {MIN_ROWS} of each",
            hint="add rows; or write 'instructions' for the generator yourself",
        )
    return found


def order_people(part: Iterable[Example]) -> People:
    """Return a part as the discriminator reads it."""
    rows = list(part)
    return People([one.fields for one in rows], [stratum_of_example(one) for one in rows])


def stratum_of_example(one: Example) -> str:
    """Return the stratum of a row of people."""
    return name_stratum(one.label, one.language)
