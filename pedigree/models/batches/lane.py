"""The way of requests through batches: gathered, submitted, waited for, and handed on one by one.

Each request waits in a task of its own, as a direct call does, and gets the response of its line as if a direct call
had received it. So budget, retries, refusals and the ledger treat both alike.
"""

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.prompts import Prompt
from pedigree.ledger.batch_journal import BatchJournal, Submission
from pedigree.models.batches import pace
from pedigree.models.batches.batch_api import BatchApi
from pedigree.models.batches.batch_lines import write_request
from pedigree.models.batches.batch_request import Collected
from pedigree.models.batches.collecting import Collector, TooMuchWaits
from pedigree.models.batches.delivery import KEPT, Delivery
from pedigree.models.batches.submitting import Submitter
from pedigree.models.batches.waiting import Batch, Detached, Waiting, count, describe_batches, describe_left
from pedigree.models.gateway import Gateway
from pedigree.models.request_faults import Caller

LOOK = 0.2  # seconds between two looks whether another process has submitted
WAIT = "run again later: everything received is kept and not asked for again"

log = logging.getLogger("pedigree")


class BatchLane:
    """Takes the requests of one round through batches. It is used within one event loop."""

    def __init__(self, gateway: Gateway, journal: BatchJournal, holds: Callable[[str], bool]):
        """``holds`` returns whether the ledger has an answer to a request."""
        self._gateway, self._journal = gateway, journal
        self._collector, self._delivery = Collector(journal), Delivery(journal, holds)
        self._queued: dict[str, Waiting] = {}
        self._batches: dict[str, Batch] = {}  # by the submission's id
        self._known: dict[str, Waiting] = {}  # the last wait of each request
        self._most: dict[tuple, int] = {}  # requests of a batch that the server takes
        self._held_back = False  # until a batch has ended: the provider takes no more now
        self._worker: asyncio.Task | None = None
        self._tasks: set[asyncio.Task] = set()
        self._added, self._turn = asyncio.Event(), asyncio.Lock()
        self._detached = False
        self._left: tuple[int, int] | None = None  # as it was when the waits were ended

    async def wait(self, prompt: Prompt) -> Collected:
        """Return what a batch brought for a prompt. Raises CallFailure or PedigreeError."""
        if self._detached:
            raise Detached("the run ends")
        same = self._known.get(prompt.completion_id)
        if same is not None and not same.future.done():
            return await asyncio.shield(same.future)
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        one = Waiting(prompt, self._gateway.make_request(prompt), loop.create_future(), task)
        self._queued[prompt.completion_id] = self._known[prompt.completion_id] = one
        self._added.set()
        if self._worker is None:
            self._worker = asyncio.create_task(self._submit_all())
        return await one.future

    def describe(self) -> str:
        """Return what is waited for, in one line."""
        return describe_batches(list(self._batches.values()))

    def describe_left(self) -> str:
        """Return what the run leaves at the provider if it ends now."""
        return describe_left(*(self._left or self._list_left()))

    def detach(self) -> None:
        """Let all waits end: the batches go on at the provider."""
        if self._detached:
            return
        self._detached = self._delivery.stopped = True
        self._left = self._list_left()
        _fail(self._known.values(), Detached("the run ends, and its batches go on"))
        self.close()

    def close(self) -> None:
        """End what runs beside the requests."""
        for task in filter(None, [self._worker, *self._tasks]):
            task.cancel()

    async def finish(self) -> None:
        """Wait until the files of the batches that were handed on are removed."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10 * KEPT)

    def _list_left(self) -> tuple[int, int]:
        """Return how many requests wait in how many batches that the provider has."""
        left = [len(one.wanted) for one in self._batches.values() if one.wanted and self._journal.has(one.submission)]
        return sum(left), len(left)

    async def _submit_all(self) -> None:
        """Submit what is queued, whenever nothing more has come for a moment."""
        while True:
            await self._added.wait()
            while self._added.is_set() or self._turn.locked():
                self._added.clear()
                await asyncio.sleep(pace.QUIET)
            try:
                if self._queued:
                    async with self._hold_journal():
                        await self._submit_queued()
            except Exception as error:
                queued, self._queued = list(self._queued.values()), {}
                _fail(queued, error)

    async def _submit_queued(self) -> None:
        for group in self._group():
            first = group[0]
            caller = Caller.of(first.prompt.slot.generator)
            api = BatchApi(self._gateway.direct, first.request.form, caller)
            submitter = Submitter(self._journal, api, first.prompt.slot.generator.patience)
            for submission in self._journal.read():
                if submission.server == api.server and submission.batch_id is None:
                    await submitter.settle(submission)
            self._claim(api, {one.prompt.completion_id for one in group})
            while not self._held_back and (left := [one for one in group if one.prompt.completion_id in self._queued]):
                await self._submit(submitter, api, left)

    def _group(self) -> Iterator[list[Waiting]]:
        """Yield the queued requests that may be in one batch: of one server, model and form of the answer."""
        groups: dict[tuple, list[Waiting]] = defaultdict(list)
        for one in self._queued.values():
            groups[_kind(one)].append(one)
        yield from groups.values()

    def _claim(self, api: BatchApi, wanted: set[str]) -> None:
        """Take queued requests that were submitted before, the newest submission first; remove what is done with."""
        for submission in self._journal.read():
            ids = self._delivery.list_offered(submission).intersection(wanted) & self._queued.keys()
            if not ids:
                self._delivery.remove_done(submission)
                continue
            if submission.server != api.server:
                raise RecipeError(
                    f"{count(len(ids), 'request')} wait in a batch at {submission.server}, and {api.caller.where} asks "
                    f"{api.server}",
                    hint=f"set 'api_base' back to collect them; or remove {self._journal.path(submission)}, and they "
                    "are paid for again",
                )
            self._watch(submission, api, {one: self._queued.pop(one) for one in ids})

    async def _submit(self, submitter: Submitter, api: BatchApi, group: list[Waiting]) -> None:
        """Submit as many requests of a group as one batch may have."""
        kind, lines, size = _kind(group[0]), [], 0
        for one in group[: self._most.get(kind, pace.MAX_REQUESTS)]:
            line = write_request(one.prompt.completion_id, one.request.body)
            size += len(line)
            if lines and size > pace.MAX_BYTES:
                break
            lines.append(line)
        ids = [one.prompt.completion_id for one in group[: len(lines)]]
        submission = Submission(api.server, group[0].request.body["model"], group[0].request.structure, ids)
        if await submitter.submit(submission, b"".join(lines)):
            self._watch(submission, api, {one: self._queued.pop(one) for one in ids})
        else:
            self._most[kind] = max(1, len(ids) // 2)

    def _watch(self, submission: Submission, api: BatchApi, wanted: dict[str, Waiting]) -> None:
        if (batch := self._batches.get(submission.id)) is not None:
            batch.wanted |= wanted
            return
        self._batches[submission.id] = batch = Batch(submission, api, wanted)
        task = asyncio.create_task(self._collect(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _collect(self, batch: Batch) -> None:
        try:
            lines = await self._collector.collect(batch)
            async with self._turn:
                self._queue_again(batch, await self._delivery.hand_on(batch, lines))
            self._held_back = False
        except TooMuchWaits as refusal:
            self._note_limit(batch, str(refusal))
        except Exception as error:
            _fail(batch.wanted.values(), error)
            return
        del self._batches[batch.submission.id]
        self._added.set()

    def _queue_again(self, batch: Batch, rest: list[Waiting]) -> None:
        """Queue requests again that a batch left unanswered."""
        told = (
            f"batch {batch.submission.batch_id} ended as {batch.submission.status} without {count(len(rest), 'answer')}"
        )
        if rest:
            log.warning("%s: what is missing is submitted again", told)
        for one in rest:
            one.submissions += 1
            if one.submissions >= pace.MAX_SUBMISSIONS:
                hint = "run again, or set 'batch: false': everything received is kept and not asked for again"
                _fail([one], ProviderError(f"{told}, and they were submitted {one.submissions} times", hint=hint))
            else:
                self._queued[one.prompt.completion_id] = one

    def _note_limit(self, batch: Batch, says: str) -> None:
        """Make batches smaller and queue this one's requests again, after another batch where one is waited for."""
        wanted, batch.wanted = batch.wanted, {}
        others, size = len(self._batches) > 1, len(batch.submission.completion_ids)
        if size == 1 and not others:
            _fail(wanted.values(), ProviderError(f"{batch.api.server} takes no batch: {says}", hint=WAIT))
            return
        log.warning(
            "batch %s: the provider takes no more now, so batches get smaller: %s", batch.submission.batch_id, says
        )
        self._queued |= wanted
        self._most[_kind(next(iter(wanted.values())))] = max(1, size // 2)
        self._held_back = others

    @asynccontextmanager
    async def _hold_journal(self) -> AsyncGenerator[None]:
        while (descriptor := self._journal.try_lock()) is None:
            await asyncio.sleep(LOOK)
        try:
            yield
        finally:
            os.close(descriptor)


def _kind(one: Waiting) -> tuple:
    """Return what the requests of one batch share."""
    return str(one.request.form.url), one.request.body["model"], one.request.structure


def _fail(waiting: Iterable[Waiting], error: Exception) -> None:
    for one in waiting:
        if not one.future.done():
            one.future.set_exception(error)
