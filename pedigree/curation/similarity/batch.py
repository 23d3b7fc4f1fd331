"""A batch of candidates under comparison, and what finds similar rows for them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pedigree.curation.similarity.minhash import BatchSearch, Match
from pedigree.curation.similarity.shingles import Shingles, Texts, cut_shingles

Shots = tuple[str, ...]  # ids of the rows that a prompt showed


@dataclass(frozen=True)
class Batch:
    """What finds similar rows for the rows of a batch: earlier kept rows, seed rows and held-out rows."""

    rows: BatchSearch | None
    seeds: BatchSearch | None
    held_out: BatchSearch | None

    @property
    def suspects(self) -> np.ndarray | bool:
        """Return for each row (bool) whether one of them may find a row."""
        suspects = self.rows.suspects if self.rows else False
        return suspects | np.any([search.in_index for search in (self.seeds, self.held_out) if search], axis=0)


@dataclass(frozen=True)
class Candidate:
    """One row under comparison: its place in the batch, texts, and the ids of the rows that its prompt showed."""

    place: int
    texts: Texts
    shots: Shots
    batch: Batch

    @cached_property
    def shingles(self) -> Shingles:
        """Return the row's shingles."""
        return cut_shingles(self.texts)

    def find_near(self, search: BatchSearch | None) -> Match | None:
        """Return the most similar row that reaches the threshold, or None."""
        return search.find_nearest(self.place, self.shingles) if search and search.suspects[self.place] else None
