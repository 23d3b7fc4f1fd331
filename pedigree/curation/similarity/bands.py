"""Finds the rows that share a band of their MinHash digests, by sorted arrays: 8 bytes a band and row.

The rows of a batch are looked up together. A row that shares no band with a known row, or with another row of its
batch, is similar to none: most rows of a dataset need no further work.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

PLACE_BITS = 26  # an index has room for 67 million rows; the other 38 bits are the key of a band
PLACE_MASK = np.uint64((1 << PLACE_BITS) - 1)
SHIFT = np.uint64(PLACE_BITS)
ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93))  # of splitmix64 and of rrmxmx


def hash_bands(digests: np.ndarray, bands: int) -> np.ndarray:
    """Return the key of each band of digests (rows x hashes, uint32) as an array of rows x bands (uint64, 38 bits).

    Keys of different bands differ, so that one array can hold all of them. Two keys that are equal by chance only cost
    a comparison.
    """
    parts = digests.reshape(len(digests), bands, -1)
    keys = np.broadcast_to(np.arange(1, bands + 1, dtype=np.uint64), parts.shape[:2]) * ODD[1]
    for place in range(parts.shape[2]):
        keys = (keys ^ parts[:, :, place]) * ODD[0]
        keys ^= keys >> np.uint64(32)
    return (keys * ODD[1]) >> SHIFT


class BandIndex:
    """Positions of rows, from 0 in the order of adding, by the keys of their bands."""

    def __init__(self) -> None:
        self.rows = 0
        self.runs: list[np.ndarray] = []  # sorted; each is more than twice as long as the next

    def add(self, keys: np.ndarray) -> None:
        """Add rows with these keys (rows x bands)."""
        if not len(keys):
            return
        new = _pack(keys, self.rows)
        self.rows += len(keys)
        while self.runs and len(self.runs[-1]) <= 2 * len(new):
            new = np.concatenate((self.runs.pop(), new))
            new.sort()
        self.runs.append(new)


class BandHits:
    """What each row of a batch shares bands with: rows of an index, and kept rows of the batch.

    ``in_index`` says of each row (bool) whether it shares a band with a row of the index; ``suspects``, whether with
    such a row or with any row of the batch.
    """

    def __init__(self, index: BandIndex, keys: np.ndarray):
        packed = _pack(keys, 0)
        own, places = packed >> SHIFT, (packed & PLACE_MASK).astype(np.int64)
        same = own[1:] == own[:-1]
        shared = np.zeros(len(own), bool)
        shared[1:] = same
        shared[:-1] |= same
        self._runs = index.runs
        self._shared = _Grouped(len(keys), places[shared], own[shared])
        self._hits = [_find_hits(run, own, places) for run in index.runs]
        self._kept: dict[int, list[int]] = defaultdict(list)  # key -> rows of the batch
        self._pairs_before = np.zeros(len(keys) + 1, np.int64)  # of each row, over all runs
        for hits in self._hits:
            self._pairs_before[1:] += np.bincount(hits.places, hits.sizes, len(keys)).cumsum().astype(np.int64)
        self.in_index: np.ndarray = np.diff(self._pairs_before) > 0
        self.suspects: np.ndarray = self.in_index | (self._shared.counts > 0)

    def keep(self, place: int) -> None:
        """Let later rows of the batch find this one."""
        (keys,) = self._shared.of(place)
        for key in keys.tolist():
            self._kept[key].append(place)

    def find_kept(self, place: int) -> list[int]:
        """Return the kept rows of the batch that share a band with a row, in their order."""
        (keys,) = self._shared.of(place)
        return sorted({other for key in keys.tolist() for other in self._kept.get(key, ())})

    def pair(self, start: int, pairs: int) -> tuple[int, np.ndarray, np.ndarray]:
        """Return the pairs of rows from ``start`` on with rows of the index that share a band: about so many.

        They are the row after the last one, and for each pair, sorted, the row and the position in the index. At least
        one row is taken, however many pairs it has.
        """
        limit = self._pairs_before[start] + pairs
        end = max(start + 1, int(np.searchsorted(self._pairs_before, limit, "right")) - 1)
        packed = [np.empty(0, np.uint64)]
        for run, hits in zip(self._runs, self._hits, strict=True):
            places, low, sizes = hits.part(start, end)
            at = np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
            packed.append((np.repeat(places, sizes).astype(np.uint64) << SHIFT) | (run[at] & PLACE_MASK))
        both = np.unique(np.concatenate(packed))
        return end, (both >> SHIFT).astype(np.int64), (both & PLACE_MASK).astype(np.int64)


@dataclass(frozen=True)
class _Hits:
    """Where the keys of rows lie in a sorted array, sorted by row: from ``low`` on, ``sizes`` entries."""

    places: np.ndarray
    low: np.ndarray
    sizes: np.ndarray

    def part(self, start: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return those of the rows from ``start`` to ``end``."""
        first, last = np.searchsorted(self.places, (start, end))
        return self.places[first:last], self.low[first:last], self.sizes[first:last]


class _Grouped:
    """Values by row, in one array a value: those of a row are next to each other."""

    def __init__(self, rows: int, places: np.ndarray, *values: np.ndarray):
        order = np.argsort(places, kind="stable")
        self._values = [value[order] for value in values]
        self._starts = np.searchsorted(places[order], np.arange(rows + 1))
        self.counts = np.diff(self._starts)

    def of(self, place: int) -> list[np.ndarray]:
        """Return the values of a row."""
        start, end = self._starts[place : place + 2]
        return [value[start:end] for value in self._values]


def _find_hits(run: np.ndarray, keys: np.ndarray, places: np.ndarray) -> _Hits:
    low = np.searchsorted(run, keys << SHIFT)
    high = np.searchsorted(run, (keys + np.uint64(1)) << SHIFT)
    found = np.flatnonzero(high > low)
    found = found[np.argsort(places[found], kind="stable")]
    return _Hits(places[found], low[found], high[found] - low[found])


def _pack(keys: np.ndarray, first: int) -> np.ndarray:
    """Return keys and positions in one sorted array."""
    positions = np.arange(first, first + len(keys), dtype=np.uint64)
    packed = ((keys << SHIFT) | positions[:, None]).ravel()
    packed.sort()
    return packed
