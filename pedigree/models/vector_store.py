"""The store of paid vectors: the answers of embedding models, in append-only logs, so that no text is paid for twice.

A file is UTF-8 text, one answer per line, one writer each (pedigree/system/append_log.py):

    pedigree-vectors 1
    <crc32 of the rest of the line, 8 hex digits> <canonical JSON>

The JSON holds the model, the sha256 of each text, their vectors (little-endian float32, base64, concatenated), the name
the model answered under, tokens and cost (null where unknown). It holds no text. Torn and damaged lines are skipped and
reported, and their texts are requested again.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pedigree.errors import LedgerError
from pedigree.ids import canonical_json
from pedigree.models.embedding_response import EmbeddingResponse
from pedigree.system.append_log import LogFormat, LogProblem, append_line, encode_record, new_log_path, open_new_log

HEADER = b"pedigree-vectors 1\n"
FORMAT = LogFormat(HEADER, re.compile(rb"\{.*\}"), lambda header: "not of this format")
_LITTLE = np.dtype("<f4")


class VectorStore:
    """Reads every log of a folder for one model, and appends to its own; use it as a context manager.

    An answer survives the death of the process and a power cut when ``append`` returns. ``problems`` lists what was
    skipped while reading.
    """

    def __init__(self, folder: Path, model: str):
        self._folder, self._model = folder, model
        self._vectors: dict[str, np.ndarray] = {}
        self.problems: list[LogProblem] = []
        self._descriptor: int | None = None
        for path in sorted(folder.glob("*.vectors")):
            self._read(path)

    def __enter__(self) -> "VectorStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dimensions(self) -> int | None:
        """Return the length of the model's vectors; None if none is stored."""
        return next((len(vector) for vector in self._vectors.values()), None)

    def get(self, text: str) -> np.ndarray | None:
        """Return a text's vector (float32), or None."""
        return self._vectors.get(_hash(text))

    def prepare(self) -> None:
        """Make sure that answers can be stored before they are paid for; raise LedgerError if they can't."""
        with self._translating():
            self._open()

    def append(self, texts: Sequence[str], embedded: EmbeddingResponse) -> None:
        """Write an answer: the vectors of ``texts``, in their order. Raises LedgerError if it can't be written."""
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
        with self._translating():
            append_line(self._open(), encode_record(canonical_json(record).encode()), sync=True)
        self._note(hashes, vectors)

    def close(self) -> None:
        """Close this writer's log."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = open_new_log(new_log_path(self._folder, ".vectors"))
            try:
                append_line(descriptor, HEADER, sync=True)
            except OSError:  # records after an incomplete header would not be read
                os.close(descriptor)
                raise
            self._descriptor = descriptor
        return self._descriptor

    @contextmanager
    def _translating(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerError(
                f"{self._folder}: can't be written: {error.strerror}",
                hint="make room or make the folder writable, then run again: what it holds is not paid for again",
            ) from error

    def _read(self, path: Path) -> None:
        for found in FORMAT.read(path):
            if isinstance(found, LogProblem):
                self.problems.append(found)
            elif (record := json.loads(found.body))["model"] == self._model:
                data = np.frombuffer(base64.b64decode(record["vectors"]), dtype=_LITTLE)
                self._note(record["texts"], data.reshape(len(record["texts"]), -1))

    def _note(self, hashes: Sequence[str], vectors: np.ndarray) -> None:
        """Store vectors; if a text has several, the first counts."""
        for one, vector in zip(hashes, vectors, strict=True):
            self._vectors.setdefault(one, vector)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
