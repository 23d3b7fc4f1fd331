"""Pilot: a few rows of each label are made, and annotators say which label each has, before money is spent on all."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pedigree.curation.judging import ANOTHER, count_votes, read_votes
from pedigree.dataset.review_decisions import Review
from pedigree.dataset.schemas import stratum_of
from pedigree.errors import RecipeError
from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.budget import NO_USAGE, Usage, sum_budget_usage
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.generation.verdict_prompts import VerdictPrompts
from pedigree.job import Job, build_job
from pedigree.labels.subjectivity import RatedRow
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.review.agreement import read_verdict
from pedigree.metrics.screen_embedder import open_checker
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.recipe.content.scenarios import list_plain
from pedigree.recipe.judge import Judge
from pedigree.recipe.label_groups.groups import NONE
from pedigree.recipe.label_sets.single import require_one_label
from pedigree.recipe.schema import Recipe
from pedigree.text_format import say_value
from tasks.check import check_generator
from tasks.complete import complete
from tasks.judging.generator_gain import measure_gains
from tasks.judging.generator_pilot import GeneratorPilot, describe_generators
from tasks.parse import parse
from tasks.plan import plan
from tasks.screen import screen

MAX_ROUNDS = 2  # a label whose rows are all rejected in the first gets a second try
MIN_ROWS = 10  # that two people decided on; fewer are no pilot
ANNOTATORS = "two judges, one judge with 'votes: 3', or rows that two people decided on ('pedigree review')"

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Ratings:
    """The rated rows, who rated them (people or judges), what weakens that, and what was paid for just now."""

    rows: list[RatedRow]
    by: str
    caution: str | None = None
    paid: Usage = NO_USAGE
    usd: float | None = 0.0
    generators: list[GeneratorPilot] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """The rows to be rated, all that passed the screens, the tables that they are from, and what they cost."""

    rows: pl.DataFrame
    kept: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    spent: Usage  # counts against the budget
    paid: Usage


def read_people(review: Review) -> list[RatedRow]:
    """Return the rows that two people or more decided on, by the last word of each; a rejection is a verdict, too."""
    given: dict[str, dict[str, str]] = {}
    for one in review.history:
        given.setdefault(one.row_id, {})[one.who] = read_verdict(one)
    return [RatedRow(id, review.last[id].label, said) for id, said in given.items() if len(said) > 1]


def rate_rows(job: Job, ledger: Ledger, per_label: int) -> Ratings:
    """Return the verdicts of people, where two of them decided on enough rows, else those of judges on new rows.

    Raises RecipeError before anything is sent if there are neither; else as ``complete``.
    """
    require_one_label(job.recipe, "'pedigree pilot'")
    people = read_people(job.review)
    if len(people) >= MIN_ROWS:
        return Ratings(people, "people")
    pilot = build_job(job.workspace, lower_recipe(job.recipe, per_label))
    if sum(judge.votes for judge in pilot.recipe.judges) < 2:
        raise _miss_annotators(job, len(people))
    endpoints = Endpoints(pilot)
    for one in pilot.recipe.asked_models:
        check_generator(pilot, endpoints, one)
    made = _make_rows(pilot, ledger, endpoints, per_label)
    rows, judged = _judge(pilot, made.rows, ledger, endpoints, made.spent)
    paid = made.paid + judged
    generators = describe_generators(
        pilot.recipe.generators, made.tables, made.kept, rows, measure_gains(pilot, made.kept)
    )
    known = not paid.calls or all(map(endpoints.gateway.knows_prices, pilot.recipe.asked_models))
    usd = round(paid.usd, 6) if known else None
    return Ratings(rows, "judges", find_caution(pilot.recipe), paid, usd, generators)


def lower_recipe(recipe: Recipe, per_label: int) -> Recipe:
    """Return a recipe that wants so few rows of every label, and whose judges are asked which label a row has.

    Judges with a template for another question are left out.
    """
    share = 1 / len(recipe.labels)
    judges = [
        judge.model_copy(update={"question": "relabel"})
        for judge in recipe.judges
        if judge.question == "relabel" or judge.template is None
    ]
    changes = {
        "single_labels": {name: label.model_copy(update={"share": share}) for name, label in recipe.labels.items()},
        "rows": per_label * len(recipe.labels),
        "grown_from": [],
        "scenarios": [],
        "generators": list_plain(recipe.generators),
        "review": None,
        "judges": judges,
        "evaluate": recipe.evaluate.model_copy(update={"diversity": None}),
    }
    return recipe.model_copy(update=changes)


def find_caution(recipe: Recipe) -> str | None:
    """Return what makes the agreement of a recipe's judges look better than that of people would be."""
    models, found = {(judge.model, judge.names.get("endpoint")) for judge in recipe.judges}, []
    if len(models) == 1:
        found.append("All verdicts are one model's, which agrees with itself more than people agree with each other")
    elif models & {(one.model, one.names.get("endpoint")) for one in recipe.generators}:
        found.append("A judge is the model of a generator: it reads its own rows as it meant them")
    if shown := [judge.labels_shown for judge in recipe.judges if judge.labels_shown is not None]:
        found.append(
            f"Judges were shown {min(shown)} of {len(recipe.labels)} labels about a row: with all of them they would "
            "agree less, and confuse labels that are not unlike each other yet"
        )
    return ". ".join(found) or None


def _miss_annotators(job: Job, reviewed: int) -> RecipeError:
    judges = job.recipe.judges
    there = f"{len(judges)} judge{'s' * (len(judges) != 1)} that can be asked for a label, with one vote a row"
    found = there if judges else "no judges"
    people = f"{reviewed:,} rows that two people decided on" if reviewed else "no review by two people"
    return RecipeError(
        f"{job.workspace.recipe_path(job.dataset)}: nobody to agree or disagree on a label: {found}, and {people}",
        expected=f"{ANNOTATORS}; of people at least {MIN_ROWS} rows",
        hint="add under 'judges', each with another model than the generators': - {name: first, model: ...}; "
        "docs/judges.md",
    )


def _make_rows(job: Job, ledger: Ledger, endpoints: Endpoints, per_label: int) -> Made:
    """Return rows of every label, at most so many of each to be rated."""
    rounds, builder, duplicates = Rounds(job.recipe), PromptBuilder(job), open_checker(job)
    prompts, completions, kept, spent, paid = [], [], [], NO_USAGE, NO_USAGE
    while rounds.stop is None and rounds.number < MAX_ROUNDS:
        answers = complete.fn(job, plan.fn(job, rounds, builder), ledger, endpoints=endpoints, spent=spent)
        prompts.append(answers.prompt_table())
        completions.append(answers.completion_table())
        parsed = parse.fn(job, prompts[-1], completions[-1])
        kept.append(screen.fn(job, parsed.candidates, duplicates).kept)
        rounds.record(Counter(kept[-1].select("generator", stratum_of(job.recipe).alias("stratum")).iter_rows()))
        spent += sum_budget_usage(answers.prompts, answers.completions, endpoints.budget_price)
        paid += answers.paid
    passed = pl.concat(kept)
    made = passed.filter(pl.int_range(pl.len()).over("label") < per_label)
    log.info("%d rows of %d labels are made for the pilot", made.height, made["label"].n_unique())
    tables = {"prompts": pl.concat(prompts), "completions": pl.concat(completions)}
    return Made(made, passed, tables, spent, paid)


def _judge(
    job: Job, rows: pl.DataFrame, ledger: Ledger, endpoints: Endpoints, spent: Usage
) -> tuple[list[RatedRow], Usage]:
    """Return the rows with the judges' verdicts, and what was paid for them."""
    builder = VerdictPrompts(job)
    prompts = [
        prompt
        for judge in job.recipe.judges
        for prompt in builder.build(judge, rows, 1, resolve_parameters(job, judge))
    ]
    answers = complete.fn(job, Batch(prompts), ledger, endpoints=endpoints, spent=spent)
    votes = read_votes(answers.prompt_table(), answers.completion_table())
    rated = []
    for row in rows.iter_rows(named=True):
        texts = " | ".join(say_value(row[name]) for name in job.recipe.fields)
        given = _give(job.recipe.judges, {one.name: votes[one.name, row["row_id"]] for one in job.recipe.judges}, row)
        rated.append(replace(RatedRow(row["row_id"], row["label"], given), text=texts))
    return rated, answers.paid


def _give(judges: Sequence[Judge], votes: dict[str, list[str | None]], row: dict[str, object]) -> dict[str, str]:
    """Return the label that each annotator gave a row: each judge by its majority; of one judge, each of its votes.

    That none of the labels shown fits is a verdict of its own.
    """
    given = {name: [NONE if vote == ANOTHER else vote for vote in of] for name, of in votes.items()}
    if len(judges) == 1:
        name = judges[0].name
        said = {f"{name}, vote {place}": label for place, label in enumerate(given[name], start=1)}
    else:
        said = {one.name: count_votes(one, given[one.name], str(row["label"])).label for one in judges}
    return {name: label for name, label in said.items() if label}
