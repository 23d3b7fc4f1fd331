"""Complete: ask the models for what the ledger does not hold yet. The only step that costs."""

import asyncio
from collections.abc import Callable, Iterator

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from pedigree import completions, prompts
from pedigree.budget import NOTHING, Purse, Spending
from pedigree.completions import Answer, Completion
from pedigree.errors import ProviderError, RecipeError
from pedigree.failures import Final, Hopeless, Passing
from pedigree.job import Job
from pedigree.ledger import Ledger
from pedigree.models import Gateway
from pedigree.progress import show_progress
from pedigree.prompts import Prompt
from pedigree.recipe import Generator
from tasks.plan import Batch

TOKENS_PER_ROW = 200  # reserved for a row where a generator sets no max_tokens
LONGEST_WAIT = 60.0  # seconds between two tries, unless the provider names more


class Completed:
    """What a round came to: its prompts with all turns, their completions, and what of it was paid for just now."""

    def __init__(self):
        self.prompts: list[Prompt] = []
        self.completions: list[Completion] = []
        self.paid: Spending = NOTHING

    def prompt_table(self) -> pl.DataFrame:
        """Return the prompts as a table (tables.PROMPTS)."""
        return prompts.to_frame(self.prompts)

    def completion_table(self) -> pl.DataFrame:
        """Return the completions as a table (tables.COMPLETIONS)."""
        return completions.to_frame(self.completions)

    def note(self, prompt: Prompt, completion: Completion) -> Prompt | None:
        """Take a completion in, and return the next turn of its conversation where there is one."""
        self.prompts.append(prompt)
        self.completions.append(completion)
        last = prompt.turn + 1 >= prompt.slot.generator.turns
        return None if last or completion.failure or not completion.text else prompt.continue_with(completion.text)


@task(name="complete", task_run_name="complete", cache_policy=NO_CACHE, persist_result=False)
def complete(
    job: Job,
    batch: Batch,
    ledger: Ledger,
    *,
    spent: Spending = NOTHING,
    retry_failed: bool = False,
) -> Completed:
    """Return a completion, or a recorded failure, for every prompt and its further turns.

    Each is in the ledger before it is returned, and nothing that the ledger holds is asked for again. ``spent`` is what
    the budget has already seen. Raises BudgetError or ProviderError; calls in flight are waited for and kept.
    """
    done, waiting = Completed(), []
    for prompt in batch.prompts:
        while prompt is not None and (held := ledger.get(prompt.completion_id)) and not (held.failure and retry_failed):
            prompt = done.note(prompt, held)
        if prompt is not None:
            waiting.append(prompt)
    if waiting:
        spent = sum(map(Spending.of, done.completions), spent)
        with show_progress("completions", sum(prompt.slot.generator.turns - prompt.turn for prompt in waiting)) as tell:
            asyncio.run(_Asking(job, ledger, Purse(job.recipe.budget, spent), done, tell).run(waiting))
    return done


class _Asking:
    """Workers per generator read from one queue, so that no slow call holds up the others."""

    def __init__(self, job: Job, ledger: Ledger, purse: Purse, done: Completed, tell: Callable[[int], None]):
        self._job, self._ledger, self._purse, self._done, self._tell = job, ledger, purse, done, tell
        self._kept = 0
        self._gateway = Gateway(job)
        self._stopped: Exception | None = None
        self._answers = 0
        self._unanswered: list[tuple[Prompt, Passing, int]] = []  # with the number of answers when it was given up

    async def run(self, prompts: list[Prompt]) -> None:
        workers = []
        for generator in self._job.recipe.generators:
            mine = [prompt for prompt in prompts if prompt.slot.generator is generator]
            if mine:
                self._check(generator)
            queue = iter(mine)
            workers += [self._work(queue) for _ in range(min(generator.concurrency, len(mine)))]
        await asyncio.gather(*workers)
        if self._stopped is not None:
            raise self._stopped
        self._record_unanswered()

    def _check(self, generator: Generator) -> None:
        """Raise, before anything is spent, where a call can't go well or its cost can't be held to the budget."""
        try:
            self._gateway.check_key(generator)
        except Hopeless as failure:
            raise ProviderError(failure.detail, mend=failure.mend) from failure
        if self._job.recipe.budget.usd is not None and not self._gateway.knows_prices(generator):
            raise RecipeError(
                f"generator {generator.title!r}: the price of {generator.model} is not known, so the budget in USD can't be kept",
                mend="add 'prices: {input: ..., output: ...}' (USD per million tokens) to the generator, or set budget.usd to null",
            )

    async def _work(self, queue: Iterator[Prompt]) -> None:
        for first in queue:
            prompt: Prompt | None = first
            try:
                while prompt is not None and self._stopped is None:
                    prompt = await self._complete(prompt)
            except Exception as error:  # kept, and raised when the calls in flight have ended
                self._stopped = self._stopped or error
            if self._stopped is not None:
                return

    async def _complete(self, prompt: Prompt) -> Prompt | None:
        """Ask until there is an answer or a final failure, keep it, and return the conversation's next turn."""
        most = self._estimate_most(prompt)
        await self._purse.reserve(most)
        used = NOTHING
        try:
            completion = Completion.of(prompt, await self._try_often(prompt))
            used = Spending.of(completion)
            self._answers += 1
        except Final as failure:
            completion = Completion.failed(prompt, failure.code, failure.detail)
            used = Spending(calls=1)
        except Passing as failure:
            self._unanswered.append((prompt, failure, self._answers))
            return None
        except Hopeless as failure:
            raise ProviderError(f"{prompt.slot.generator.model}: {failure.detail}", mend=failure.mend) from failure
        finally:
            await self._purse.settle(most, used)
        return self._keep(prompt, completion, used)

    async def _try_often(self, prompt: Prompt) -> Answer:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Passing),
            stop=stop_after_attempt(prompt.slot.generator.retries + 1),
            wait=_wait,
            reraise=True,
        )
        return await retrying(self._gateway.ask, prompt)

    def _keep(self, prompt: Prompt, completion: Completion, used: Spending) -> Prompt | None:
        self._ledger.append(completion)
        self._done.paid += used
        following = self._done.note(prompt, completion)
        self._kept += 1
        self._tell(self._kept)
        return following

    def _estimate_most(self, prompt: Prompt) -> Spending:
        """Return the most that a call may take; USD count only where a price is known."""
        generator = prompt.slot.generator
        tokens_in = sum(len(message["content"]) for message in prompt.messages) // 3 + 50
        tokens_out = prompt.parameters.get("max_tokens") or prompt.parameters.get("max_completion_tokens")
        tokens_out = tokens_out or TOKENS_PER_ROW * generator.rows_per_call
        return Spending(1, tokens_in + tokens_out, self._gateway.price(generator, tokens_in, tokens_out) or 0.0)

    def _record_unanswered(self) -> None:
        """Record as failed what went unanswered while others were answered after it; otherwise it was an outage."""
        for prompt, failure, answers_then in self._unanswered:
            if self._answers == answers_then:
                raise ProviderError(
                    f"{prompt.slot.generator.model} does not answer: {failure.detail} ({failure.code})",
                    expected=f"an answer within {prompt.slot.generator.retries + 1} tries",
                    mend="run again when it does: everything received is kept and not asked for again",
                )
        for prompt, failure, _ in self._unanswered:
            self._keep(prompt, Completion.failed(prompt, failure.code, failure.detail), NOTHING)


_back_off = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)


def _wait(state: RetryCallState) -> float:
    """Return the seconds to wait: what the provider asked for, else a random exponential back-off."""
    failure = state.outcome.exception()
    named = failure.retry_after if isinstance(failure, Passing) else None
    return _back_off(state) if named is None else named
