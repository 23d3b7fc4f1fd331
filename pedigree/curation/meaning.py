"""Comparison of rows by meaning: rephrased rows, which share few runs of characters, by the vectors of an embedder."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import polars as pl

from pedigree.curation.similarity.minhash import Match, group_similar
from pedigree.curation.similarity.people_similarity import MeaningThreshold, find_threshold
from pedigree.curation.similarity.shingles import fold_texts
from pedigree.curation.similarity.vectors import VectorIndex, Vectors, VectorSearch, round_vectors
from pedigree.dataset.examples import Example
from pedigree.recipe.schema import Recipe
from pedigree.recipe.screen_settings import SemanticDuplicates

Embed = Callable[[list[str]], np.ndarray]  # texts -> unit vectors (texts x dimensions), zeros for one that has none
REASONS = ("semantic-duplicate", "semantic-seed-duplicate", "semantic-held-out-overlap")  # in the order of comparison
DISTINCT = 0.85  # Jaccard similarity from which two rows of people count once in calibration


class MeaningScreen:
    """Compares candidates with kept rows, seed rows and held-out rows of their label by the vectors of their texts.

    A row with a text that has no vector (blank, or without a word that the embedder knows) is similar to none.
    """

    def __init__(self, recipe: Recipe, settings: SemanticDuplicates, embed: Embed):
        self._fields, self._settings, self._embed = recipe.text_fields, settings, embed
        self.threshold = MeaningThreshold(settings.threshold, 1.0, 0, None, "")
        self._indexes: tuple[dict[str, VectorIndex], ...] = ({}, {}, {})

    def add_people(self, seeds: Sequence[Example], held_out: Sequence[Example]) -> None:
        """Add the rows that were shown to a model and the held-out rows, and find the threshold; to be called first."""
        self.threshold = find_threshold(self._settings.threshold, self._find_distinct([*seeds, *held_out]))
        compared = (self._settings.seeds, seeds), (self._settings.held_out, held_out)
        for index, (wanted, examples) in zip(self._indexes[1:], compared, strict=True):
            if wanted:
                self._add(index, examples)

    def add_rows(self, examples: Sequence[Example]) -> None:
        """Add rows that people wrote to the kept rows."""
        self._add(self._indexes[0], examples)

    def search(self, rows: pl.DataFrame) -> "MeaningSearch":
        """Return what compares the candidates of a batch, which have the text fields and ``label``."""
        places, vectors = self._read([rows[field].to_list() for field in self._fields])
        labels = rows["label"].to_numpy()[places]
        searches = []
        for label in dict.fromkeys(labels.tolist()):
            own = np.flatnonzero(labels == label)
            part = [field[own] for field in vectors]
            indexes = [index.setdefault(label, self._make_index()) for index in self._indexes]
            searches.append((places[own], [VectorSearch(index, part) for index in indexes]))
        return MeaningSearch(searches)

    def _make_index(self) -> VectorIndex:
        return VectorIndex(self.threshold.threshold)

    def _add(self, indexes: dict[str, VectorIndex], examples: Sequence[Example]) -> None:
        for label, ids, vectors in self._read_examples(examples):
            indexes.setdefault(label, self._make_index()).add(ids, vectors)

    def _find_distinct(self, people: Sequence[Example]) -> dict[str, Vectors]:
        """Return the vectors of people's rows by label, without those that MinHash finds similar to another."""
        if self._settings.threshold != "auto" or not people:
            return {}
        columns = [pl.Series(name, [row.fields[name] for row in people], pl.String) for name in self._fields]
        folded = map(fold_texts, columns)
        names = [str(place) for place in range(len(people))]
        groups = group_similar(names, list(zip(*folded, strict=True)), DISTINCT)
        first = {group: place for place, group in reversed(list(enumerate(groups.values())))}
        distinct = [people[place] for place in sorted(first.values())]
        return {label: vectors for label, _, vectors in self._read_examples(distinct)}

    def _read_examples(self, examples: Sequence[Example]) -> Iterator[tuple[str, list[str], Vectors]]:
        """Yield label, ids and vectors of the rows that have some, label by label."""
        places, vectors = self._read([[row.fields[name] for row in examples] for name in self._fields])
        labels = np.array([row.label for row in examples], dtype=object)[places]
        for label in dict.fromkeys(labels.tolist()):
            own = np.flatnonzero(labels == label)
            yield label, [examples[place].id for place in places[own]], [field[own] for field in vectors]

    def _read(self, columns: list[list[str]]) -> tuple[np.ndarray, Vectors]:
        """Return the places of the rows whose texts all have a vector, and these vectors, field by field."""
        fields = [self._embed(texts) for texts in columns]
        has = np.all([field.any(axis=1) for field in fields], axis=0)
        return np.flatnonzero(has), [round_vectors(field[has]) for field in fields]


class MeaningSearch:
    """Finds similar rows for the candidates of a batch; they are asked for and kept in ascending order."""

    def __init__(self, searches: Iterable[tuple[np.ndarray, list[VectorSearch]]]):
        self._found = {
            place: (row, own) for places, own in searches for row, place in enumerate(places.tolist())
        }  # fmt: skip

    def find(self, place: int) -> tuple[str, Match] | None:
        """Return the reason, and the nearest row that reaches the threshold; None if there is none."""
        row, searches = self._found.get(place, (0, ()))
        for reason, search in zip(REASONS, searches, strict=False):
            if match := search.find(row):
                return reason, match
        return None

    def keep(self, place: int, id: str) -> None:
        """Let later candidates find this one."""
        if place in self._found:
            row, searches = self._found[place]
            searches[0].keep(row, id)
