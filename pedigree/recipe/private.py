"""What a recipe with ``private: true`` may not do: show a model a text of people's rows."""

from collections.abc import Iterable

from pedigree.recipe.content.diversity import DiversityScorer
from pedigree.recipe.failures import STRATEGY
from pedigree.recipe.generator import TRANSFORM, Generator
from pedigree.recipe.judge import Judge


def find_private_fault(
    generators: Iterable[Generator], judges: Iterable[Judge], scorer: DiversityScorer | None = None
) -> str | None:
    """Return the first thing that would show a model rows of people, and what to do instead; None if nothing would."""
    for one in generators:
        shows = None
        if one.shots:
            shows = f"shows {one.shots} seed rows in each prompt: remove the key shots, or choose another strategy"
        elif one.strategy in ("rewrite", TRANSFORM):
            what = f"the texts of {one.corpus}" if one.corpus else "seed rows"
            shows = f"sends {what} to the model: choose a strategy that needs no real text, such as taxonomy"
        elif one.strategy == STRATEGY:
            shows = "shows rows of people that a classifier gets wrong: choose another strategy"
        if shows:
            return f"the recipe is private, and generator {one.title!r} {shows}"
    for judge in judges:
        if judge.shots:
            return f"the recipe is private, and judge {judge.name!r} shows {judge.shots} seed rows: remove shots"
        if judge.calibrate:
            return (
                f"the recipe is private, and judge {judge.name!r} is asked about {judge.calibrate} rows of people to "
                "measure its errors: set 'calibrate: 0'; its errors are then unknown"
            )
    if scorer and scorer.people != "none":
        return "the recipe is private, and evaluate.diversity shows a model rows of people: set its 'people: none'"
    return None
