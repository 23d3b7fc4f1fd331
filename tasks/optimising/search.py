"""The rounds of a search for instructions: rows are made, told from people's, and the instructions rewritten."""

import logging
from dataclasses import dataclass, replace

import polars as pl

from pedigree.dataset.schemas import stratum_of
from pedigree.errors import CommandError
from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, sum_budget_usage
from pedigree.generation.optimising.people import Parts, divide_people, order_people
from pedigree.generation.optimising.rewrites import Rewrites, read_rewrite
from pedigree.generation.optimising.search_job import build_search_job, count_rows, find_generator, list_slots
from pedigree.generation.optimising.trials import LabelReading, Trial, Verdict, decide, find_best
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.ids import seeded
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.discriminator.area import People, measure_area
from pedigree.metrics.discriminator.features import read_classes
from pedigree.metrics.discriminator.telling import find_telling
from pedigree.metrics.review.wilson import make_interval
from pedigree.metrics.screen_embedder import open_checker
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.recipe.content.instructions import tidy_instructions
from pedigree.recipe.content.optimising import OptimiseSettings
from pedigree.recipe.generator import Generator
from tasks.check import check_generator
from tasks.complete import complete
from tasks.parse import parse
from tasks.screen import screen
from tasks.ui.progress import LiveProgress
from tasks.ui.step import step

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Search:
    """What a search found: its rounds, the tests on fresh rows, the decision, and what was paid for just now.

    ``tests`` are those of the start and of the best round; empty where no rewrite was better in the search.
    """

    dataset: str
    generator: str
    settings: OptimiseSettings
    parts: Parts
    trials: tuple[Trial, ...]
    tests: tuple[Trial, ...]
    verdict: Verdict
    asked_now: int
    usd_now: float | None

    @property
    def chosen(self) -> Trial:
        """Return the round whose instructions are kept."""
        return next(one for one in self.trials if one.round == self.verdict.chosen)


def require_settings(job: Job) -> OptimiseSettings:
    """Return the recipe's key ``optimise``; raise CommandError where it is missing."""
    if job.recipe.optimise is None:
        raise CommandError(
            f"{job.workspace.recipe_path(job.dataset)} has no key 'optimise'",
            expected="the model that rewrites instructions",
            hint="add 'optimise: {model: offline/template}', or a real model; docs/optimise.md",
        )
    return job.recipe.optimise


def check_search_job(job: Job) -> None:
    """Raise CommandError or RecipeError if a search is certain to fail; sends nothing."""
    divide_people(job, find_generator(job.recipe, require_settings(job)))


@step("search instructions")
def search_instructions(job: Job, ledger: Ledger) -> Search:
    """Search for the instructions of a generator whose rows are hardest to tell from people's.

    Nothing but the ledger is written, and what it holds is not asked for again. Raises CommandError or RecipeError
    before anything is sent; BudgetError, ProviderError or RunCancelled as a run does.
    """
    settings = require_settings(job)
    generator = find_generator(job.recipe, settings)
    return Searcher(job, ledger, settings, generator).run()


class Searcher:
    """Takes the rounds of one search."""

    def __init__(self, job: Job, ledger: Ledger, settings: OptimiseSettings, generator: Generator):
        self._job, self._ledger, self._settings, self._generator = job, ledger, settings, generator
        self._parts = divide_people(job, generator)
        start = self._build("")
        self._connect(start)
        self._rewrites = Rewrites(start, self._settings_of(start))
        self._names = list(job.recipe.fields)
        self._texts = bool(job.recipe.text_fields)
        self._spent = self._paid = NO_USAGE

    def _connect(self, start: Job) -> None:
        """Open the models' endpoints; raise if a key or a price is missing."""
        self._endpoints, self._live = Endpoints(start), LiveProgress(start)
        for one in start.recipe.asked_models:
            check_generator(start, self._endpoints, one)

    def _ask(self, job: Job, batch: Batch) -> BatchResult:
        """Return the answers to a batch, as ``complete`` does, and count what they use."""
        answers = complete.fn(job, batch, self._ledger, endpoints=self._endpoints, spent=self._spent, live=self._live)
        self._count(answers)
        return answers

    def run(self) -> Search:
        """Take all rounds, test the best of them, and decide."""
        trials = [self._try(Trial(0, tidy_instructions(self._generator.instructions or "")), self._parts.search, 0)]
        self._log(trials[0])
        for number in range(1, self._settings.rounds + 1):
            trials.append(self._take_round(number, trials))
            self._log(trials[-1])
        best, tests = find_best(trials), ()
        if best.round:
            tests = tuple(self._try(one, self._parts.fresh, 1) for one in (trials[0], best))
        verdict = decide(best, *(tests or (None, None)))
        log.info("search: %s", verdict.why)
        return Search(
            self._job.dataset, self._generator.title, self._settings, self._parts, tuple(trials), tests, verdict,
            self._paid.calls, self._know_cost(),
        )  # fmt: skip

    def _know_cost(self) -> float | None:
        """Return what was paid just now in USD; None where a price is not known."""
        known = not self._paid.calls or all(
            map(self._endpoints.gateway.knows_prices, self._build("").recipe.asked_models)
        )
        return round(self._paid.usd, 6) if known else None

    def _take_round(self, number: int, trials: list[Trial]) -> Trial:
        """Return the trial of a rewrite; one that can't be used is not tried."""
        prompt = self._rewrites.ask(trials)
        [answer] = self._ask(self._build(""), Batch([prompt])).completions
        found, fault = read_rewrite(answer.text, trials)
        fault = f"the model gave no answer: {answer.failure}" if answer.failure else fault
        trial = Trial(number, found, answer.completion_id, fault)
        return trial if fault else self._try(trial, self._parts.search, 0)

    def _try(self, trial: Trial, people: tuple, draw: int) -> Trial:
        """Return a trial with its rows read beside people's."""
        job = self._build(trial.instructions)
        builder, generator = PromptBuilder(job), job.recipe.generators[0]
        slots = list_slots(self._job, job, self._parts, draw)
        parameters = {generator.title: resolve_parameters(job, generator)}
        batch = Batch(builder=builder, slots=slots, round_=trial.round + 1, parameters=parameters)
        answers = self._ask(job, batch)
        parsed = parse.fn(job, answers.prompt_table(), answers.completion_table())
        kept = screen.fn(job, parsed.candidates, open_checker(job)).kept
        size = count_rows(self._job, self._parts)
        kept = kept.with_columns(stratum=stratum_of(job.recipe)).filter(pl.int_range(pl.len()).over("stratum") < size)
        return replace(
            self._read(trial, kept, order_people(people)),
            asked=sum(prompt.rows for prompt in answers.prompts),
            kept=kept.height,
            completions=tuple(sorted(one.completion_id for one in answers.completions)),
        )

    def _read(self, trial: Trial, kept: pl.DataFrame, people: People) -> Trial:
        seed = seeded(self._job.recipe.seed, "discriminator").getrandbits(32)
        rows, strata = kept.select(self._names).to_dicts(), kept["stratum"].to_list()
        about = {"texts": self._texts, "seed": seed, "names": self._names}
        area = measure_area(people, rows, strata, **about)
        telling = find_telling(rows, people.rows, private=self._job.recipe.private, **about)
        return replace(trial, area=area, telling=tuple(telling), labels=self._read_labels(rows, strata, seed))

    def _read_labels(self, rows: list[dict], strata: list[str], seed: int) -> LabelReading | None:
        """Return how many rows a classifier of people's rows reads as asked; None where it can't be trained."""
        people = order_people((*self._parts.shown, *self._parts.search))
        if not rows or len(set(people.strata)) < 2:
            return None
        train = [{name: row[name] for name in self._names} for row in people.rows]
        classes, read = read_classes(train, people.strata, rows, texts=self._texts, seed=seed)
        right = sum(classes[at] == asked for at, asked in zip(read.argmax(axis=1), strata, strict=True))
        return LabelReading(right, len(rows), make_interval(right, len(rows)))

    def _build(self, instructions: str) -> Job:
        return build_search_job(self._job, self._generator, instructions, self._parts)

    def _settings_of(self, job: Job) -> OptimiseSettings:
        return job.recipe.optimise or self._settings

    def _count(self, answers: BatchResult) -> None:
        """Count what answers use of the budget; those that the ledger held count too, as in a run."""
        self._spent += sum_budget_usage(answers.prompts, answers.completions, self._endpoints.budget_price)
        self._paid += answers.paid
        self._live.progress.end_round(dict.fromkeys(self._live.progress.targets, 0))  # the page counts round by round

    def _log(self, trial: Trial) -> None:
        area = trial.area.area if trial.area else None
        told = trial.fault and f"the rewrite is not tried: {trial.fault}"
        told = told or (f"area {area:.2f}" if area is not None else f"area unknown: {trial.area and trial.area.reason}")
        log.info("search, round %d of %d: %s; %d rows", trial.round, self._settings.rounds, told, trial.kept)
