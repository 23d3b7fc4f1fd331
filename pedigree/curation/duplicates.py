"""Comparison of candidates with the rows kept so far, real rows, seed rows and held-out rows."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pedigree.curation.containment import ContainmentIndex
from pedigree.curation.minhash import (
    Match,
    Shingles,
    SimilarityIndex,
    Sketch,
    Texts,
    compare,
    cut_shingles,
    fold_rows,
    fold_texts,
)
from pedigree.curation.text_screens import find_common_labels
from pedigree.curation.words import cut_folded, find_runs, is_character, join_words
from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.recipe.schema import Recipe

HELD_OUT_SIMILARITY = 0.85  # used if the recipe turns near_duplicate off
HELD_OUT_SHARE = 0.85  # of a held-out row that a row must hold
RUN = 13  # words; a shared run of this length is contamination in Brown et al. 2020 (appendix C)


@dataclass(frozen=True)
class ClosestMatch:
    """Why a candidate is rejected: the reason code, the evidence, and the row it is too similar to."""

    reason: str
    detail: str
    id: str


class TextIndex:
    """Index of rows by id that finds rows of equal or similar texts."""

    def __init__(self, threshold: float | None):
        self._ids: dict[Texts, str] = {}
        self._index = None if threshold is None else SimilarityIndex(threshold)

    def add(self, id: str, candidate: "Candidate") -> None:
        """Add a row; of rows with equal texts only the first is kept."""
        if candidate.texts not in self._ids:
            self._ids[candidate.texts] = id
            if self._index is not None:
                self._index.add(id, candidate.sketch)

    def find_equal(self, candidate: "Candidate") -> str | None:
        """Return the id of the row with equal texts, or None."""
        return self._ids.get(candidate.texts)

    def find_near(self, candidate: "Candidate") -> Match | None:
        """Return the most similar row that reaches the threshold, or None."""
        return None if self._index is None or not self._ids else self._index.find_nearest(candidate.sketch)


@dataclass(frozen=True)
class Candidate:
    """One row under comparison; its sketch is computed at first use."""

    texts: Texts
    shots: tuple[str, ...]
    sketcher: SimilarityIndex

    @cached_property
    def sketch(self) -> Sketch:
        """Return the row's sketch."""
        return self.sketcher.sketch(self.texts)


class DuplicateChecker:
    """Compares candidates with all kept rows; curation in several rounds gives the same result as in one."""

    def __init__(
        self,
        recipe: Recipe,
        seeds: Iterable[Example],
        held_out: Iterable[Example],
        documents: Iterable[Example] = (),
    ):
        self.recipe = recipe
        screens, has_text = recipe.screens, bool(recipe.text_fields)
        near = screens.near_duplicate if has_text else None
        near_held_out = (screens.near_duplicate or HELD_OUT_SIMILARITY) if has_text else None
        self._sketcher = SimilarityIndex(screens.near_duplicate or HELD_OUT_SIMILARITY)
        self._rows, self._seeds, self._held_out = TextIndex(near), TextIndex(near), TextIndex(near_held_out)
        self._seed_parts = ContainmentIndex(screens.seed_copy or 1)
        self._held_out_parts = ContainmentIndex(HELD_OUT_SHARE)
        self._shots: dict[str, Shingles] = {}
        self._documents = {document.id: document for document in documents}
        self._runs: dict[str, str] = {}
        seeds = list(seeds)
        self.common_labels = find_common_labels(seeds, recipe)
        for example, candidate in self._read(seeds):
            self._seeds.add(example.id, candidate)
            self._seed_parts.add(example.id, candidate.texts)
            self._shots[example.id] = cut_shingles(candidate.texts)
        for example, candidate in self._read(held_out):
            self._held_out.add(example.id, candidate)
            self._held_out_parts.add(example.id, candidate.texts)
            for run in self._cut_runs(candidate):
                self._runs.setdefault(run, example.id)

    def add_rows(self, examples: Iterable[Example]) -> None:
        """Add rows that people wrote to the kept rows that candidates are compared with."""
        for example, candidate in self._read(examples):
            self._rows.add(example.id, candidate)

    def compare(self, rows: pl.DataFrame, trusted: Collection[str] = ()) -> list[ClosestMatch | None]:
        """Return for each candidate its closest match, or None if it is kept; later candidates are compared with it.

        ``rows`` has the fields, ``row_id`` and ``seed_row_ids``; the order decides which of two similar rows is kept.
        ``trusted`` are ids of rows that people accepted: only BINDING_COMPARISONS apply to them.
        """
        verdicts = []
        columns = rows["row_id"].to_list(), rows["seed_row_ids"].to_list(), fold_rows(rows, self.recipe)
        for id, shots, texts in zip(*columns, strict=True):
            candidate = Candidate(texts, tuple(shots or ()), self._sketcher)
            comparisons = BINDING_COMPARISONS if id in trusted else COMPARISONS
            match = next(filter(None, (find(self, candidate) for find in comparisons.values())), None)
            if match is None:
                self._rows.add(id, candidate)
            verdicts.append(match)
        return verdicts

    def _read(self, examples: Iterable[Example]) -> Iterable[tuple[Example, Candidate]]:
        examples = list(examples)
        schema = {name: POLARS_TYPE[field.type] for name, field in self.recipe.fields.items()}
        texts = fold_rows(pl.DataFrame([example.fields for example in examples], schema), self.recipe)
        return [(example, Candidate(row, (), self._sketcher)) for example, row in zip(examples, texts, strict=True)]

    def _cut_runs(self, candidate: Candidate) -> Iterable[str]:
        if not self.recipe.text_fields:
            return
        for text in candidate.texts:
            pieces = cut_folded(text)
            yield from (" ".join(pieces[start:end]) for start, end in find_runs(pieces, RUN))

    def _find_exact_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return _name_equal("exact-duplicate", self._rows.find_equal(candidate), "the texts of an earlier row")

    def _find_seed_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return _name_equal("seed-duplicate", self._seeds.find_equal(candidate), "the texts of a seed row")

    def _find_shot_copy(self, candidate: Candidate) -> ClosestMatch | None:
        threshold = self.recipe.screens.shot_copy
        shown = [(id, shot) for id in candidate.shots if (shot := self._cut_shot(id))]
        if threshold is None or not shown or not self.recipe.text_fields:
            return None
        shingles = candidate.sketch.shingles
        nearest = max((Match(id, compare(shingles, shot)) for id, shot in shown), key=lambda match: match.similarity)
        return _name_near("shot-copy", nearest if nearest.similarity >= threshold else None)

    def _cut_shot(self, id: str) -> Shingles | None:
        """Return the shingles of a shown seed row or document; a document is compared with each field."""
        if id not in self._shots and id in self._documents:
            text = fold_texts(pl.Series("text", [self._documents[id].text]))[0]
            self._shots[id] = cut_shingles((text,) * len(self.recipe.text_fields))
        return self._shots.get(id)

    def _find_near_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return _name_near("near-duplicate", self._rows.find_near(candidate))

    def _find_seed_near_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return _name_near("seed-near-duplicate", self._seeds.find_near(candidate))

    def _find_seed_copy(self, candidate: Candidate) -> ClosestMatch | None:
        if self.recipe.screens.seed_copy is None or not self.recipe.text_fields:
            return None
        if held := self._seed_parts.find_held(candidate.texts, candidate.sketch.shingles):
            return ClosestMatch("seed-copy", f"holds {held.similarity:.0%} of a seed row", held.id)
        if pieces := self._seed_parts.find_pieces(candidate.texts):
            return ClosestMatch("seed-copy", f"{pieces.similarity:.0%} is from seed rows", pieces.id)
        return None

    def _find_held_out_overlap(self, candidate: Candidate) -> ClosestMatch | None:
        if not self.recipe.screens.held_out_overlap:
            return None
        reason = "held-out-overlap"
        equal = _name_equal(reason, self._held_out.find_equal(candidate), "the texts of a held-out row")
        near = equal or _name_near(reason, self._held_out.find_near(candidate))
        if near or not self.recipe.text_fields:
            return near
        if shared := next((run for run in self._cut_runs(candidate) if run in self._runs), None):
            return ClosestMatch(reason, _describe_run(shared), self._runs[shared])
        if held := self._held_out_parts.find_held(candidate.texts, candidate.sketch.shingles):
            return ClosestMatch(reason, f"holds {held.similarity:.0%} of a held-out row", held.id)
        return None


def _name_equal(reason: str, id: str | None, detail: str) -> ClosestMatch | None:
    return None if id is None else ClosestMatch(reason, detail, id)


def _name_near(reason: str, match: Match | None) -> ClosestMatch | None:
    return None if match is None else ClosestMatch(reason, f"similarity {match.similarity:.2f}", match.id)


def _describe_run(run: str) -> str:
    pieces = run.split()
    unit = "characters" if any(map(is_character, pieces)) else "words"
    return f"{len(pieces)} {unit} in a row: {join_words(pieces)}"


# The comparisons by reason code, in order: the first that finds a match gives the reason. Add new ones here.
COMPARISONS: dict[str, Callable[[DuplicateChecker, Candidate], ClosestMatch | None]] = {
    "exact-duplicate": DuplicateChecker._find_exact_duplicate,
    "seed-duplicate": DuplicateChecker._find_seed_duplicate,
    "shot-copy": DuplicateChecker._find_shot_copy,
    "near-duplicate": DuplicateChecker._find_near_duplicate,
    "seed-near-duplicate": DuplicateChecker._find_seed_near_duplicate,
    "seed-copy": DuplicateChecker._find_seed_copy,
    "held-out-overlap": DuplicateChecker._find_held_out_overlap,
}
# The comparisons that also apply to rows that people accepted (pedigree/dataset/review_decisions.py).
BINDING_COMPARISONS = {reason: COMPARISONS[reason] for reason in ("exact-duplicate", "held-out-overlap")}
