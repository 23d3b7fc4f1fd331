"""Estimate: what a run will use, found by walking its plan with no model called. No step of the flow, so no @task."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from functools import partial

import polars as pl

from pedigree.dataset.results import Manifest, read_result
from pedigree.dataset.review_decisions import PASSED_SCREENS
from pedigree.errors import PedigreeError
from pedigree.generation.batch import Batch
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.bills import Bill, Estimate, Expected, weigh_budget
from pedigree.generation.budget import NO_USAGE, sum_budget_usage
from pedigree.generation.cost_forecast import (
    AssumedStatistics,
    Assumption,
    CallStatistics,
    YieldRounder,
    guess_tokens,
)
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.generation.verdict_prompts import VerdictPrompts
from pedigree.job import Job
from pedigree.job_outputs import read_pulled_completions
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.screen_embedder import open_checker
from pedigree.models.call_times import predict_seconds, read_call_times
from pedigree.models.gateway import FREE_PROVIDERS, Gateway
from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.generator import Generator
from pedigree.recipe.judge import Judge
from tasks.judging.diversity import expect_questions
from tasks.judging.judge import read_held_verdicts
from tasks.parse import parse
from tasks.plan import plan
from tasks.screen import screen

TOKENS_OF_VERDICT = 12  # {"row": 1, "label": "..."}
DOUBTED = 0.3  # assumed share of rows that a classifier doubts
ITEM_OF_ROW = 0.3  # tokens of an item of a requested list, relative to those of a row
CALLS_PER_SECOND = 200.0  # the maximum of one process, with any endpoint


def estimate(job: Job, ledger: Ledger) -> Estimate:
    """Return what a run would use now; nothing is written and no model is called.

    Raises RecipeError where a template or the seeds do not serve a slot.
    """
    walk = _Walk(job, ledger)
    while (stop := walk.rounds.stop) is None:
        walk.take_round()
    walk.expect_diversity()
    assumed = {generator.title: walk.statistics.estimate(generator) for generator in job.recipe.generators}
    bills = tuple(walk.write_bill(asked) for asked in job.recipe.asked_models)
    costs = [bill.usd for bill in bills if bill.usd is not None]
    usd = sum(costs) if len(costs) == len(bills) else None
    counts = (sum(getattr(bill, name) for bill in bills) for name in ("calls", "held", "tokens_in", "tokens_out"))
    total = Bill("in all", "", *counts, usd=usd, seconds=walk.time.seconds)
    # A version that grew has the budget of rounds for each of its steps.
    rounds = None if stop.reason == "rounds" else min(walk.rounds.number, job.recipe.budget.rounds)
    budget = tuple(weigh_budget(job.recipe.budget, total, walk.held, rounds))
    return Estimate(
        job.dataset, job.recipe.rows, bills, total, walk.held, walk.rounds.number, stop.message, assumed, budget
    )


class _Walk:
    """Reads the plan as a run would: what the ledger holds is curated for real, the rest is expected."""

    def __init__(self, job: Job, ledger: Ledger):
        times = partial(predict_seconds, read_call_times(job.workspace))
        self.job, self.rounds = job, Rounds.for_job(job)
        self.statistics = CallStatistics(job, _read_seen_yields(job), times)
        self.held, self.time = NO_USAGE, Expected()
        self._builder, self._rounder = PromptBuilder(job, self.rounds.failures), YieldRounder()
        self._seen = open_checker(job)
        self._ledger, self._pulled = ledger, read_pulled_completions(job)
        self._used = {asked.title: Expected() for asked in job.recipe.asked_models}
        self._verdict_prompts = VerdictPrompts(job)
        self._gateway: Gateway | None = None

    def take_round(self) -> None:
        """Read the plan on by one round."""
        done, waiting = self._read_batch(plan.fn(self.job, self.rounds, self._builder))
        counts, verdicts, rows = self._curate(done)
        self.statistics.record(done.prompts, done.completions, counts[0])  # no review waits for later rows
        price = self._find_price if self.job.recipe.budget.usd is not None else None
        self.held += sum_budget_usage(done.prompts, done.completions, price)
        for prompt in done.prompts:
            self._used[prompt.slot.generator.title].held += 1
        calls = Counter[str]()
        for generator in self.job.recipe.generators:
            assumed = self.statistics.estimate(generator)
            for prompt in (one for one in waiting if one.slot.generator is generator):
                calls[generator.title] += self._expect(prompt, assumed)
        still = [(prompt.slot, prompt.calls) for prompt in waiting if prompt.rows and isinstance(prompt.slot, Slot)]
        given = self._rounder.round_rows(still, self.statistics)
        calls += self._expect_verdicts(verdicts, given.total())
        for kept in counts:
            kept.update(given)
        took = [self._use_time(generator, calls) for generator in self.job.recipe.generators]
        self.time.take(None if None in took else max((one for one in took if one is not None), default=0.0))
        self.rounds.record(*counts, rows=None if waiting or verdicts else rows)

    def expect_diversity(self) -> None:
        """Count what the model that scores diversity will take, once the rows are there."""
        for scorer in self.job.recipe.evaluate.scorers:
            text = self.statistics.estimate(self.job.recipe.generators[0]).text_per_row.value
            stay = not any(used.calls for used in self._used.values())
            found = expect_questions(self.job, self._ledger, text, rows_stay=stay)
            found.seconds = self._time_calls(scorer, found.calls, found.tokens_out)
            self._used[scorer.title] = found
            self.time.take(found.seconds)

    def write_bill(self, generator: AskedModel) -> Bill:
        """Return what was expected of a generator or a judge."""
        used = self._used[generator.title]
        tokens_in, tokens_out = round(used.tokens_in), round(used.tokens_out)
        usd = self._find_price(generator, tokens_in, tokens_out) if used.calls else 0.0
        price = self._find_gateway().prices.describe_batch(generator) if generator.batch else None
        return Bill(
            generator.title, generator.model, used.calls, used.held, tokens_in, tokens_out, usd, used.seconds, price
        )

    def _read_batch(self, batch: Batch) -> tuple[BatchResult, list[Prompt]]:
        """Return a round's stored answers and its open prompts; for an open list request, an answer is assumed."""
        done, waiting = BatchResult(), []
        for prompt, held in batch.record_held(self._get):
            if held is None:
                batch.assume_answer(prompt)
                waiting.append(prompt)
            else:
                done.add(prompt, held)
        return done, waiting + self._find_held(batch.build(), done)

    def _find_held(self, prompts: Iterable[Prompt], done: BatchResult) -> list[Prompt]:
        """Note what is held of prompts and their further turns; return those that wait."""
        waiting = []
        for prompt in prompts:
            while prompt is not None and (held := self._get(prompt.completion_id)):
                prompt = done.add(prompt, held)
            if prompt is not None:
                waiting.append(prompt)
        return waiting

    def _get(self, completion_id: str) -> Completion | None:
        return self._ledger.get(completion_id) or self._pulled.get(completion_id)

    def _curate(self, done: BatchResult) -> tuple[list[Counter[tuple[str, str]]], list[Prompt], pl.DataFrame]:
        """Return what the round kept as ``Review.count`` does, the prompts of judges that wait, and the rows kept."""
        parsed = parse.fn(self.job, done.prompt_table(), done.completion_table())
        kept = screen.fn(self.job, parsed.candidates, self._seen).kept
        found = read_held_verdicts(self.job, kept, self._verdict_prompts, self.rounds.number, self._get)
        for prompt, completion in zip(found.answers.prompts, found.answers.completions, strict=True):
            done.add(prompt, completion)
        return self.job.count_kept(found.kept), found.waiting, found.kept

    def _expect_verdicts(self, waiting: list[Prompt], rows: int) -> Counter[str]:
        """Count what the judges of a round will take: open prompts, and prompts about rows that are not made yet."""
        calls = Counter[str]()
        for judge in self.job.recipe.judges:
            own = [prompt for prompt in waiting if prompt.slot.generator is judge]
            share = judge.on if isinstance(judge.on, float) else 1.0 if judge.on == "all" else DOUBTED
            more = math.ceil(rows * share / judge.rows_per_call) * judge.votes
            sizes = [sum(guess_tokens(one["content"]) for one in prompt.messages) for prompt in own]
            each = sum(sizes) / len(sizes) if sizes else self._guess_verdict_prompt(judge)
            used = self._used[judge.title]
            used.calls += len(own) + more
            used.tokens_in += sum(sizes) + more * each
            used.tokens_out += (sum(one.judged_rows for one in own) + more * judge.rows_per_call) * TOKENS_OF_VERDICT
            calls[judge.title] = len(own) + more
            each = judge.rows_per_call * TOKENS_OF_VERDICT
            seconds = self._time_calls(judge, calls[judge.title], calls[judge.title] * each)
            used.take(seconds)
            self.time.take(seconds)
        return calls

    def _time_calls(self, asked: AskedModel, calls: int, tokens_out: float) -> float | None:
        """Return the seconds of calls of a judge or a scorer, side by side; None if none of its model was timed."""
        if not calls or asked.batch:
            return 0.0
        each = self.statistics.assume_seconds(asked, tokens_out / calls).value
        return None if each is None else each * calls / asked.concurrency

    def _guess_verdict_prompt(self, judge: Judge) -> float:
        """Return about how many tokens a prompt has that asks about rows which are not made yet."""
        text = self.statistics.estimate(self.job.recipe.generators[0]).text_per_row.value
        fields = {name: "x" * round(4 * text / len(self.job.recipe.fields)) for name in self.job.recipe.fields}
        line = {"row_id": "r", "completion_id": "c", "label": next(iter(self.job.recipe.labels)), **fields}
        name = next(iter(fields))  # rows that differ may be shown groups of labels that differ
        lines = [line | {name: f"{n}{fields[name][len(str(n)) :]}"} for n in range(judge.rows_per_call)]
        [prompt] = VerdictPrompts(self.job).build(judge.model_copy(update={"votes": 1}), pl.DataFrame(lines), 1, {})
        return sum(guess_tokens(message["content"]) for message in prompt.messages)

    def _expect(self, prompt: Prompt, assumed: AssumedStatistics) -> int:
        """Count what a prompt and its further turns will take, and return their number."""
        generator, calls = prompt.slot.generator, prompt.calls
        rows = prompt.list_request.count * ITEM_OF_ROW if prompt.list_request else prompt.rows
        answer = "x" * round(4 * assumed.text_per_row.value * rows)  # stands for an answer in the next turn's messages
        used = self._used[generator.title]
        most = prompt.parameters.get("max_tokens") or prompt.parameters.get("max_completion_tokens") or math.inf
        for turn in range(calls):
            prompt = prompt.continue_with(answer) if turn else prompt
            guessed = sum(guess_tokens(message["content"]) for message in prompt.messages)
            used.calls += 1
            used.tokens_in += guessed * assumed.tokens_in_per_guess.value
            used.tokens_out += min(most, rows * assumed.tokens_out_per_row.value)
        return calls

    def _use_time(self, generator: Generator, calls: Counter[str]) -> float | None:
        """Return the seconds that a generator's calls of a round take: side by side, the turns of one after another."""
        mine = calls[generator.title]
        if not mine or generator.batch:
            return 0.0
        each = self.statistics.estimate(generator).seconds_per_call.value
        most = max(generator.turns, mine / generator.concurrency)
        seconds = None if each is None else max(each * most, calls.total() / CALLS_PER_SECOND)
        self._used[generator.title].take(seconds)
        return seconds

    def _find_price(self, generator: AskedModel, tokens_in: int, tokens_out: int) -> float | None:
        if generator.model.split("/")[0] in FREE_PROVIDERS:
            return 0.0  # known without LiteLLM, which takes seconds to load
        return self._find_gateway().price(generator, tokens_in, tokens_out)

    def _find_gateway(self) -> Gateway:
        self._gateway = self._gateway or Gateway(self.job)
        return self._gateway


def _read_seen_yields(job: Job) -> dict[str, Assumption]:
    """Return the share of rows that the dataset in the workspace kept of its model's; of one with several, nothing."""
    try:
        manifest = read_result(Manifest, job.folder / "manifest.json")
        counts = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))["counts"]
        made, [model] = int(counts["made"]), manifest.models
        kept = round(counts["yield"] * made) + sum(counts["rejects"].get(one, 0) for one in PASSED_SCREENS if one)
    except (PedigreeError, OSError, ValueError, KeyError, TypeError):
        return {}
    source = f"the dataset in the workspace: {kept:,} of {made:,} candidates of this model passed"
    return {model: Assumption(kept / made, source)} if 0 < kept <= made else {}
