"""Paid embeddings: vectors of a model that LiteLLM reaches; each text is paid for once.

Texts that the store holds are not sent. The others are sent in batches by the scheduler that completions use (see
scheduler.py); each answer is stored before it is used.
"""

import logging
from collections import abc
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pedigree.errors import ProviderError
from pedigree.generation.budget import Usage
from pedigree.metrics.embedder import Embedder
from pedigree.models.call_errors import FatalError, PermanentError, TransientError
from pedigree.models.embedding_calls import embed, price_vectors
from pedigree.models.embedding_response import EmbeddingResponse
from pedigree.models.litellm_library import find_missing_keys
from pedigree.models.pacing.endpoint import WAITS, Endpoint
from pedigree.models.pacing.request_queue import PendingRequest, RequestQueue
from pedigree.models.request_scheduler import RequestScheduler
from pedigree.models.vector_store import VectorStore
from pedigree.recipe.embedder_name import EmbedderName
from pedigree.recipe.generator import Generator
from pedigree.redaction import name_secret_block
from pedigree.system.background_loop import run_in_background_loop

MAX_TEXTS, MAX_BATCH_CHARS = 64, 40_000  # of a request
CHARS_PER_TOKEN = 3

log = logging.getLogger("pedigree")


@dataclass
class Bill:
    """What this process requested: texts, tokens and USD (None from the first unknown number)."""

    texts: int = 0
    tokens: int | None = 0
    usd: float | None = 0.0

    def add(self, texts: int, embedded: EmbeddingResponse) -> None:
        """Count an answer."""
        self.texts += texts
        self.tokens = None if self.tokens is None or embedded.tokens is None else self.tokens + embedded.tokens
        self.usd = None if self.usd is None or embedded.cost_usd is None else self.usd + embedded.cost_usd


@dataclass
class PaidEmbedder:
    """An embedding model of a provider and what it cost; raises ProviderError if an API key is missing.

    ``settings`` hold rate limits, patience and retries; by default those of a generator.
    """

    name: EmbedderName
    store: VectorStore
    settings: Generator | None = None
    bill: Bill = field(default_factory=Bill)

    def __post_init__(self):
        self._settings = self.settings or Generator(model=self.name.model)
        self.embedder = Embedder(str(self.name), self._encode)
        if missing := find_missing_keys(self.name.model):
            raise ProviderError(
                f"{self.name.model} needs {' and '.join(missing)}",
                hint=f"export {missing[0]}=..., or keep it in the Prefect Secret block {name_secret_block(missing[0])}",
            )

    def _encode(self, texts: list[str]) -> np.ndarray:
        new = [text for text in texts if self.store.get(text) is None]
        if new:
            self._announce(len(texts), new)
            self.store.prepare()
            scheduler = EmbeddingScheduler(self._settings, _cut_batches(new), self._store_answer)
            run_in_background_loop(scheduler.run(), lambda: None, scheduler.stop)
        return np.array([self.store.get(text) for text in texts])

    def _announce(self, texts: int, new: list[str]) -> None:
        tokens = sum(map(_count_tokens, new))
        usd = price_vectors(self.name.model, tokens)
        cost = "at a price that is not known" if usd is None else f"about {usd:.4f} USD"
        counts = f"{len(new):,} of {texts:,} texts are sent to the provider, about {tokens:,} tokens"
        log.info("%s: %s, %s", self.name.model, counts, cost)

    def _store_answer(self, texts: list[str], embedded: EmbeddingResponse) -> None:
        """Store an answer and count it; raise FatalError if its vectors have another length than the stored ones."""
        expected = self.store.dimensions
        if expected and embedded.vectors.shape[1] != expected:
            found = f"vectors of {embedded.vectors.shape[1]} numbers, before of {expected}"
            raise FatalError(
                "other-vectors",
                f"it sent {found}: it is another model now",
                "remove .pedigree/vectors, which has all paid for anew, or choose another embedder",
            )
        self.store.append(texts, embedded)
        self.bill.add(len(texts), embedded)


@contextmanager
def open_paid_embedder(name: EmbedderName, folder: Path) -> abc.Generator[PaidEmbedder]:
    """Open a paid embedder with the store in a folder; damaged entries there are logged as a warning."""
    with VectorStore(folder, name.model) as store:
        if harmful := [trouble for trouble in store.problems if not trouble.harmless]:
            answers = "1 answer is" if len(harmful) == 1 else f"{len(harmful):,} answers are"
            log.warning("%s passed over and asked for again; the first: %s", answers, harmful[0])
        yield PaidEmbedder(name, store)


class EmbeddingScheduler(RequestScheduler[list[str], EmbeddingResponse]):
    """Requests the vectors of batches of texts from one model and stores each answer at once."""

    def __init__(
        self, settings: Generator, batches: list[list[str]], store: Callable[[list[str], EmbeddingResponse], None]
    ):
        super().__init__()
        self._settings, self._store = settings, store
        endpoint = Endpoint([settings])
        for batch in batches:
            self.add(endpoint, batch, settings.retries)

    async def send(self, request: list[str]) -> tuple[EmbeddingResponse, Usage]:
        try:
            embedded = await embed(self._settings.model, request, self._settings.timeout)
            self._store(request, embedded)
        except FatalError as failure:
            raise self._describe(failure) from failure
        return embedded, self.reserve(request)

    def record(
        self, queue: RequestQueue[list[str]], request: list[str], response: EmbeddingResponse, used: Usage
    ) -> None:
        queue.endpoint.record_answer(True)

    def give_up(self, pending: PendingRequest[list[str]], failure: TransientError) -> None:
        raise ProviderError(
            f"{self._settings.model}: {failure.detail} ({failure.code})",
            expected=f"a vector of each text in one of {pending.failures} tries",
            hint=WAITS,
        ) from failure

    def refuse(self, queue: RequestQueue[list[str]], request: list[str], failure: PermanentError) -> None:
        raise self._describe(failure) from failure

    def _describe(self, failure: PermanentError | FatalError) -> ProviderError:
        return ProviderError(f"{self._settings.model}: {failure.detail}", hint=_find_hint(failure))

    def reserve(self, request: list[str]) -> Usage:
        return Usage(1, sum(map(_count_tokens, request)))


def _find_hint(failure: PermanentError | FatalError) -> str:
    if failure.code == "unknown-model":
        return "name another: litellm/PROVIDER/NAME, the model as LiteLLM writes it"
    return failure.hint if isinstance(failure, FatalError) else "leave that text out, or choose another embedder"


def _cut_batches(texts: list[str]) -> list[list[str]]:
    """Return batches of at most MAX_TEXTS texts and MAX_BATCH_CHARS characters; a longer text is a batch of its own."""
    batches, chars = [[]], 0
    for text in texts:
        if batches[-1] and (len(batches[-1]) == MAX_TEXTS or chars + len(text) > MAX_BATCH_CHARS):
            batches.append([])
            chars = 0
        batches[-1].append(text)
        chars += len(text)
    return batches


def _count_tokens(text: str) -> int:
    return len(text) // CHARS_PER_TOKEN + 1
