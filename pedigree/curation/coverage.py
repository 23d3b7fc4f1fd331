"""Chooses rows that together are near to all rows there are: facility location, by lazy greedy steps.

A set's coverage is the sum, over all rows, of the cosine to the nearest row of the set (0 at least). Each step takes
the row that adds most (Nemhauser, Wolsey and Fisher 1978: at least 63 % of the best set's coverage); a gain found
earlier is an upper bound of the gain now, so most gains need not be found anew (Minoux 1978).
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heapreplace

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

BLOCK = 2000  # rows that are compared with each other at once; more are chosen block by block
DIGITS = 6  # of a cosine and of a gain; a difference in the last bits of two machines changes no choice
Vectors = csr_matrix | np.ndarray  # unit vectors, one a row


@threadpool_limits.wrap(limits=1)
def choose_by_coverage(vectors: Vectors, wanted: int, first: Sequence[int] = ()) -> list[int]:
    """Return the numbers of ``wanted`` rows in the order of choice: ``first``, then those that add most coverage.

    Of equal gains the lower number is taken. More than ``BLOCK`` rows are dealt into blocks in the order of their
    numbers, each of which gives its share; what a block took counts as covering the rows of the next ones.
    """
    chosen = list(first)
    others = np.setdiff1d(np.arange(vectors.shape[0]), chosen)
    for block, count in _deal(others, min(wanted - len(chosen), len(others))):
        chosen += _choose_in_block(vectors, block, chosen, count)
    return chosen


def _deal(rows: np.ndarray, wanted: int) -> Iterator[tuple[np.ndarray, int]]:
    """Yield blocks of rows and how many to choose of each: even shares, rounded so that they sum to ``wanted``."""
    passed = 0
    for block in np.array_split(rows, -(-len(rows) // BLOCK)) if wanted > 0 else ():
        before, passed = passed, passed + len(block)
        yield block, wanted * passed // len(rows) - wanted * before // len(rows)


def _choose_in_block(vectors: Vectors, block: np.ndarray, chosen: Sequence[int], count: int) -> list[int]:
    own = vectors[block]
    near = np.ascontiguousarray(_compare(own, own))
    covered = np.zeros(len(block), dtype=np.float32)
    for start in range(0, len(chosen), BLOCK):
        covered = np.maximum(covered, _compare(own, vectors[list(chosen[start : start + BLOCK])]).max(axis=1))

    def find_gain(row: int) -> float:
        return round(float(np.maximum(near[row] - covered, 0).sum(dtype=np.float64)), DIGITS)

    bounds = [(-find_gain(row), row) for row in range(len(block))]
    heapify(bounds)
    taken: list[int] = []
    while len(taken) < count:
        row = bounds[0][1]
        fresh = (-find_gain(row), row)
        if fresh > bounds[0]:
            heapreplace(bounds, fresh)
            continue
        heappop(bounds)
        covered = np.maximum(covered, near[row])
        taken.append(int(block[row]))
    return taken


def _compare(one: Vectors, other: Vectors) -> np.ndarray:
    """Return the cosines of unit vectors, 0 at least, as float32."""
    cosines = one @ other.T
    dense = cosines.toarray() if isinstance(cosines, csr_matrix) else cosines
    return np.clip(dense, 0, 1).round(DIGITS).astype(np.float32)
