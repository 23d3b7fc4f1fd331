"""The job of a search: the recipe with one generator, under other instructions, and the model that rewrites them."""

from collections.abc import Sequence
from math import ceil

from pedigree.generation.optimising.people import Parts
from pedigree.generation.slots import Slot
from pedigree.job import Job
from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.content.optimising import OptimiseSettings, find_searched
from pedigree.recipe.generator import Generator
from pedigree.recipe.schema import Recipe


class SearchRecipe(Recipe):
    """A recipe that also asks the model of its key ``optimise``, which a run does not."""

    @property
    def asked_models(self) -> list[AskedModel]:
        """Return the generators, then the model that rewrites instructions."""
        return [*self.generators, *self.optimisers]


def find_generator(recipe: Recipe, settings: OptimiseSettings) -> Generator:
    """Return the generator whose instructions are searched, as the recipe's file has it."""
    return find_searched(settings, recipe.generators)


def build_search_job(job: Job, generator: Generator, instructions: str, shown: Parts) -> Job:
    """Return a job whose only generator has these instructions ("" for none), and whose seeds are the shown part.

    No judge is asked, no call goes through a batch, and no real row enters.
    """
    settings = job.recipe.optimise
    size = count_rows(job, shown)
    changes = {"instructions": instructions or None, "optimised": None, "batch": False, "scenario": None}
    changes["rows_per_call"] = min(generator.rows_per_call, size)
    recipe = SearchRecipe.model_construct(
        None,
        **{name: getattr(job.recipe, name) for name in Recipe.model_fields}
        | {
            "generators": [generator.model_copy(update=changes)],
            "optimise": settings.model_copy(update={"batch": False}) if settings else None,
            "rows": size * len(shown.strata),  # of a round
            "judges": [],
            "scenarios": [],
            "grown_from": [],
            "review": None,
            "evaluate": job.recipe.evaluate.model_copy(update={"diversity": None}),
        },
    )
    return Job(
        job.workspace, recipe, shown.shown, job.held_out, None, job.corpora, (), (), job.statistics, job.knowledge
    )


def count_rows(job: Job, parts: Parts) -> int:
    """Return how many rows a round makes of each label that it reads."""
    settings = job.recipe.optimise
    return max(1, ceil((settings.rows if settings else 1) / max(1, len(parts.strata))))


def list_slots(job: Job, search: Job, parts: Parts, draw: int) -> Sequence[Slot]:
    """Return the slots of one draw of rows (0: of all rounds, 1: of the test), as many of each label."""
    generator = search.recipe.generators[0]
    each = ceil(count_rows(job, parts) / (generator.rows_per_call * generator.turns))
    strata = job.recipe.strata
    return [
        Slot(generator, strata[name].label, index, language=strata[name].language)
        for index in range(draw * each, (draw + 1) * each)
        for name in parts.strata
    ]
