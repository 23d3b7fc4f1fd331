"""Comparison of candidates with the rows kept so far, real rows, seed rows and held-out rows."""

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import polars as pl

from pedigree.curation.meaning import Embed, MeaningScreen
from pedigree.curation.similarity.batch import Batch, Candidate, Shots
from pedigree.curation.similarity.closest_match import ClosestMatch, describe_run, name_changed, name_equal, name_near
from pedigree.curation.similarity.containment import ContainmentIndex
from pedigree.curation.similarity.minhash import BATCH, Match, SimilarityIndex, estimate_least
from pedigree.curation.similarity.runs import HashedWords, RunFilter
from pedigree.curation.similarity.shingles import Texts, compare, cut_shingles, fold_rows, fold_texts
from pedigree.curation.similarity.shown_part import find_whole, may_be_part
from pedigree.curation.similarity.sketches import Sketches
from pedigree.curation.similarity.text_index import TextIndex
from pedigree.curation.tables.copies import TypedCopies
from pedigree.curation.tables.dependencies import Dependencies
from pedigree.curation.text_screens import find_common_labels
from pedigree.curation.words import cut_folded, find_runs
from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.recipe.schema import Recipe
from pedigree.recipe.screen_settings import SEED_COPY

HELD_OUT_SIMILARITY = 0.85  # used if the recipe turns near_duplicate off
HELD_OUT_SHARE = 0.85  # of a held-out row that a row must hold
RUN = 13  # words; a shared run of this length is contamination in Brown et al. 2020 (appendix C)


class DuplicateChecker:
    """Compares candidates with all kept rows; curation in several rounds gives the same result as in one."""

    def __init__(
        self,
        recipe: Recipe,
        seeds: Iterable[Example],
        held_out: Iterable[Example],
        documents: Iterable[Example] = (),
        embed: Embed | None = None,
    ):
        """``embed``: for the screen ``semantic_duplicate``, which is left out without it."""
        self.recipe = recipe
        screens, has_text = recipe.screens, bool(recipe.text_fields)
        near = screens.near_duplicate if has_text else None
        near_held_out = (screens.near_duplicate or HELD_OUT_SIMILARITY) if has_text else None
        self._sketcher = SimilarityIndex(screens.near_duplicate or HELD_OUT_SIMILARITY)
        self._rows, self._seeds, self._held_out = TextIndex(near), TextIndex(near), TextIndex(near_held_out)
        self._seed_parts = ContainmentIndex(screens.seed_copy or 1)
        self._held_out_parts = ContainmentIndex(HELD_OUT_SHARE)
        self._documents = {document.id: document for document in documents}
        self._runs: dict[str, str] = {}
        seeds, held_out = list(seeds), list(held_out)
        settings = screens.semantic_duplicate
        self.meaning = MeaningScreen(recipe, settings, embed) if settings and embed else None
        if self.meaning:
            self.meaning.add_people(seeds, held_out)
        self._typed, self._what = (None, "texts") if has_text else (TypedCopies(recipe, seeds, held_out), "values")
        self.common_labels = find_common_labels(seeds, recipe)
        self._depends = Dependencies(recipe) if recipe.depends else None
        if self._depends:
            self._depends.add_rows(seeds)
        ids, texts = [example.id for example in seeds], self._fold(seeds)
        self._seeds.add(ids, texts)
        self._shots = dict(zip(ids, texts, strict=True))
        for id, row in zip(ids, texts, strict=True):
            self._seed_parts.add(id, row)
        ids, texts = [example.id for example in held_out], self._fold(held_out)
        self._held_out.add(ids, texts)
        for id, row in zip(ids, texts, strict=True):
            self._held_out_parts.add(id, row)
            for run in self._cut_runs(row):
                self._runs.setdefault(run, id)

    def add_rows(self, examples: Iterable[Example]) -> None:
        """Add rows that people wrote to the kept rows that candidates are compared with."""
        examples = list(examples)
        self._rows.add([example.id for example in examples], self._fold(examples))
        for further in filter(None, (self.meaning, self._typed, self._depends)):
            further.add_rows(examples)

    def compare(self, rows: pl.DataFrame, trusted: Collection[str] = ()) -> list[ClosestMatch | None]:
        """Return for each candidate its closest match, or None if it is kept; later candidates are compared with it.

        ``rows`` has the fields, ``row_id`` and ``seed_row_ids``; the order decides which of two similar rows is kept.
        ``trusted`` are ids of rows that people accepted: only BINDING_COMPARISONS apply to them.
        """
        parts = [rows[start : start + BATCH] for start in range(0, rows.height, BATCH)]
        folded = (fold_rows(part, self.recipe) for part in parts)
        given = self._sketcher.sketch_ahead(folded) if self.recipe.text_fields else folded
        return [match for pair in zip(parts, given, strict=True) for match in self._compare_batch(*pair, trusted)]

    def _compare_batch(
        self, rows: pl.DataFrame, given: Sketches | list[Texts], trusted: Collection[str]
    ) -> list[ClosestMatch | None]:
        texts, sketches = (given.texts, given) if isinstance(given, Sketches) else (given, None)
        shots = [tuple(shown or ()) for shown in rows["seed_row_ids"].to_list()]
        known = (index.search(sketches) if index.ids else None for index in (self._seeds, self._held_out))
        batch = Batch(self._rows.search(sketches), *known)
        suspects = self._suspect(texts, shots, sketches, batch)
        meaning = self.meaning.search(rows) if self.meaning else None
        typed = self._typed.find(rows, shots, trusted) if self._typed else None
        equals, kept, verdicts = self._rows.ids, batch.rows, []
        records = rows.iter_rows(named=True) if self._depends else None
        for place, id in enumerate(rows["row_id"].to_list()):
            row, match = texts[place], None
            if suspects[place] or row in equals or row in self._seeds.ids or row in self._held_out.ids:
                match = self._find_match(Candidate(place, row, shots[place], batch), id in trusted)
            record = next(records) if records else {}
            if self._depends and match is None:
                match = self._depends.find(record)
            if meaning and match is None and id not in trusted and (found := meaning.find(place)):
                match = name_near(found[0], found[1], "cosine")
            match = typed[place] if typed and match is None else match
            if match is None and row not in equals:
                equals[row] = id
                if kept is not None:
                    kept.keep(place, id)
                if self._depends:
                    self._depends.keep(record, id)
                if meaning:
                    meaning.keep(place, id)
            verdicts.append(match)
        if kept is not None:
            kept.close()
        return verdicts

    def _find_match(self, candidate: Candidate, trusted: bool) -> ClosestMatch | None:
        comparisons = BINDING_COMPARISONS if trusted else COMPARISONS
        return next(filter(None, (find(self, candidate) for find in comparisons.values())), None)

    def _suspect(
        self, texts: Sequence[Texts], shots: list[Shots], sketches: Sketches | None, batch: Batch
    ) -> list[bool]:
        """Return for each row whether a comparison but that of equal texts may find something.

        False is as certain as the search for similar rows is (see ``estimate_least`` and ``choose_bands``).
        """
        suspects = np.zeros(len(texts), bool)
        if sketches is None:
            return suspects.tolist()
        suspects |= batch.suspects
        words = [HashedWords(field) for field in zip(*texts, strict=True)]
        if self.recipe.screens.seed_copy is not None or self.recipe.screens.shot_copy is not None:
            suspects |= self._seed_parts.suspect(words, pieces=self.recipe.screens.seed_copy is not None)
        if self.recipe.screens.held_out_overlap:
            suspects |= self._held_out_parts.suspect(words, pieces=False)
            for field in words if self._runs else ():
                suspects |= ~field.plain
                suspects[RunFilter(self._runs, RUN).find(field)[0]] = True
        if self.recipe.screens.shot_copy is not None:
            suspects[self._suspect_shots(texts, shots, sketches.digests, self.recipe.screens.shot_copy)] = True
        return suspects.tolist()

    def _suspect_shots(
        self, texts: Sequence[Texts], shots: list[Shots], digests: np.ndarray, threshold: float
    ) -> np.ndarray:
        """Return the rows that may be similar to a row that their prompt showed, or a part of it."""
        ids = {id: shot for id in dict.fromkeys(id for shown in shots for id in shown) if (shot := self._find_shot(id))}
        numbers = {id: number for number, id in enumerate(ids)}
        pairs = [(row, numbers[id]) for row, own in enumerate(shots) for id in own if id in numbers]
        rows, others = np.array(pairs, np.int64).reshape(-1, 2).T
        estimates = np.mean(digests[rows] == self._sketcher.sketch(list(ids.values())).digests[others], axis=1)
        known = list(ids.values())
        part = np.array([may_be_part(texts[row], known[other]) for row, other in pairs], bool)
        return rows[part | (estimates >= estimate_least(threshold, digests.shape[1]))]

    def _fold(self, examples: Sequence[Example]) -> list[Texts]:
        schema = {name: POLARS_TYPE[field.type] for name, field in self.recipe.fields.items()}
        return fold_rows(pl.DataFrame([example.fields for example in examples], schema), self.recipe)

    def _cut_runs(self, texts: Texts) -> Iterable[str]:
        if not self.recipe.text_fields:
            return
        for text in texts:
            pieces = cut_folded(text)
            yield from (" ".join(pieces[start:end]) for start, end in find_runs(pieces, RUN))

    def _find_exact_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return name_equal("exact-duplicate", self._rows.ids.get(candidate.texts), f"the {self._what} of an earlier row")

    def _find_seed_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return name_equal("seed-duplicate", self._seeds.ids.get(candidate.texts), f"the {self._what} of a seed row")

    def _find_shot_copy(self, candidate: Candidate) -> ClosestMatch | None:
        threshold = self.recipe.screens.shot_copy
        shown = [(id, shot) for id in candidate.shots if (shot := self._find_shot(id))]
        if threshold is None or not shown or not self.recipe.text_fields:
            return None
        matches = [Match(id, compare(candidate.shingles, cut_shingles(shot))) for id, shot in shown]
        nearest = max(matches, key=lambda match: match.similarity)
        if nearest.similarity >= threshold:
            return name_near("shot-copy", nearest)
        if whole := find_whole(candidate.texts, shown):
            return ClosestMatch("shot-copy", f"all of it stands in a shown text: {whole[1]}", whole[0])
        changed = self._seed_parts.find_changed(candidate.texts, max(threshold, SEED_COPY), candidate.shots)
        return name_changed("shot-copy", changed, "a shown row")

    def _find_shot(self, id: str) -> Texts | None:
        """Return the texts of a shown seed row or document; a document is compared with each field."""
        if id not in self._shots and id in self._documents:
            text = fold_texts(pl.Series("text", [self._documents[id].text]))[0]
            self._shots[id] = (text,) * len(self.recipe.text_fields)
        return self._shots.get(id)

    def _find_near_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return name_near("near-duplicate", candidate.find_near(candidate.batch.rows))

    def _find_seed_near_duplicate(self, candidate: Candidate) -> ClosestMatch | None:
        return name_near("seed-near-duplicate", candidate.find_near(candidate.batch.seeds))

    def _find_seed_copy(self, candidate: Candidate) -> ClosestMatch | None:
        if self.recipe.screens.seed_copy is None or not self.recipe.text_fields:
            return None
        if held := self._seed_parts.find_held(candidate.texts, candidate.shingles):
            return ClosestMatch("seed-copy", f"holds {held.similarity:.0%} of a seed row", held.id)
        if pieces := self._seed_parts.find_pieces(candidate.texts):
            return ClosestMatch("seed-copy", f"{pieces.similarity:.0%} is from seed rows", pieces.id)
        changed = self._seed_parts.find_changed(candidate.texts, self.recipe.screens.seed_copy)
        return name_changed("seed-copy", changed, "a seed row")

    def _find_held_out_overlap(self, candidate: Candidate) -> ClosestMatch | None:
        if not self.recipe.screens.held_out_overlap:
            return None
        reason = "held-out-overlap"
        equal = name_equal(reason, self._held_out.ids.get(candidate.texts), f"the {self._what} of a held-out row")
        near = equal or name_near(reason, candidate.find_near(candidate.batch.held_out))
        if near or not self.recipe.text_fields:
            return near
        if self._runs and (shared := next((run for run in self._cut_runs(candidate.texts) if run in self._runs), None)):
            return ClosestMatch(reason, describe_run(shared), self._runs[shared])
        if held := self._held_out_parts.find_held(candidate.texts, candidate.shingles):
            return ClosestMatch(reason, f"holds {held.similarity:.0%} of a held-out row", held.id)
        return None


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
