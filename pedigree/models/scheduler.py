"""Asks models for completions: within the budget, each into the ledger before it is used."""

import logging
import time
from collections.abc import Callable
from functools import partial

from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, BudgetTracker, Usage, count_budget_usage, estimate_most
from pedigree.generation.progress import Progress
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.ledger.batch_journal import BatchJournal
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.models.batches.batch_request import Collected
from pedigree.models.batches.lane import BatchLane
from pedigree.models.call_errors import FatalError, PermanentError, TransientError
from pedigree.models.call_times import CallTimes
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.models.pacing.request_queue import PendingRequest, RequestQueue
from pedigree.models.provider_errors import FILTER
from pedigree.models.refusals import UNCLEAR, Refusal
from pedigree.models.request_scheduler import RequestScheduler
from pedigree.recipe.asked_model import AskedModel
from pedigree.text_format import format_line

BATCH_LINE = "batch-line"  # the code of an error in a batch's line that may go well in the next batch
ERROR_CHARS = 160  # of an error in a line about the progress

log = logging.getLogger("pedigree")


class CompletionScheduler(RequestScheduler[Prompt, Completion]):
    """Asks models for the completions of prompts, within the budget; each is in the ledger before it is used."""

    def __init__(
        self,
        job: Job,
        ledger: Ledger,
        endpoints: Endpoints,
        budget: BudgetTracker,
        result: BatchResult,
        progress: Progress,
        on_completion: Callable[[int, float | None], None],
        take_held: Callable[[Prompt | None], Prompt | None],
    ):
        """``on_completion`` gets the completions so far and their USD (None if unknown).

        ``take_held`` adds what the ledger holds of a conversation to the result and returns the turn still to be sent.
        """
        super().__init__()
        self._job, self._ledger, self._endpoints, self._budget = job, ledger, endpoints, budget
        self._result, self._progress, self._on_completion, self._take_held = result, progress, on_completion, take_held
        self._refusals = endpoints.refusals
        self._refusals.note_held(result.prompts, result.completions)
        self.times = CallTimes()
        self._lane: BatchLane | None = None
        self._completions = 0
        self._usd: float | None = 0.0  # None from the first unknown cost
        self._priced = False  # whether any cost is known

    def add_all(self, prompts: list[Prompt]) -> None:
        """Queue prompts; raise, before anything is spent, if a model's key is missing or its price is unknown."""
        for prompt in prompts:
            self.add(self._endpoints.of(prompt.slot.generator), prompt, prompt.slot.generator.retries)
        self._check_not_submitted(prompts)
        for generator in {prompt.slot.generator.title: prompt.slot.generator for prompt in prompts}.values():
            self._check(generator)

    async def run(self) -> None:
        try:
            await super().run()
            if self._lane:
                await self._lane.finish()
        finally:
            if self._lane:
                self._lane.close()
        refused = self._refusals.settle()
        for refusal in refused:
            self._record_refusal(refusal)
        if unclear := [refusal.failure for refusal in refused if refusal.failure.code == UNCLEAR]:
            log.warning(
                "the last %s refused in the same words: account or prompt may be at fault; the next run asks again: %s",
                *("prompt was" if len(unclear) == 1 else f"{len(unclear):,} prompts were", unclear[-1].detail),
            )

    async def send(self, request: Prompt) -> tuple[Completion, Usage]:
        if request.slot.generator.batch:
            return await self._send_in_batch(request)
        self._ledger.note_sent(request.completion_id)
        try:
            return await self._ask(request)
        except Exception:
            self._ledger.note_unanswered(request.completion_id)
            raise

    async def _send_in_batch(self, request: Prompt) -> tuple[Completion, Usage]:
        """Wait for a batch; what is said of one of its requests neither costs nor delays another call."""
        collected = await self._find_lane().wait(request)
        try:
            return await self._ask(request, collected)
        except TransientError as failure:
            raise TransientError(BATCH_LINE, f"{failure.detail} ({failure.code})") from None

    async def _ask(self, request: Prompt, collected: Collected | None = None) -> tuple[Completion, Usage]:
        self._refusals.start(request)
        try:
            began = time.monotonic()
            completion = request.complete(await self._endpoints.gateway.ask(request, collected))
            if collected is None:
                self.times.note(completion.model, time.monotonic() - began, completion.tokens_out)
            return completion, count_budget_usage(request, completion, self._endpoints.budget_price)
        except PermanentError as error:
            if error.code == FILTER:
                return request.fail(error.code, error.detail), Usage(calls=1)
            raise
        finally:
            self._refusals.end(request)

    def record(self, queue: RequestQueue[Prompt], request: Prompt, response: Completion, used: Usage) -> None:
        next_turn = self._take_held(self._store(request, response, used))
        if response.failure is not None:
            queue.endpoint.record_refusal()
        else:
            queue.endpoint.record_answer(bool((response.text or "").strip()))
            for refusal in self._refusals.answer(request):
                self._record_refusal(refusal)
        if next_turn is not None:
            queue.requeue_first(PendingRequest(next_turn, next_turn.slot.generator.retries))
        self._endpoints.check_names()
        queue.endpoint.check_empty_answers(response)
        self._endpoints.readable.check(request, response)

    def give_up(self, pending: PendingRequest[Prompt], failure: TransientError) -> None:
        self._store(pending.request, pending.request.fail(failure.code, failure.detail), NO_USAGE)

    def refuse(self, queue: RequestQueue[Prompt], request: Prompt, failure: PermanentError) -> None:
        self.settle(NO_USAGE, Usage(calls=1))
        queue.endpoint.record_refusal()
        self._refusals.refuse(request, failure)

    def reserve(self, request: Prompt) -> Usage | None:
        most = estimate_most(request, self._endpoints.budget_price)
        return most if self._budget.reserve(most) else None

    def settle(self, reserved: Usage, used: Usage) -> None:
        self._budget.settle(reserved, used)

    def goes_on(self, request: Prompt) -> bool:
        return request.slot.generator.batch

    def stop(self, error: BaseException) -> None:
        super().stop(error)
        if self._lane:
            self._lane.detach()

    @property
    def batches(self) -> str:
        """Return which batches are waited for, in one line; an empty text for none."""
        return self._lane.describe() if self._lane else ""

    @property
    def left(self) -> str:
        """Return what goes on at a provider if the run ends now; an empty text for nothing."""
        return self._lane.describe_left() if self._lane else ""

    def note_failure(self, failure: TransientError) -> None:
        self._progress.note_failure(format_line(f"{failure.detail} ({failure.code})", ERROR_CHARS))

    def note_unanswered(self, reserved: Usage) -> None:
        self._progress.note_unanswered(reserved)
        self._budget.note_unanswered(reserved)

    def _check(self, generator: AskedModel) -> None:
        gateway = self._endpoints.gateway
        try:
            gateway.check_key(generator)
        except FatalError as failure:
            raise ProviderError(failure.detail, hint=failure.hint) from failure
        if self._job.recipe.budget.usd is not None and not gateway.knows_prices(generator):
            raise RecipeError(
                f"{generator.role}: the price of {generator.model} is not known, so the budget in USD can't be kept",
                hint="add 'prices: {input: ..., output: ...}' (USD per million tokens) to the generator, "
                "or set budget.usd to null",
            )

    def _find_lane(self) -> BatchLane:
        if self._lane is None:
            holds = partial(self._ledger.holds, answered=True)
            self._lane = BatchLane(self._endpoints.gateway, BatchJournal(self._job.workspace.batches), holds)
        return self._lane

    def _check_not_submitted(self, prompts: list[Prompt]) -> None:
        """Raise RecipeError if prompts that are to be sent directly wait in batches: they would be paid for twice."""
        direct = {prompt.completion_id: prompt.slot.generator for prompt in prompts if not prompt.slot.generator.batch}
        journal = BatchJournal(self._job.workspace.batches)
        if found := journal.find_open(direct):
            submission, count = found[0]
            role = next(direct[one].role for one in submission.completion_ids if one in direct)
            raise RecipeError(
                f"{count:,} requests of {role} were submitted in a batch on {submission.submitted}",
                hint="set 'batch: true' to collect them; or remove "
                f"{journal.path(submission)}, and they are paid for again",
            )

    def _record_refusal(self, refusal: Refusal) -> None:
        """Record that a prompt is refused for its content; its call is settled already."""
        failure = refusal.failure
        self._store(refusal.prompt, refusal.prompt.fail(failure.code, failure.detail), Usage(calls=1))

    def _store(self, prompt: Prompt, completion: Completion, used: Usage) -> Prompt | None:
        """Append a completion to the ledger and the result; return the next turn of the conversation, if any."""
        self._ledger.append(completion)
        self._endpoints.record_name(completion)
        self._result.paid += used
        self._progress.note_answer(prompt, completion, used)
        next_turn = self._result.add(prompt, completion)
        self._completions += 1
        if completion.failure is None and self._usd is not None:
            self._usd = None if completion.cost_usd is None else self._usd + completion.cost_usd
            self._priced = True
        self._on_completion(self._completions, self._usd if self._priced else None)
        return next_turn
