"""Finds the nearest of many rows by the cosine of their vectors: exactly, and with the same result on every machine.

Unit vectors are rounded to vectors of whole numbers no longer than ``LENGTH``. By the Cauchy-Schwarz inequality every
sum of products of two of them, in any order, is a whole number of at most ``LENGTH``² = 2²⁴, and float32 holds these
exactly. So neither the library of matrix products, nor its threads, nor the size of blocks can change a dot product.
"""

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np

from pedigree.curation.similarity.minhash import Match

LENGTH = 4096
DIGITS = 3  # of a similarity
QUERIES, COLUMNS = 1024, 8192  # rows of a block, and rows that a block is compared with at a time

Vectors = Sequence[np.ndarray]  # whole numbers as float32, rows x dimensions, one array per text field


def round_vectors(vectors: np.ndarray) -> np.ndarray:
    """Return unit vectors (rows x dimensions) as whole numbers (float32) for ``VectorIndex``.

    Cosines from them differ from those of the vectors by about 0.0001 (standard deviation).
    """
    return np.rint(vectors * _scale(vectors.shape[1])).astype(np.float32)


def to_cosine(dot: float, dimensions: int) -> float:
    """Return the cosine, rounded to ``DIGITS`` digits, of two rounded vectors with this dot product."""
    return min(1.0, round(float(dot) / _scale(dimensions) ** 2, DIGITS))


def multiply(one: Vectors, other: Vectors) -> np.ndarray:
    """Return the dot products of all rows with all others (float32): the least over the text fields."""
    products = one[0] @ other[0].T
    for mine, theirs in zip(one[1:], other[1:], strict=True):
        np.minimum(products, mine @ theirs.T, out=products)
    return products


def _scale(dimensions: int) -> float:
    return LENGTH - ceil(sqrt(dimensions) / 2) - 1


class VectorIndex:
    """Index of rows by id that finds the row nearest to a given one, if their cosine is at least ``threshold``.

    The similarity of rows with several text fields is the least over the fields. Memory: 4 bytes a dimension, field and
    row, and 32 MiB a field while a block is compared.
    """

    def __init__(self, threshold: float):
        self.threshold = threshold
        self.ids: list[str] = []
        self._fields: list[np.ndarray] = []  # with room for more rows

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add rows of rounded vectors."""
        first, rows = len(self.ids), len(self.ids) + len(ids)
        if not self._fields:
            self._fields = [np.empty((0, field.shape[1]), np.float32) for field in vectors]
        if rows > len(self._fields[0]):
            room = max(rows, first * 3 // 2, 256) - first
            self._fields = [_extend(field[:first], room) for field in self._fields]
        for stored, new in zip(self._fields, vectors, strict=True):
            stored[first:rows] = new
        self.ids += ids

    def find_nearest(self, vectors: Vectors) -> tuple[np.ndarray, np.ndarray]:
        """Return position and dot product of the nearest row of each row of a block; -1 and 0 where none is near.

        At a tie it is the row that was added first.
        """
        rows = len(vectors[0])
        places, best = np.full(rows, -1), np.zeros(rows, np.float32)
        if not self.ids:
            return places, best
        best[:] = self.least - 1
        for start in range(0, len(self.ids), COLUMNS):
            end = min(start + COLUMNS, len(self.ids))
            products = multiply(vectors, [field[start:end] for field in self._fields])
            most = products.max(axis=1)
            nearer = np.flatnonzero(most > best)
            places[nearer] = start + products[nearer].argmax(axis=1)
            best[nearer] = most[nearer]
        return places, np.where(places >= 0, best, 0)

    @property
    def least(self) -> int:
        """Return the least dot product whose rounded cosine reaches the threshold; there must be a row."""
        return ceil((self.threshold - 0.5 * 10**-DIGITS) * _scale(self.dimensions) ** 2)

    @property
    def dimensions(self) -> int:
        """Return the length of a vector; 1 before the first row."""
        return self._fields[0].shape[1] if self._fields else 1


class VectorSearch:
    """Finds the nearest row for the rows of a batch: in an index, to which rows of the batch that are kept are added.

    Rows are asked for in ascending order, and a row is kept before a later one is asked for. Blocks of ``QUERIES`` rows
    are compared with the index at once; the size has no influence on what is found.
    """

    def __init__(self, index: VectorIndex, vectors: Vectors):
        self._index, self._vectors = index, vectors
        self._block = -1
        self._places = self._dots = self._own = np.empty(0)
        self._kept: list[int] = []  # rows of the block that were kept since it was compared, from its first row
        self._known = 0  # rows of the index that it was compared with

    def find(self, row: int) -> Match | None:
        """Return the nearest row, or None if none reaches the threshold; at a tie, the one added first."""
        block, place = divmod(row, QUERIES)
        if block != self._block:
            self._compare(block)
        at, dot = int(self._places[place]), float(self._dots[place])
        if self._kept:
            own = self._own[place, self._kept]
            nearest = int(own.argmax())
            if own[nearest] > dot and own[nearest] >= self._index.least:
                at, dot = self._known + nearest, float(own[nearest])
        return Match(self._index.ids[at], to_cosine(dot, self._index.dimensions)) if at >= 0 else None

    def keep(self, row: int, id: str) -> None:
        """Add a row of the batch to the index."""
        self._index.add([id], [field[row : row + 1] for field in self._vectors])
        block, place = divmod(row, QUERIES)
        if block == self._block:
            self._kept.append(place)

    def _compare(self, block: int) -> None:
        start = block * QUERIES
        vectors = [field[start : start + QUERIES] for field in self._vectors]
        self._places, self._dots = self._index.find_nearest(vectors)
        self._own = multiply(vectors, vectors)
        self._block, self._kept, self._known = block, [], len(self._index.ids)


def _extend(stored: np.ndarray, room: int) -> np.ndarray:
    return np.concatenate((stored, np.empty((room, stored.shape[1]), np.float32)))
