"""How alike two rows are: the Jaccard index of the sets of character 5-grams of their folded texts.

A row's text is one string a text field. Two rows are as alike as their least similar field, so a shared premise alone
makes no duplicate. MinHash signatures in bands (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive
Datasets, section 3.4) find the pairs that may be alike, by rensa; each is then computed exactly, so that a similarity
is a fact, and only a pair may be missed.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log, sqrt

import polars as pl
from rensa import RMinHash, RMinHashLSH  # ty: ignore[missing-module-member]  # rensa ships no stubs for its compiled module

from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe

Texts = tuple[str, ...]  # the folded text of each text field
Shingles = tuple[frozenset[str], ...]

GRAM = 5
SEED = 1
MISSED = 0.001  # of the pairs that are exactly as alike as an index's threshold; of others above it, fewer
MAX_HASHES = 256


@dataclass(frozen=True)
class Match:
    """A row that was found, and how alike it is, 0 to 1."""

    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """A row as an index sees it; the shingles are those of ``texts``."""

    texts: Texts
    shingles: Shingles
    minhash: RMinHash


def fold_rows(rows: pl.DataFrame, recipe: Recipe) -> list[Texts]:
    """Return what is compared of each row: case, compatibility forms, punctuation and spaces don't count.

    Without text fields it is the canonical JSON of the fields, as it is.
    """
    if not recipe.text_fields:
        return [(canonical_json(row),) for row in rows.select(*recipe.fields).iter_rows(named=True)]
    return list(zip(*(fold_texts(rows[field]).to_list() for field in recipe.text_fields), strict=True))


def fold_texts(texts: pl.Series) -> pl.Series:
    """Return texts in NFKC and case-folded, each run of punctuation, spaces and controls as one space.

    A text of nothing else is kept, so that ``!!!`` and ``???`` differ.
    """
    plain = pl.Series("text", [_fold_case(text) for text in texts], pl.String)
    bare = plain.str.replace_all(r"[\p{P}\p{Z}\p{C}]+", " ").str.strip_chars()
    return pl.select(pl.when(bare != "").then(bare).otherwise(plain)).to_series()


def _fold_case(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def cut_shingles(texts: Texts) -> Shingles:
    """Return the set of character 5-grams of each text; of a shorter text, the whole."""
    return tuple(frozenset(text[at : at + GRAM] for at in range(max(1, len(text) - GRAM + 1))) for text in texts)


def compare(one: Shingles, other: Shingles) -> float:
    """Return how alike two rows are, 0 to 1: the least Jaccard index over their text fields."""
    least = 1.0
    for mine, theirs in zip(one, other, strict=True):
        shared = len(mine & theirs)
        least = min(least, shared / (len(mine) + len(theirs) - shared))
    return least


class SimilarityIndex:
    """Rows by id, of which those at least ``threshold`` alike to another row can be found.

    What is found does not depend on the order in which the rows came.
    """

    def __init__(self, threshold: float):
        self.threshold = threshold
        rows, bands = choose_bands(threshold)
        self._hashes = rows * bands
        self._bands = RMinHashLSH(threshold=threshold, num_perm=self._hashes, num_bands=bands)
        # Five standard errors of the estimate below the threshold: no pair at the threshold is lost to it.
        self._least_estimate = threshold - 5 * sqrt(threshold * (1 - threshold) / self._hashes)
        self._ids: list[str] = []
        self._sketches: list[tuple[Texts, RMinHash]] = []

    def sketch(self, texts: Texts) -> Sketch:
        """Return a row's sketch, which serves every index of the same threshold."""
        shingles = cut_shingles(texts)
        minhash = RMinHash(num_perm=self._hashes, seed=SEED)
        for field, grams in enumerate(shingles):
            # Grams of different fields are different, so the union is at least as alike as the least similar field.
            minhash.update(grams if field == 0 else {f"{field}:{gram}" for gram in grams})
        return Sketch(texts, shingles, minhash)

    def add(self, id: str, sketch: Sketch) -> None:
        """Add a row."""
        self._bands.insert(len(self._ids), sketch.minhash)
        self._ids.append(id)
        self._sketches.append((sketch.texts, sketch.minhash))

    def propose(self, sketch: Sketch) -> list[int]:
        """Return the places (from 0, in the order of adding) of rows that may be alike."""
        return sorted(self._bands.query(sketch.minhash))

    def measure(self, place: int, sketch: Sketch) -> float | None:
        """Return how alike the row at a place is, exactly, or null where that is below the threshold.

        Texts are kept and cut again: the sets of all shingles would take many times the memory.
        """
        texts, minhash = self._sketches[place]
        if minhash.jaccard(sketch.minhash) < self._least_estimate:
            return None
        similarity = compare(sketch.shingles, cut_shingles(texts))
        return similarity if similarity >= self.threshold else None

    def find(self, sketch: Sketch) -> Iterator[Match]:
        """Yield the rows that are at least ``threshold`` alike, in the order in which they were added."""
        for place in self.propose(sketch):
            similarity = self.measure(place, sketch)
            if similarity is not None:
                yield Match(self._ids[place], similarity)

    def find_nearest(self, sketch: Sketch) -> Match | None:
        """Return the most similar row, if any is at least ``threshold`` alike; of equals, the one added first."""
        return max(self.find(sketch), key=lambda match: match.similarity, default=None)


def choose_bands(threshold: float) -> tuple[int, int]:
    """Return rows per band and bands: the longest bands whose misses at the threshold stay below MISSED.

    A pair of similarity s shares a band with probability 1 - (1 - s^rows)^bands.
    """
    for rows in range(16, 1, -1):
        bands = ceil(log(MISSED) / log(1 - min(threshold, 0.99) ** rows))
        if rows * bands <= MAX_HASHES:
            return rows, bands
    return 1, MAX_HASHES


def group_similar(ids: list[str], texts: list[Texts], threshold: float) -> dict[str, str]:
    """Return each row's group: rows at least ``threshold`` alike are in one, and so are all that a chain of them joins.

    A group's name is the smallest id in it, so that it does not depend on the order of the rows.
    """
    index = SimilarityIndex(threshold)
    root: list[int] = []  # of each row, a row that names its group
    members: dict[int, list[int]] = {}
    for place, (id, row) in enumerate(zip(ids, texts, strict=True)):
        root.append(place)
        members[place] = [place]
        sketch = index.sketch(row)
        for other in index.propose(sketch):
            if root[other] != root[place] and index.measure(other, sketch) is not None:
                small, large = sorted((root[other], root[place]), key=lambda name: len(members[name]))
                for member in members[small]:
                    root[member] = large
                members[large] += members.pop(small)
        index.add(id, sketch)
    names = {name: min(ids[place] for place in places) for name, places in members.items()}
    return {id: names[name] for id, name in zip(ids, root, strict=True)}
