"""The store of paid vectors: what embedding models sent, in append-only segments, so that no text is paid for twice.

A segment is UTF-8 text, an answer a line, one writer each:

    pedigree-vectors 1
    <crc32 of what follows, 8 hex digits> <canonical JSON>

The JSON holds the model, the sha256 of each text, their vectors (little-endian float32, base64, one after the other),
the name the model answered under, tokens and cost (null where unknown). No text is in it. A last line without its end is
a torn tail: its writer died in the middle. Any other line that does not check is a damaged record. Both are passed over
and reported, and what stood in them is asked for again.
"""

import base64
import hashlib
import json
import os
import re
import secrets
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pedigree.errors import LedgerError
from pedigree.ids import canonical_json
from pedigree.models.embedding_response import EmbeddingResponse

HEADER = b"pedigree-vectors 1\n"
_LINE = re.compile(rb"[0-9a-f]{8} \{.*\}\n")
_LITTLE = np.dtype("<f4")


class VectorStore:
    """Reads every segment of a folder for one model, and appends to one of its own; use it as a context manager.

    An answer survives the death of the process and a power cut as soon as ``append`` returns. ``troubles`` says what was
    passed over: ``torn`` is harmless, ``damaged`` and ``unread`` are not.
    """

    def __init__(self, folder: Path, model: str):
        self._folder, self._model = folder, model
        self._vectors: dict[str, np.ndarray] = {}
        self.troubles: list[str] = []
        self._descriptor: int | None = None
        for segment in sorted(folder.glob("*.vectors")):
            self._read(segment)

    def __enter__(self) -> "VectorStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dimensions(self) -> int | None:
        """Return the length of the model's vectors; None where none is held."""
        return next((len(vector) for vector in self._vectors.values()), None)

    def get(self, text: str) -> np.ndarray | None:
        """Return a text's vector (float32), or None."""
        return self._vectors.get(_hash(text))

    def prepare(self) -> None:
        """Make sure that answers can be kept, before they are paid for; raise LedgerError where they can't."""
        if self._descriptor is None:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}-{secrets.token_hex(3)}.vectors"
            self._translate(lambda: self._open(self._folder / name))

    def append(self, texts: Sequence[str], embedded: EmbeddingResponse) -> None:
        """Write an answer: the vectors of ``texts``, in their order. Raises LedgerError where it can't be written."""
        self.prepare()
        hashes = [_hash(text) for text in texts]
        vectors = embedded.vectors.astype(_LITTLE)
        record = {
            "model": self._model,
            "model_answered": embedded.model,
            "tokens": embedded.tokens,
            "cost_usd": embedded.cost_usd,
            "texts": hashes,
            "vectors": base64.b64encode(vectors.tobytes()).decode(),
        }
        body = canonical_json(record).encode() + b"\n"
        self._translate(lambda: self._write(b"%08x %s" % (zlib.crc32(body), body)))
        self._note(hashes, vectors)

    def close(self) -> None:
        """Close this writer's segment."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self, segment: Path) -> None:
        segment.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(segment, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            self._write(HEADER)
        except OSError:  # without its header nothing that is appended would be read again
            self.close()
            raise

    def _write(self, line: bytes) -> None:
        """Write a line whole, or take back what of it was written: the next record must start on a line of its own."""
        start, rest = os.fstat(self._descriptor).st_size, memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise

    def _translate(self, act) -> None:
        try:
            act()
        except OSError as error:
            raise LedgerError(
                f"{self._folder}: can't be written: {error.strerror}",
                hint="make room or make the folder writable, then run again: what it holds is not paid for again",
            ) from error

    def _read(self, segment: Path) -> None:
        try:
            with segment.open("rb") as file:
                first = file.readline(100)
                if not HEADER.startswith(first):
                    self.troubles.append(f"{segment}: unread: not of this format")
                    return
                for number, line in enumerate(file, start=2):
                    record = _decode(line)
                    if record is None:
                        kind = "damaged" if line.endswith(b"\n") else "torn"
                        self.troubles.append(f"{segment}, line {number}: {kind}: {len(line)} bytes")
                    elif record["model"] == self._model:
                        data = np.frombuffer(base64.b64decode(record["vectors"]), dtype=_LITTLE)
                        self._note(record["texts"], data.reshape(len(record["texts"]), -1))
        except OSError as error:
            self.troubles.append(f"{segment}: unread: {error.strerror}")

    def _note(self, hashes: Sequence[str], vectors: np.ndarray) -> None:
        """Take in vectors; of several for one text, the first counts."""
        for one, vector in zip(hashes, vectors, strict=True):
            self._vectors.setdefault(one, vector)


def _decode(line: bytes) -> dict[str, Any] | None:
    """Return a record, or None where the line does not check."""
    if not _LINE.fullmatch(line) or int(line[:8], 16) != zlib.crc32(line[9:]):
        return None
    return json.loads(line[9:])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
