"""A paid embedder: vectors of a model that LiteLLM reaches, each text paid for once.

What the store holds is not asked for. The rest is asked for in batches at the pace that generation keeps (see
endpoints.py); each answer is in the store before it is used. Retries are here, and only here.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pedigree.errors import ProviderError
from pedigree.metrics.embedder import Embedder
from pedigree.models.call_errors import FatalError, PermanentError, TransientError
from pedigree.models.embedding_response import EmbeddingResponse
from pedigree.models.gateway import close_clients, embed, find_missing_keys, price_vectors
from pedigree.models.pacing.endpoint import WAITS, Endpoint
from pedigree.models.pacing.request_queue import MAX_WAIT_SECONDS
from pedigree.models.vector_store import VectorStore
from pedigree.recipe.embedder_name import EmbedderName
from pedigree.recipe.generator import Generator
from pedigree.redaction import name_secret_block
from pedigree.system.background_loop import run_in_background_loop

MAX_TEXTS, MAX_BATCH_CHARS = 64, 40_000  # of a request
CHARS_PER_TOKEN = 3
LOOK = 0.02  # seconds

log = logging.getLogger("pedigree")


@dataclass
class Bill:
    """What was asked for in this process: texts, tokens and USD, None from the first that is not known."""

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
    """An embedder of a provider's and what it took; raises ProviderError where the model can't be asked at all.

    ``settings`` hold pace, patience and retries; those that a generator has unless told.
    """

    name: EmbedderName
    store: VectorStore
    settings: Generator | None = None
    bill: Bill = field(default_factory=Bill)

    def __post_init__(self):
        self.settings = self.settings or Generator(model=self.name.model)
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
            asking = _Asking(self.settings, _cut_batches(new), self._keep)
            run_in_background_loop(asking.run(), lambda: None, asking.stop)
        return np.array([self.store.get(text) for text in texts])

    def _announce(self, texts: int, new: list[str]) -> None:
        tokens = sum(map(_count_tokens, new))
        usd = price_vectors(self.name.model, tokens)
        cost = "at a price that is not known" if usd is None else f"about {usd:.4f} USD"
        log.info(
            "%s: %s of %s texts are sent to the provider, about %s tokens, %s",
            self.name.model, f"{len(new):,}", f"{texts:,}", f"{tokens:,}", cost,
        )  # fmt: skip

    def _keep(self, texts: list[str], embedded: EmbeddingResponse) -> None:
        """Keep an answer and count it; raise Hopeless where its vectors are of another length than those before."""
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
def open_paid_embedder(name: EmbedderName, folder: Path) -> Iterator[PaidEmbedder]:
    """Give a provider's embedder with the store in a folder; what is passed over there is warned of."""
    with VectorStore(folder, name.model) as store:
        if harmful := [trouble for trouble in store.problems if not trouble.harmless]:
            answers = "1 answer is" if len(harmful) == 1 else f"{len(harmful):,} answers are"
            log.warning("%s passed over and asked for again; the first: %s", answers, harmful[0])
        yield PaidEmbedder(name, store)


class _Asking:
    """Asks one model for all batches, as fast as its endpoint lets it, and keeps each answer at once."""

    def __init__(
        self, settings: Generator, batches: list[list[str]], keep: Callable[[list[str], EmbeddingResponse], None]
    ):
        self._settings, self._endpoint = settings, Endpoint([settings])
        self._batches, self._keep = deque(batches), keep
        self._stopped: BaseException | None = None

    def stop(self, error: BaseException) -> None:
        """Start no further request; those in flight may end."""
        self._stopped = self._stopped or error

    async def run(self) -> None:
        """Return when every batch is kept; raise what stopped that, once the requests in flight have ended."""
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(self._settings.concurrency, len(self._batches))):
                    workers.create_task(self._work())
        finally:
            self._endpoint.leave()
            await close_clients()
        if self._stopped is not None:
            raise self._stopped

    async def _work(self) -> None:
        try:
            while self._batches and self._stopped is None:
                await self._fetch(self._batches.popleft())
        except Exception as error:  # raised when the requests in flight have ended
            self.stop(error)

    async def _fetch(self, texts: list[str]) -> None:
        """Ask for a batch until it is kept; raise ProviderError where that is hopeless."""
        failures, tokens = 0, sum(map(_count_tokens, texts))
        while await self._enter(tokens):
            started = time.monotonic()
            try:
                embedded = await embed(self._settings.model, texts, self._settings.timeout)
                self._keep(texts, embedded)
            except TransientError as failure:
                self._leave()
                failures += not failure.alive
                self._learn_failure(failure, started, failures)
                await self._rest(0.0 if failure.alive else random.uniform(0, min(MAX_WAIT_SECONDS, 0.5 * 2**failures)))
            except (PermanentError, FatalError) as failure:
                self._leave()
                raise ProviderError(f"{self._settings.model}: {failure.detail}", hint=_find_mend(failure)) from failure
            except BaseException:
                self._leave()
                raise
            else:
                self._leave()
                self._endpoint.learn_answer(True)
                return

    def _leave(self) -> None:
        self._endpoint.end(0)

    def _learn_failure(self, failure: TransientError, started: float, failures: int) -> None:
        self._endpoint.learn_failure(failure, started)
        if self._endpoint.is_out(self._settings.retries):
            raise self._endpoint.describe_outage(failure) from failure
        if failures > self._settings.retries:
            raise ProviderError(
                f"{self._settings.model}: {failure.detail} ({failure.code})",
                expected=f"a vector of each text in one of {failures} tries",
                hint=WAITS,
            ) from failure

    async def _enter(self, tokens: int) -> bool:
        """Wait until a request may start, and count it; False where none should start any more."""
        while self._stopped is None:
            if self._endpoint.wait(time.monotonic()) <= 0 and self._endpoint.start(tokens):
                return True
            await asyncio.sleep(LOOK)
        return False

    async def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._stopped is None and time.monotonic() < until:
            await asyncio.sleep(LOOK)


def _find_mend(failure: PermanentError | FatalError) -> str:
    if failure.code == "unknown-model":
        return "name another: litellm/PROVIDER/NAME, the model as LiteLLM writes it"
    return failure.hint if isinstance(failure, FatalError) else "leave that text out, or choose another embedder"


def _cut_batches(texts: list[str]) -> list[list[str]]:
    """Return texts in batches of at most so many, and of so many characters unless a text alone has more."""
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
