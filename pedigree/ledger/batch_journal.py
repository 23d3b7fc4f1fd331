"""The journal of batches: which requests were submitted to a provider's batch API and are not collected yet.

A submission is a file, ``ID.json``, that is replaced as a whole and synced to the disk at each step:

1. before anything is sent: the ids of its requests;
2. when the provider has the file of requests: that file's id, before the batch is made;
3. when the batch is made: its id;
4. when the batch has ended: ``status``. Before that, the lines that it brought are kept as ``ID.answers``.

Of a submission that stands at 2, a batch may exist that was not noted; the provider's list of batches tells, where the
submission's id is in their metadata. Both files are removed once every answer is in the ledger.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pedigree.errors import LedgerError
from pedigree.system.atomic_write import replacing

PRIVATE = 0o600


@dataclass
class Submission:
    """Requests (by completion_id) that were submitted to a server as one batch; ``submitted`` is in UTC, ISO 8601.

    ``structure`` is the type of the response_format that they ask for, ``status`` how the batch ended.
    """

    server: str
    model: str
    structure: str | None
    completion_ids: list[str]
    id: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}")
    submitted: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    input_file_id: str | None = None
    batch_id: str | None = None
    status: str | None = None

    @property
    def age(self) -> float:
        """Return the seconds since it was begun."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.submitted)).total_seconds()


class BatchJournal:
    """Reads and writes the submissions of a folder; only one process at a time, which holds the lock, submits."""

    def __init__(self, folder: Path):
        self._folder = folder

    def read(self) -> list[Submission]:
        """Return all submissions, the newest first; raise LedgerError for a file that can't be read."""
        found = []
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            try:
                found.append(Submission(**json.loads(path.read_text(encoding="utf-8"))))
            except FileNotFoundError:
                continue  # another process has collected it meanwhile
            except (OSError, ValueError, TypeError) as error:
                raise LedgerError(
                    f"{path}: can't be read: {error}",
                    expected="what is known of a batch that a provider works on",
                    hint="restore the file; or remove it, and its requests are submitted and paid for again",
                ) from None
        return found

    def write(self, submission: Submission) -> None:
        """Keep a submission as it is now; it is on the disk when this returns. Raises WorkspaceError."""
        self._replace(self.path(submission), json.dumps(asdict(submission), indent=0).encode())

    def write_answers(self, submission: Submission, lines: bytes) -> None:
        """Keep what a batch brought; it is on the disk when this returns. Raises WorkspaceError."""
        self._replace(self._answers(submission), lines)

    def read_answers(self, submission: Submission) -> bytes:
        """Return what a batch brought; nothing for one that brought nothing."""
        path = self._answers(submission)
        return path.read_bytes() if path.is_file() else b""

    def remove(self, submission: Submission) -> None:
        """Forget a submission: every answer is in the ledger, or no batch was made."""
        self.path(submission).unlink(missing_ok=True)
        self._answers(submission).unlink(missing_ok=True)

    def has(self, submission: Submission) -> bool:
        """Return whether a submission is noted."""
        return self.path(submission).is_file()

    def path(self, submission: Submission) -> Path:
        """Return the file of a submission."""
        return self._folder / f"{submission.id}.json"

    def try_lock(self) -> int | None:
        """Return the descriptor of the lock, which ``os.close`` releases; None while another process submits."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def find_open(self, completion_ids: Iterable[str]) -> list[tuple[Submission, int]]:
        """Return the submissions that hold some of these requests, and how many."""
        wanted = set(completion_ids)
        counted = ((one, len(wanted.intersection(one.completion_ids))) for one in self.read())
        return [(one, count) for one, count in counted if count]

    def _answers(self, submission: Submission) -> Path:
        return self._folder / f"{submission.id}.answers"

    def _replace(self, path: Path, content: bytes) -> None:
        with replacing(path) as temporary:
            temporary.touch(PRIVATE)
            temporary.write_bytes(content)
