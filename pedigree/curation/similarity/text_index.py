"""Index of rows by id that finds rows of equal or of similar texts."""

from collections.abc import Sequence

from pedigree.curation.similarity.minhash import BatchSearch, SimilarityIndex
from pedigree.curation.similarity.shingles import Texts
from pedigree.curation.similarity.sketches import Sketches


class TextIndex:
    """Index of rows by id that finds rows of equal or similar texts; with ``threshold`` None, of equal texts only."""

    def __init__(self, threshold: float | None):
        self.ids: dict[Texts, str] = {}
        self._index = None if threshold is None else SimilarityIndex(threshold)

    def add(self, ids: Sequence[str], texts: Sequence[Texts]) -> None:
        """Add rows; of rows with equal texts only the first is kept."""
        new = {}
        for id, row in zip(ids, texts, strict=True):
            if row not in self.ids:
                new[row] = self.ids[row] = id
        if self._index is not None:
            self._index.add(list(new.values()), self._index.sketch(list(new)))

    def search(self, sketches: Sketches | None) -> BatchSearch | None:
        """Return what finds rows similar to those of a batch, or None if only equal texts are found."""
        return None if self._index is None or sketches is None else self._index.search(sketches)
