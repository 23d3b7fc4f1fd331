"""Estimate: what a search for instructions takes at most; no model is called."""

from functools import partial

from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.bills import Bill
from pedigree.generation.cost_forecast import CallStatistics, guess_tokens
from pedigree.generation.optimising.people import divide_people
from pedigree.generation.optimising.rewrites import Rewrites
from pedigree.generation.optimising.search_job import build_search_job, find_generator, list_slots
from pedigree.generation.optimising.trials import Trial
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from pedigree.models.call_times import predict_seconds, read_call_times
from pedigree.models.gateway import FREE_PROVIDERS, Gateway
from pedigree.recipe.asked_model import AskedModel
from tasks.optimising.search import require_settings

TOKENS_OF_INSTRUCTIONS = 120  # assumed of a rewrite
TOKENS_OF_TRIAL = 400  # assumed of what a question says of an earlier round: instructions, score, telling features
TRIALS_SHOWN = 4
TESTS = 2  # draws of rows for the test: of the start, and of the best round


def expect_search(job: Job, ledger: Ledger) -> list[Bill]:
    """Return what 'pedigree optimise' would ask at most: of the generator, and of the model that rewrites.

    ``held`` are the start's rows that the ledger holds; what it holds of later rounds costs nothing either, but is not
    known without taking them. Empty for a recipe without 'optimise'. Raises RecipeError if a search can't start.
    """
    if job.recipe.optimise is None:
        return []
    settings, generator = require_settings(job), find_generator(job.recipe, require_settings(job))
    parts = divide_people(job, generator)
    start = build_search_job(job, generator, generator.instructions or "", parts)
    searched = start.recipe.generators[0]
    builder, parameters = PromptBuilder(start), {searched.title: resolve_parameters(start, searched)}
    batch = Batch(builder=builder, slots=list_slots(job, start, parts, 0), parameters=parameters)
    lists = _assume_lists(batch)
    prompts = [*lists, *batch.build()]
    held = sum(ledger.holds(one.completion_id) for one in prompts)
    statistics = CallStatistics(start, predict_seconds=partial(predict_seconds, read_call_times(job.workspace)))
    assumed = statistics.estimate(searched)
    each = sum(_guess(one) * one.calls for one in prompts) * assumed.tokens_in_per_guess.value
    rows = sum(one.rows * one.calls for one in prompts)
    draws, calls = settings.rounds + 1 + TESTS, sum(one.calls for one in prompts)
    more = TOKENS_OF_INSTRUCTIONS * calls * (draws - 1)
    share = 1 - held / max(1, len(prompts)) / draws
    own = _bill(
        job, statistics, searched, calls * draws - held, held, (each * draws + more) * share,
        rows * draws * assumed.tokens_out_per_row.value * share,
    )  # fmt: skip
    question = _guess(Rewrites(start, settings).ask([Trial(0, generator.instructions or "")]))
    tokens_in = settings.rounds * (question + TRIALS_SHOWN * TOKENS_OF_TRIAL)
    rewriting = _bill(
        job, statistics, settings, settings.rounds, 0, tokens_in, settings.rounds * TOKENS_OF_INSTRUCTIONS
    )
    return [own, rewriting]


def _assume_lists(batch: Batch) -> list[Prompt]:
    asked = []
    while requests := batch.pending_requests():
        for prompt in requests:
            batch.assume_answer(prompt)
        asked += requests
    return asked


def _guess(prompt: Prompt) -> float:
    return sum(guess_tokens(message["content"]) for message in prompt.messages)


def _bill(
    job: Job, statistics: CallStatistics, asked: AskedModel, calls: int, held: int, tokens_in: float, tokens_out: float
) -> Bill:
    free = asked.model.split("/")[0] in FREE_PROVIDERS
    counts = round(tokens_in), round(tokens_out)
    usd = 0.0 if free or not calls else Gateway(job).price(asked, *counts)
    each = statistics.assume_seconds(asked, tokens_out / max(1, calls)).value
    seconds = None if each is None else each * calls / asked.concurrency
    return Bill(asked.title, asked.model, calls, held, *counts, usd=usd, seconds=seconds)
