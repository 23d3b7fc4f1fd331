"""Waits until a batch has ended and keeps what it brought, before anything reads that."""

import asyncio
import logging
from typing import Any

from pedigree.errors import ProviderError
from pedigree.ledger.batch_journal import BatchJournal
from pedigree.models.batches import pace
from pedigree.models.batches.batch_api import ENDED, Gone
from pedigree.models.batches.batch_lines import BatchLines, read_lines
from pedigree.models.batches.submitting import describe_failure
from pedigree.models.batches.waiting import Batch, count
from pedigree.models.call_errors import CallFailure

DAYS_KEPT = 6  # at least, that a provider keeps the files of a batch
MAX_TOLD = 3  # faults that an error names
TOO_MUCH_WAITS = {"token_limit_exceeded", "request_limit_exceeded"}  # codes: what waits at the provider is too much

log = logging.getLogger("pedigree")


class TooMuchWaits(Exception):
    """The provider did not take a batch: with it, more would wait there than the account may have."""


class Collector:
    """Collects batches into the files of the journal."""

    def __init__(self, journal: BatchJournal):
        self._journal = journal

    async def collect(self, batch: Batch) -> BatchLines:
        """Return what a batch brought, once it has ended. Raises TooMuchWaits and StoppedError."""
        submission = batch.submission
        if submission.status is None:
            await self._wait(batch)
        found = read_lines(self._journal.read_answers(submission), set(submission.completion_ids))
        if odd := found.describe_odd():
            log.warning("batch %s: %s: passed over", submission.batch_id, odd)
        return found

    async def _wait(self, batch: Batch) -> None:
        submission, pause = batch.submission, pace.FIRST_PAUSE
        while (ended := await self._look(batch))["status"] not in ENDED:
            await asyncio.sleep(pause)
            pause = min(pace.LONGEST_PAUSE, pause * pace.GROWTH)
        files = [ended[name] for name in ("output_file_id", "error_file_id") if ended.get(name)]
        if not files:
            self._check_failed(batch, ended)
        content = await self._fetch_all(batch, files)
        known = set(submission.completion_ids)
        if files and ended["status"] == "completed" and read_lines(content, known).list_missing(known):
            await asyncio.sleep(pause)  # a line is missing: perhaps of the copy alone
            content = await self._fetch_all(batch, files)
        self._journal.write_answers(submission, content)
        submission.status = ended["status"]
        self._journal.write(submission)

    async def _look(self, batch: Batch) -> dict[str, Any]:
        """Return a batch as the provider sees it now; a server that does not answer is asked again without an end."""
        submission = batch.submission
        try:
            seen = await pace.keep_trying(lambda: batch.api.get(str(submission.batch_id)), batch.note_trouble)
        except Gone as failure:
            raise ProviderError(
                f"{submission.server} does not know batch {submission.batch_id} of {submission.submitted}, with "
                f"{count(len(submission.completion_ids), 'request')}: {failure.detail}",
                expected="the account and project that submitted it",
                hint=f"use its key; or remove {self._journal.path(submission)}: the requests are then paid for again",
            ) from None
        except CallFailure as failure:
            raise describe_failure(batch.api, failure) from None
        counts = seen.get("request_counts")
        if isinstance(counts, dict):
            batch.done = sum(n for name in ("completed", "failed") if isinstance(n := counts.get(name), int))
        return {**seen, "status": seen.get("status")}

    async def _fetch_all(self, batch: Batch, files: list[str]) -> bytes:
        """Return the lines of a batch's files; nothing for a file that the provider has removed after its time."""
        parts = [await self._fetch(batch, file) for file in files]
        return b"\n".join(parts)

    async def _fetch(self, batch: Batch, file: str) -> bytes:
        submission = batch.submission
        try:
            return await pace.keep_trying(lambda: batch.api.fetch(file), batch.note_trouble)
        except Gone as failure:
            told = f"batch {submission.batch_id} of {submission.submitted}: its file {file} is gone: {failure.detail}"
            if submission.age < DAYS_KEPT * 24 * 3600:
                raise ProviderError(
                    told,
                    expected="a file that the provider still keeps",
                    hint="run again in some minutes; or, if it was removed, remove "
                    f"{self._journal.path(submission)}: the requests are then submitted and paid for again",
                ) from None
            log.warning("%s; what it held is lost, and is asked for again", told)
            return b""
        except CallFailure as failure:
            raise describe_failure(batch.api, failure) from None

    def _check_failed(self, batch: Batch, ended: dict[str, Any]) -> None:
        """Raise if a batch that brought nothing was refused as a whole: it would be again."""
        errors = ended.get("errors")
        told = [one for one in (errors.get("data") or [] if isinstance(errors, dict) else []) if isinstance(one, dict)]
        if ended["status"] != "failed" or not told:
            return
        self._journal.remove(batch.submission)
        if TOO_MUCH_WAITS.issuperset(str(one.get("code")) for one in told):
            raise TooMuchWaits(str(told[0].get("message")))
        faults = [
            (f"line {one['line']}: " if one.get("line") else "") + str(one.get("message") or one.get("code"))
            for one in told[:MAX_TOLD]
        ]
        more = f"; and {len(told) - MAX_TOLD:,} more" if len(told) > MAX_TOLD else ""
        raise ProviderError(
            f"batch {batch.submission.batch_id} is refused: {'; '.join(faults)}{more}",
            expected="a batch that the provider takes",
            hint=f"correct {batch.api.caller.where} as the provider says, or set 'batch: false'; nothing of it was "
            "answered or paid for",
        )
