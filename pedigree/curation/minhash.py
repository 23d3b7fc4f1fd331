"""Similarity of rows: the Jaccard index of the sets of shingles (runs of characters) of their normalised texts.

A row has one string per text field. The similarity of two rows is the minimum over their fields, so a shared premise
alone makes no duplicate. MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
section 3.4), by rensa, proposes candidate pairs; the similarity of each is then computed exactly. A similar pair can be
missed, but no reported similarity is an estimate.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log, sqrt

import polars as pl
from rensa import RMinHash, RMinHashLSH  # ty: ignore[missing-module-member]  # rensa ships no stubs for its compiled module

from pedigree.curation import words
from pedigree.ids import canonical_json
from pedigree.recipe.schema import Recipe

Texts = tuple[str, ...]  # the normalised text of each text field
Shingles = tuple[frozenset[str], ...]

SEED = 1
MISSED = 0.001  # maximum share of missed pairs whose similarity equals the threshold; above it, fewer are missed
MAX_HASHES = 256


@dataclass(frozen=True)
class Match:
    """A similar row, with its similarity, 0 to 1."""

    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """A row prepared for an index; the shingles are those of ``texts``."""

    texts: Texts
    shingles: Shingles
    minhash: RMinHash


def fold_rows(rows: pl.DataFrame, recipe: Recipe) -> list[Texts]:
    """Return the texts of each row that are compared, normalised by ``fold_texts``.

    If the recipe has no text fields, return the canonical JSON of all fields.
    """
    if not recipe.text_fields:
        return [(canonical_json(row),) for row in rows.select(*recipe.fields).iter_rows(named=True)]
    return list(zip(*(fold_texts(rows[field]).to_list() for field in recipe.text_fields), strict=True))


def fold_texts(texts: pl.Series) -> pl.Series:
    """Return texts in NFKC, case-folded, with each run of punctuation, spaces and control characters as one space.

    A text of only such characters keeps them, so that ``!!!`` and ``???`` differ.
    """
    plain = pl.Series("text", [_fold_case(text) for text in texts], pl.String)
    bare = plain.str.replace_all(r"[\p{P}\p{Z}\p{C}]+", " ").str.strip_chars()
    return pl.select(pl.when(bare != "").then(bare).otherwise(plain)).to_series()


def _fold_case(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def cut_shingles(texts: Texts) -> Shingles:
    """Return the set of shingles of each text (``words.cut_shingles``)."""
    return tuple(map(words.cut_shingles, texts))


def compare(one: Shingles, other: Shingles) -> float:
    """Return the similarity of two rows, 0 to 1: the minimum Jaccard index over their text fields."""
    least = 1.0
    for mine, theirs in zip(one, other, strict=True):
        shared = len(mine & theirs)
        least = min(least, shared / (len(mine) + len(theirs) - shared))
    return least


class SimilarityIndex:
    """Index of rows by id that finds the rows whose similarity to a given row is at least ``threshold``.

    The set of rows found does not depend on the order of adding.
    """

    def __init__(self, threshold: float):
        self.threshold = threshold
        rows, bands = choose_bands(threshold)
        self._hashes = rows * bands
        self._bands = RMinHashLSH(threshold=threshold, num_perm=self._hashes, num_bands=bands)
        # Five standard errors below the threshold: practically no pair at the threshold is skipped.
        self._least_estimate = threshold - 5 * sqrt(threshold * (1 - threshold) / self._hashes)
        self._ids: list[str] = []
        self._sketches: list[tuple[Texts, RMinHash]] = []

    def sketch(self, texts: Texts) -> Sketch:
        """Return a row's sketch; it can be used with every index of the same threshold."""
        shingles = cut_shingles(texts)
        minhash = RMinHash(num_perm=self._hashes, seed=SEED)
        for field, grams in enumerate(shingles):
            # Shingles of different fields differ, so the union is at least as similar as the least similar field.
            minhash.update(grams if field == 0 else {f"{field}:{gram}" for gram in grams})
        return Sketch(texts, shingles, minhash)

    def add(self, id: str, sketch: Sketch) -> None:
        """Add a row."""
        self._bands.insert(len(self._ids), sketch.minhash)
        self._ids.append(id)
        self._sketches.append((sketch.texts, sketch.minhash))

    def propose(self, sketch: Sketch) -> list[int]:
        """Return the positions (from 0, in the order of adding) of rows that may be similar."""
        return sorted(self._bands.query(sketch.minhash))

    def measure(self, place: int, sketch: Sketch) -> float | None:
        """Return the exact similarity of the row at a position, or None if it is below the threshold.

        Shingles are computed again from the texts: storing all of them would need many times the memory.
        """
        texts, minhash = self._sketches[place]
        if minhash.jaccard(sketch.minhash) < self._least_estimate:
            return None
        similarity = compare(sketch.shingles, cut_shingles(texts))
        return similarity if similarity >= self.threshold else None

    def find(self, sketch: Sketch) -> Iterator[Match]:
        """Yield the rows whose similarity is at least ``threshold``, in the order of adding."""
        for place in self.propose(sketch):
            similarity = self.measure(place, sketch)
            if similarity is not None:
                yield Match(self._ids[place], similarity)

    def find_nearest(self, sketch: Sketch) -> Match | None:
        """Return the most similar row that reaches ``threshold``, or None; at a tie, the one added first."""
        return max(self.find(sketch), key=lambda match: match.similarity, default=None)


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
    root: list[int] = []  # for each row, the position of the row that represents its group
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
