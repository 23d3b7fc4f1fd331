"""Pilot: asks annotators about a few rows of each label, without making a dataset, and says what that means for it."""

from dataclasses import dataclass

from pedigree.errors import CommandError
from pedigree.job import open_job
from pedigree.labels.pilot_advice import FOUND, advise, format_unlike
from pedigree.labels.subjectivity import LIMITS, RatedRow, Subjectivity, measure_subjectivity, propose_unlike
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.content.scenarios import list_written
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace
from tasks.judging.generator_pilot import GeneratorPilot
from tasks.judging.generator_weights import Proposal, propose_weights
from tasks.judging.pilot import rate_rows


@dataclass(frozen=True)
class Pilot:
    """What a pilot found. ``asked_now`` are completions paid for now; ``usd_now`` is None where a price is unknown."""

    dataset: str
    by: str
    subjectivity: Subjectivity
    caution: str | None
    limits: str
    literature: str | None
    advice: list[str]
    unlike: dict[str, list[str]]
    unlike_yaml: str
    ratings: list[RatedRow]
    generators: list[GeneratorPilot]
    proposal: Proposal
    asked_now: int
    usd_now: float | None


def run_pilot(workspace: Workspace, dataset: str, rows_per_label: int) -> Pilot:
    """Return how subjective the labels of a recipe are; nothing but the ledger is written.

    Raises RecipeError before anything is sent if nobody can label the rows; BudgetError or ProviderError as a run does.
    """
    job = open_job(workspace, dataset)
    with hold_dataset(workspace, dataset), Ledger(workspace.ledger) as ledger:
        ratings = rate_rows(job, ledger, rows_per_label)
    found = measure_subjectivity(ratings.rows, job.recipe.labels)
    unlike = propose_unlike(found.confusions, {name: label.unlike for name, label in job.recipe.labels.items()})
    return Pilot(
        dataset=dataset,
        by=ratings.by,
        subjectivity=found,
        caution=ratings.caution,
        limits=LIMITS,
        literature=FOUND[found.verdict] if found.verdict else None,
        advice=advise(found, job.recipe),
        unlike=unlike,
        unlike_yaml=format_unlike(unlike),
        ratings=ratings.rows,
        generators=ratings.generators,
        proposal=propose_weights(ratings.generators),
        asked_now=ratings.paid.calls,
        usd_now=ratings.usd,
    )


def write_weights(workspace: Workspace, found: Pilot) -> None:
    """Write the proposed weights of generators into the recipe, comments kept; raise CommandError without any."""
    if not found.proposal.weights:
        raise CommandError(
            f"{found.dataset}: no weights of generators can be proposed: {found.proposal.why}",
            expected="what docs/judges.md says under 'Weights of generators'",
            hint="the recipe is as it was; leave out --write to see the pilot alone",
        )
    path = workspace.recipe_path(found.dataset)
    with hold_dataset(workspace, found.dataset):
        places = {one.title: place for place, one in enumerate(list_written(load_recipe(path).generators))}
        set_keys(path, {f"generators.{places[name]}.weight": weight for name, weight in found.proposal.weights.items()})
