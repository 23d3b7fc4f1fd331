"""Hands on what a batch brought, one line after the other: the next one when the ledger has the last."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable

from pedigree.ledger.batch_journal import BatchJournal, Submission
from pedigree.models.batches.batch_lines import BatchLines, read_lines
from pedigree.models.batches.batch_request import Collected
from pedigree.models.batches.waiting import Batch, Waiting, count

GOOD = 200
KEPT = 0.1  # seconds after which the ledger has synced what was appended

log = logging.getLogger("pedigree")


class Delivery:
    """Hands lines on to the requests that wait for them; ``stopped`` ends that after the line in hand."""

    def __init__(self, journal: BatchJournal, holds: Callable[[str], bool]):
        """``holds`` returns whether the ledger has an answer to a request."""
        self._journal, self._holds = journal, holds
        self._used: dict[str, set[str]] = defaultdict(set)  # submission -> requests that it has nothing more for
        self.stopped = False

    def list_offered(self, submission: Submission) -> set[str]:
        """Return the requests of a submission that it may still answer."""
        return set(submission.completion_ids) - self._used[submission.id]

    async def hand_on(self, batch: Batch, lines: BatchLines) -> list[Waiting]:
        """Hand each line on; return the requests that no line is about."""
        submission, used = batch.submission, self._used[batch.submission.id]
        order = order_lines(sorted(batch.wanted), lines)
        log.info(
            "batch %s ended as %s: %s about %s", submission.batch_id, submission.status,
            count(len(lines.outcomes), "line"), count(len(submission.completion_ids), "request"),
        )  # fmt: skip
        for completion_id in order:
            one = batch.wanted.pop(completion_id)
            used.add(completion_id)
            if not one.future.done():
                one.future.set_result(Collected(lines.outcomes[completion_id], submission.structure))
                await asyncio.wait({one.task})
            if self.stopped:
                return []
        rest, batch.wanted = batch.wanted, {}
        used.update(rest)
        await asyncio.sleep(KEPT)
        self._remove(submission, lines)
        return list(rest.values())

    def remove_done(self, submission: Submission) -> None:
        """Forget a batch that ended, unless it holds an answer that the ledger has not."""
        if submission.status is not None:
            known = set(submission.completion_ids)
            self._remove(submission, read_lines(self._journal.read_answers(submission), known))

    def _remove(self, submission: Submission, lines: BatchLines) -> None:
        answered = (one for one, outcome in lines.outcomes.items() if outcome.status_code == GOOD)
        if all(map(self._holds, answered)):
            self._journal.remove(submission)


def order_lines(wanted: Iterable[str], lines: BatchLines) -> list[str]:
    """Return the wanted requests about which there is a line: the errors evenly among the answers, an answer last.

    The answers around a refused prompt tell whether that or every request is at fault (pedigree/models/refusals.py).
    """
    told = [one for one in wanted if one in lines.outcomes]
    answered = [one for one in told if lines.outcomes[one].status_code == GOOD]
    failed = [one for one in told if lines.outcomes[one].status_code != GOOD]
    places = {one: place / max(1, len(answered) - 1) for place, one in enumerate(answered)}
    if len(answered) == 1:
        places[answered[0]] = 1.0
    places |= {one: place / (len(failed) + 1) for place, one in enumerate(failed, 1)}
    return sorted(told, key=places.__getitem__)
