"""Finds similar rows among many.

MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
section 3.4), by rensa, proposes candidate pairs; the similarity of each is then computed exactly. A similar pair can be
missed, but no reported similarity is an estimate.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np

from pedigree.curation.similarity.bands import BandHits, BandIndex
from pedigree.curation.similarity.digests import COMPARED
from pedigree.curation.similarity.shingles import Shingles, Texts, compare, cut_shingles
from pedigree.curation.similarity.sketches import Sketches, begin_sketches, sketch_ahead

MISSED = 0.001  # maximum share of missed pairs whose similarity equals the threshold; above it, fewer are missed
MAX_HASHES = 256
BATCH = 20_000  # rows that are looked up together
PAIRS = 50_000  # of a row and one of the index whose digests are compared together: 6 MB


@dataclass(frozen=True)
class Match:
    """A similar row, with its similarity, 0 to 1."""

    id: str
    similarity: float


class SimilarityIndex:
    """Index of rows by id that finds the rows whose similarity to a given row is at least ``threshold``.

    The set of rows found does not depend on the order of adding.
    """

    def __init__(self, threshold: float):
        self.threshold = threshold
        self._shape = choose_bands(threshold)
        self.bands = BandIndex()
        self.ids: list[str] = []
        self.texts: list[Texts] = []
        self._digests = np.empty((0, min(COMPARED, self._shape[0] * self._shape[1])), np.uint8)  # with room for more

    def sketch(self, rows: Sequence[Texts]) -> Sketches:
        """Return the sketches of rows; they can be used with every index of the same threshold."""
        return begin_sketches(rows, self._shape).finish()

    def sketch_ahead(self, batches: Iterable[Sequence[Texts]]) -> Iterator[Sketches]:
        """Yield the sketches of each batch; the next one is begun while the caller uses one."""
        return sketch_ahead(batches, self._shape)

    def add(self, ids: Sequence[str], sketches: Sketches) -> None:
        """Add rows."""
        self.bands.add(sketches.keys)
        first, rows = len(self.ids), len(self.ids) + len(ids)
        if rows > len(self._digests):
            self._digests = np.concatenate((self._digests[:first], np.empty((rows, self._digests.shape[1]), np.uint8)))
        self._digests[first:rows] = sketches.digests
        self.ids += ids
        self.texts += sketches.texts

    def search(self, sketches: Sketches) -> "BatchSearch":
        """Return what finds the similar rows of each row of a batch."""
        return BatchSearch(self, sketches)

    def digests_at(self, positions: np.ndarray) -> np.ndarray:
        """Return the short digests of rows."""
        return self._digests[positions]


class BatchSearch:
    """Finds similar rows for the rows of a batch: those of an index, and rows of the batch that are kept."""

    def __init__(self, index: SimilarityIndex, batch: Sketches):
        self._index, self._batch = index, batch
        self._hits = BandHits(index.bands, batch.keys)
        self._kept: list[int] = []
        self._ids: dict[int, str] = {}
        self._least = estimate_least(index.threshold, batch.digests.shape[1])
        # The likely rows of the index for the rows from start to end, by where those of each row begin.
        self._start, self._end = 0, 0
        self._positions = self._starts = np.empty(0, np.int64)

    @property
    def suspects(self) -> np.ndarray:
        """Return for each row (bool) whether the index or the batch may hold a similar row: False is certain."""
        return self._hits.suspects

    @property
    def in_index(self) -> np.ndarray:
        """Return for each row (bool) whether the index may hold a similar row: False is certain."""
        return self._hits.in_index

    def keep(self, place: int, id: str) -> None:
        """Let later rows of the batch find this one; ``close`` adds it to the index."""
        self._kept.append(place)
        self._ids[place] = id
        if self.suspects[place]:
            self._hits.keep(place)

    def propose(self, place: int) -> np.ndarray:
        """Return the rows that may be similar to a row, in the order of adding.

        They are positions in the index; from its length on, they are places in the batch.
        """
        if not self._start <= place < self._end:
            self._load(place)
        first, last = self._starts[place - self._start : place - self._start + 2]
        positions = self._positions[first:last]
        kept = self._hits.find_kept(place)
        if not kept:
            return positions
        places = np.array(kept)
        likely = np.mean(self._batch.digests[places] == self._batch.digests[place], axis=1) >= self._least
        return np.concatenate((positions, places[likely] + self._index.bands.rows))

    def _load(self, start: int) -> None:
        """Find the likely rows of the index for the rows from ``start`` on, together for as many as PAIRS allows."""
        end, places, positions = self._hits.pair(start, PAIRS)
        parts = range(0, len(places), PAIRS)
        likely = [self._is_likely(places[at : at + PAIRS], positions[at : at + PAIRS]) for at in parts]
        kept = np.concatenate([np.empty(0, bool), *likely])
        self._start, self._end, self._positions = start, end, positions[kept]
        self._starts = np.searchsorted(places[kept], np.arange(start, end + 1))

    def _is_likely(self, places: np.ndarray, positions: np.ndarray) -> np.ndarray:
        equal = self._index.digests_at(positions) == self._batch.digests[places]
        return np.mean(equal, axis=1) >= self._least

    def measure(self, place: int, other: int, shingles: Shingles) -> float | None:
        """Return the exact similarity of a proposed row, or None if it is below the threshold.

        Its shingles are computed from its texts: storing all of them would need many times the memory.
        """
        at = other - self._index.bands.rows
        similarity = compare(shingles, cut_shingles(self._batch.texts[at] if at >= 0 else self._index.texts[other]))
        return similarity if similarity >= self._index.threshold else None

    def find(self, place: int, shingles: Shingles) -> Iterator[Match]:
        """Yield the rows whose similarity is at least the threshold, in the order of adding."""
        for other in self.propose(place).tolist():
            similarity = self.measure(place, other, shingles)
            if similarity is not None:
                at = other - self._index.bands.rows
                yield Match(self._ids[at] if at >= 0 else self._index.ids[other], similarity)

    def find_nearest(self, place: int, shingles: Shingles) -> Match | None:
        """Return the most similar row that reaches the threshold, or None; at a tie, the one added first."""
        return max(self.find(place, shingles), key=lambda match: match.similarity, default=None)

    def close(self) -> None:
        """Add the kept rows to the index; the search is not to be used after this."""
        kept, batch = self._kept, self._batch
        texts = [batch.texts[place] for place in kept]
        self._index.add(list(self._ids.values()), Sketches(texts, batch.keys[kept], batch.digests[kept]))


def estimate_least(threshold: float, hashes: int) -> float:
    """Return the least estimate by so many hashes at which a pair is compared exactly.

    It is five standard errors below the threshold. At a threshold of 0.7 or 0.85 one to three pairs in a million that
    reach it are skipped; near 1, where the binomial distribution is skewed, three to five in ten thousand: fewer than
    MISSED. That bytes of digests are equal by chance raises an estimate, by 1/256 at most.
    """
    return threshold - 5 * sqrt(threshold * (1 - threshold) / hashes)


def choose_bands(threshold: float) -> tuple[int, int]:
    """Return rows per band and number of bands: the longest bands that miss at most MISSED of pairs at the threshold.

    A pair of similarity s shares a band with probability 1 - (1 - s^rows)^bands.
    """
    for rows in range(16, 1, -1):
        bands = ceil(log(MISSED) / log(1 - min(threshold, 0.99) ** rows))
        if rows * bands <= MAX_HASHES:
            return rows, bands
    return 1, MAX_HASHES


def group_similar(ids: list[str], texts: list[Texts], threshold: float) -> dict[str, str]:
    """Return the group of each row: the connected components of the pairs whose similarity is at least ``threshold``.

    A group is named by the smallest id in it, which does not depend on the order of the rows.
    """
    index = SimilarityIndex(threshold)
    root = np.arange(len(ids))  # for each row, the position of the row that represents its group
    members: dict[int, list[int]] = {}
    starts = range(0, len(ids), BATCH)
    batches = (texts[start : start + BATCH] for start in starts)
    for start, sketches in zip(starts, index.sketch_ahead(batches), strict=True):
        search = index.search(sketches)
        for place, suspect in enumerate(search.suspects.tolist()):
            if suspect:
                _join_similar(search, place, cut_shingles(texts[start + place]), start + place, root, members)
            search.keep(place, ids[start + place])
        search.close()
    names = {name: min(ids[place] for place in places) for name, places in members.items()}
    return {id: names.get(name, id) for id, name in zip(ids, root.tolist(), strict=True)}


def _join_similar(
    search: BatchSearch, place: int, shingles: Shingles, row: int, root: np.ndarray, members: dict[int, list[int]]
) -> None:
    """Join the groups of a row and of the earlier rows that are similar to it."""
    others = search.propose(place)
    for other in others[root[others] != root[row]].tolist():
        if root[other] != root[row] and search.measure(place, other, shingles) is not None:
            one, two = int(root[other]), int(root[row])
            small, large = sorted((one, two), key=lambda name: len(members.get(name, (name,))))
            moved = members.pop(small, [small])
            root[moved] = large
            members[large] = members.get(large, [large]) + moved
