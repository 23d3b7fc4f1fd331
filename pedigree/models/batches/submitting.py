"""Submits requests as a batch: each step is noted before it is taken, so that no request is submitted twice."""

import asyncio
import logging

from pedigree.errors import ProviderError
from pedigree.ledger.batch_journal import BatchJournal, Submission
from pedigree.models.batches import pace
from pedigree.models.batches.batch_api import BatchApi, Gone, TooLarge
from pedigree.models.batches.waiting import count
from pedigree.models.call_errors import CallFailure, FatalError

log = logging.getLogger("pedigree")


class Submitter:
    """Submits to one server what is noted in the journal; the caller holds the journal's lock."""

    def __init__(self, journal: BatchJournal, api: BatchApi, patience: float):
        self._journal, self._api, self._patience = journal, api, patience

    async def submit(self, submission: Submission, lines: bytes) -> bool:
        """Submit requests as a batch; False if the server refuses their file for its size. Raises StoppedError."""
        self._journal.write(submission)
        try:
            submission.input_file_id = await self._try(lambda: self._api.upload(lines))
            self._journal.write(submission)
            submission.batch_id = await self._create(submission)
        except TooLarge as failure:
            self._journal.remove(submission)
            if len(submission.completion_ids) == 1:
                raise ProviderError(
                    f"{submission.server} refuses a file with one request: {failure.detail}",
                    hint="ask for less in a call (rows_per_call, shots), or set 'batch: false'",
                ) from None
            return False
        except CallFailure as failure:
            self._journal.remove(submission)  # the server said no, so there is no batch
            raise describe_failure(self._api, failure) from None
        self._journal.write(submission)
        log.info("batch %s: %s submitted", submission.batch_id, count(len(submission.completion_ids), "request"))
        return True

    async def settle(self, submission: Submission) -> None:
        """Find out whether a batch was made of a submission whose writer ended before it noted that.

        If not, the submission is removed: its requests are submitted anew.
        """
        if submission.input_file_id is not None:
            submission.batch_id = await self._find(submission)
            if submission.batch_id is None and submission.age < pace.SETTLED:
                await asyncio.sleep(pace.SETTLED)
                submission.batch_id = await self._find(submission)
        if submission.batch_id is None:
            self._journal.remove(submission)
            return
        self._journal.write(submission)
        requests = count(len(submission.completion_ids), "request")
        log.info("batch %s: it was submitted by a run that ended then (%s)", submission.batch_id, requests)

    async def _create(self, submission: Submission) -> str:
        """Make the batch; where no answer came, look whether it was made before it is asked for again."""

        async def make() -> str:
            nonlocal tries
            tries += 1
            found = await self._api.find(submission) if tries > 1 else None
            return found or await self._api.create(submission)

        tries = 0
        return await self._try(make)

    async def _find(self, submission: Submission) -> str | None:
        try:
            return await self._try(lambda: self._api.find(submission))
        except Gone as failure:
            requests = count(len(submission.completion_ids), "request")
            raise ProviderError(
                f"{submission.server} can't list its batches ({failure.detail}), so it is not known whether "
                f"{requests} were submitted",
                hint=f"look at the provider's page of batches; if there is none of {submission.submitted}, remove "
                f"{self._journal.path(submission)}",
            ) from None
        except CallFailure as failure:
            raise describe_failure(self._api, failure) from None

    async def _try(self, action):
        return await pace.keep_trying(action, _ignore, self._patience)


def describe_failure(api: BatchApi, failure: CallFailure) -> ProviderError:
    """Return the error that ends a run whose batches a server refuses."""
    hint = failure.hint if isinstance(failure, FatalError) else "correct what the provider names, or set 'batch: false'"
    begun = failure.detail if failure.detail.startswith(api.server) else f"{api.server}: {failure.detail}"
    return ProviderError(begun, hint=hint)


def _ignore(trouble: str) -> None:
    """Say nothing of one try: after the patience an error says it."""
