"""Draws triples from a file: uniformly, equally many of each relation, or as unlike each other as possible.

Each way is an order of the triples whose first ``size`` are drawn, so that a larger sample holds every smaller one.
That balanced samples serve better than uniform ones is a finding of Zhang et al. 2022 (arXiv 2205.10661) on
question answering; on other tasks it has to be measured.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np

from pedigree.dataset.knowledge.sentences import write_sentence
from pedigree.dataset.knowledge.triples import Triple, read_triples
from pedigree.errors import RecipeError
from pedigree.recipe.content.knowledge import KnowledgeSettings

MOST_COMPARED = 20_000  # triples of which dissimilar ones are chosen: of more, a uniform draw of so many
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class KnowledgeSample:
    """The triples that a generator's rows are written for, their sentences, and what the file held.

    ``relations`` counts the usable triples of each relation in the file; ``left_out`` the lines that are not used, by
    reason.
    """

    triples: tuple[Triple, ...]
    sentences: tuple[str, ...]
    lines: int
    relations: dict[str, int]
    left_out: dict[str, int]


def load_sample(path: Path, settings: KnowledgeSettings, language: str, seed: int) -> KnowledgeSample:
    """Read a file and draw its triples; raises RecipeError as ``read_triples`` does, and where there are too few.

    A process reads a file that has not changed once.
    """
    state = path.stat() if path.is_file() else None
    return _load(path, settings.model_dump_json(), language, seed, state and (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=4)
def _load(path: Path, given: str, language: str, seed: int, state: tuple[int, int] | None) -> KnowledgeSample:
    settings = KnowledgeSettings.model_validate_json(given)
    found = read_triples(path, settings, language)
    if len(found.triples) < settings.size:
        why = "".join(f"; {count:,} left out: {reason}" for reason, count in found.left_out.items())
        raise RecipeError(
            f"{path} has {len(found.triples):,} usable triples, and knowledge.size is {settings.size:,}{why}",
            hint=f"set size to {len(found.triples)} or less, or add triples",
        )
    drawn = draw_triples(found.triples, settings.sampling, settings.size, seed)
    sentences = tuple(write_sentence(one, settings.sentences) for one in drawn)
    return KnowledgeSample(tuple(drawn), sentences, found.lines, dict(found.relations), dict(found.left_out))


def draw_triples(triples: Sequence[Triple], sampling: str, size: int, seed: int) -> list[Triple]:
    """Return ``size`` triples; they depend on the triples and the seed, not on the file's order."""
    prefix = f"{seed}\n".encode()
    shuffled = sorted(triples, key=lambda one: sha256(prefix + "\n".join(one).encode()).digest())
    if sampling == "relation-balanced":
        return list(islice(_take_in_turn(shuffled), size))
    if sampling == "dissimilar":
        return _take_unlike(shuffled[: max(MOST_COMPARED, size)], size)
    return shuffled[:size]


def _take_in_turn(shuffled: Sequence[Triple]) -> Iterator[Triple]:
    """Yield a triple of each relation, then the next of each that has more."""
    waiting: dict[str, list[Triple]] = defaultdict(list)
    for one in shuffled:
        waiting[one.relation].append(one)
    queues = [iter(of) for of in waiting.values()]
    while queues:
        left = []
        for queue in queues:
            if (one := next(queue, None)) is not None:
                left.append(queue)
                yield one
        queues = left


def _take_unlike(shuffled: Sequence[Triple], size: int) -> list[Triple]:
    """Return triples, each the farthest from those before it (Gonzalez 1985); of equally far ones the first.

    The distance is 1 - Jaccard of two triples' words: those of both concepts, and the relation's name as one word.
    """
    words = [{*_WORD.findall(f"{one.head} {one.tail}".casefold()), f"/{one.relation}"} for one in shuffled]
    places: dict[str, list[int]] = defaultdict(list)
    for place, own in enumerate(words):
        for word in own:
            places[word].append(place)
    holders = {word: np.array(of) for word, of in places.items()}
    lengths = np.array([len(own) for own in words])
    nearest, chosen, place = np.zeros(len(words)), [0], 0
    while len(chosen) < size:
        common = np.zeros(len(words))
        for word in words[place]:
            common[holders[word]] += 1
        nearest = np.maximum(nearest, common / (lengths + lengths[place] - common))
        nearest[place] = np.inf
        place = int(np.argmin(nearest))
        chosen.append(place)
    return [shuffled[place] for place in chosen]
