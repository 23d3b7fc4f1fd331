"""Sketches of rows: what an index of similar rows holds of them, computed in this process and in the helper process."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pedigree.curation.similarity.digests import digest_rows
from pedigree.curation.similarity.shingles import Texts
from pedigree.system.helper_process import PendingResult, submit_to_helper

SHARED = 8_000  # rows from which the helper process computes a part of the digests
THERE = 3 / 4  # of the rows of a batch: this process has to look them up, too


@dataclass(frozen=True, slots=True)
class Sketches:
    """Rows prepared for an index.

    ``keys`` are those of their bands (rows x bands, uint64); ``digests`` are the last bytes of the first hashes of
    their digests (rows x COMPARED or fewer, uint8), from which a similarity is estimated.
    """

    texts: Sequence[Texts]
    keys: np.ndarray
    digests: np.ndarray


@dataclass(frozen=True)
class PendingSketches:
    """Sketches that the helper process computes the last part of."""

    rows: Sequence[Texts]
    shape: tuple[int, int]
    there: PendingResult | None

    def finish(self) -> Sketches:
        """Compute the first part here, and return all."""
        if self.there is None:
            return Sketches(self.rows, *digest_rows(self.rows, *self.shape))
        own = digest_rows(self.rows[: _count_here(self.rows)], *self.shape)
        keys, digests = (np.concatenate(both) for both in zip(own, self.there.get(), strict=True))
        return Sketches(self.rows, keys, digests)


def begin_sketches(rows: Sequence[Texts], shape: tuple[int, int]) -> PendingSketches:
    """Let the helper process begin with rows, if they are many; ``shape`` is the size and the number of bands."""
    if len(rows) < SHARED:
        return PendingSketches(rows, shape, None)
    name = "pedigree.curation.similarity.digests:digest_rows"
    return PendingSketches(rows, shape, submit_to_helper(name, rows[_count_here(rows) :], *shape))


def sketch_ahead(batches: Iterable[Sequence[Texts]], shape: tuple[int, int]) -> Iterator[Sketches]:
    """Yield the sketches of each batch; the helper process begins with the next one while the caller uses one."""
    coming = None
    for rows in batches:
        ready = coming.finish() if coming is not None else None
        coming = begin_sketches(rows, shape)
        if ready is not None:
            yield ready
    if coming is not None:
        yield coming.finish()


def _count_here(rows: Sequence[Texts]) -> int:
    return len(rows) - int(len(rows) * THERE)
