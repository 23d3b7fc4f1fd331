"""Finds texts that hold nearly all of a known row, are put together from pieces of known rows, or change a few words.

Jaccard similarity does not see them: a known row is a small part of a longer text, or every changed word takes more
shingles away than it has. Runs of three words propose known rows; how much of a row a text holds is then computed
exactly: from the same shingles as similarity, and from the words that both have in the same order.

How often rows are such changed copies by chance was measured on 12 sets of people's texts (tweets, messages, questions,
reviews, news, articles). Of 37,821 rows, each compared with the other half of its set, 17 are found by the order of
words alone (of LEAST_CHANGED words or more): 16 are one message with other names, figures or a word, 1 shares a phrase.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from zlib import crc32

import numpy as np

from pedigree.curation.similarity.minhash import Match
from pedigree.curation.similarity.runs import HashedWords, RunFilter
from pedigree.curation.similarity.shingles import Shingles, Texts, cut_shingles
from pedigree.curation.similarity.word_order import measure_order
from pedigree.curation.words import WORD_WEIGHT, cut_folded, find_runs, weigh

LEAST_WORDS = 6  # of a row: shorter ones are common phrases
LEAST_CHANGED = 10  # words of a row that may be copied with changes: shorter ones that differ in a word are common
PROPOSING_RUN, COPIED_RUN = 3, 6  # words
PROPOSING_RUNS = 32  # of a row that are in the index, so that long rows need no more memory: those of smallest hash
PROPOSING_SHARE = 1 / 3  # of these that a text must share


class ContainmentIndex:
    """Index of rows by id. A row of several text fields is held only if each of its fields is."""

    def __init__(self, threshold: float):
        self._threshold = threshold
        self._rows: list[tuple[str, Texts, int]] = []  # id, texts, number of runs in the index
        self._places: dict[tuple[int, str], list[int]] = defaultdict(list)  # field and run -> rows that have it
        self._copied: dict[tuple[int, str], str] = {}  # field and run of six words -> the first row that has it

    def add(self, id: str, texts: Texts) -> None:
        """Add a row; one of fewer than six words only counts as a source of pieces, which it has none of."""
        pieces = [cut_folded(text) for text in texts]
        for key, _, _ in _list_runs(pieces, COPIED_RUN):
            self._copied.setdefault(key, id)
        if _weigh_all(pieces) < LEAST_WORDS * WORD_WEIGHT:
            return
        keys = sorted({key for key, _, _ in _list_runs(pieces, PROPOSING_RUN)}, key=_hash)[:PROPOSING_RUNS]
        for key in keys:
            self._places[key].append(len(self._rows))
        self._rows.append((id, texts, len(keys)))

    def suspect(self, fields: Sequence[HashedWords], pieces: bool) -> np.ndarray:
        """Return for each text (bool) whether ``find_held`` or ``find_changed`` may find a row: False is certain.

        ``fields`` are the words of each text field of the same rows. With ``pieces`` the answer is also for
        ``find_pieces``.
        """
        suspects = np.zeros(len(fields[0].plain), bool)
        if self._rows or (pieces and self._copied):
            suspects |= ~np.all([field.plain for field in fields], axis=0)
        if self._rows:
            suspects[self._list_holders(fields)] = True
        if pieces and self._copied:
            for number, field in enumerate(fields):
                known = (run for place, run in self._copied if place == number)
                suspects[RunFilter(known, COPIED_RUN).find(field)[0]] = True
        return suspects

    def _list_holders(self, fields: Sequence[HashedWords]) -> np.ndarray:
        """Return the texts that share enough runs with one of the rows."""
        rows = len(self._rows)
        pairs = [np.empty(0, np.int64)]  # text * rows + row, once for each run that they share
        for number, field in enumerate(fields):
            known = [(run, places) for (place, run), places in self._places.items() if place == number]
            texts, runs = RunFilter((run for run, _ in known), PROPOSING_RUN).find(field)
            once = np.unique(texts * len(known) + runs).tolist() if known else []
            shared = (divmod(pair, len(known)) for pair in once)
            pairs.append(np.array([text * rows + row for text, run in shared for row in known[run][1]], np.int64))
        both, counts = np.unique(np.concatenate(pairs), return_counts=True)
        texts, held = np.divmod(both, rows)
        return texts[counts >= PROPOSING_SHARE * np.array([runs for _, _, runs in self._rows])[held]]

    def find_held(self, texts: Texts, shingles: Shingles) -> Match | None:
        """Return the row that these texts hold the largest share of, if it reaches the threshold."""
        if not self._rows:
            return None
        best = None
        for id, held in self._propose([cut_folded(text) for text in texts]):
            share = _measure_share(cut_shingles(held), shingles)
            if share >= self._threshold and (best is None or share > best.similarity):
                best = Match(id, share)
        return best

    def find_changed(self, texts: Texts, least: float, shown: Collection[str] | None = None) -> Match | None:
        """Return the row that these texts have most words in common with in the same order, if it is ``least`` of them.

        The share is that of ``measure_order``; a row of fewer than ten words is left out. With ``shown`` only the rows
        with these ids count.
        """
        if not self._rows:
            return None
        pieces, best = [cut_folded(text) for text in texts], None
        for id, known in self._propose(pieces):
            if shown is not None and id not in shown:
                continue
            other = [cut_folded(text) for text in known]
            if _weigh_all(other) >= LEAST_CHANGED * WORD_WEIGHT:
                share = measure_order(pieces, other, least)
                if share is not None and (best is None or share > best.similarity):
                    best = Match(id, share)
        return best

    def _propose(self, pieces: list[list[str]]) -> Iterator[tuple[str, Texts]]:
        """Yield id and texts of the rows that share enough runs with these words, in the order of adding."""
        keys = {key for key, _, _ in _list_runs(pieces, PROPOSING_RUN)}
        shared = Counter(place for key in keys for place in self._places.get(key, ()))
        for place in sorted(shared):
            id, texts, runs = self._rows[place]
            if shared[place] >= PROPOSING_SHARE * runs:
                yield id, texts

    def find_pieces(self, texts: Texts) -> Match | None:
        """Return the share of these texts in runs of six words of rows, if it reaches the threshold.

        The id is that of the row with the most such runs.
        """
        if not self._copied:
            return None
        pieces = [cut_folded(text) for text in texts]
        covered, sources = [set[int]() for _ in pieces], Counter[str]()
        for key, start, end in _list_runs(pieces, COPIED_RUN):
            if id := self._copied.get(key):
                covered[key[0]].update(range(start, end))
                sources[id] += 1
        share = min((len(own) / len(field) for own, field in zip(covered, pieces, strict=True) if field), default=0)
        return Match(max(sources, key=lambda id: sources[id]), share) if sources and share >= self._threshold else None


def _weigh_all(pieces: list[list[str]]) -> int:
    return sum(weigh(piece) for field in pieces for piece in field)


def _list_runs(pieces: list[list[str]], words: int) -> Iterator[tuple[tuple[int, str], int, int]]:
    """Yield the runs of so many words of each field: (field, run) and where it starts and ends."""
    for field, own in enumerate(pieces):
        for start, end in find_runs(own, words):
            yield (field, " ".join(own[start:end])), start, end


def _hash(key: tuple[int, str]) -> tuple[int, tuple[int, str]]:
    return crc32(key[1].encode()), key


def _measure_share(held: Shingles, holder: Shingles) -> float:
    """Return the share of a row's shingles that another row has: the minimum over their text fields."""
    return min(len(mine & theirs) / len(mine) for mine, theirs in zip(held, holder, strict=True))
