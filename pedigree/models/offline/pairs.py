"""Two statements: a premise, and a hypothesis that follows from it, is left open by it, or goes against it."""

import re
from collections.abc import Collection, Sequence
from random import Random

from pedigree.models.offline.grammar import Voice, capitalise, punctuate, shorten
from pedigree.models.offline.phrases import count_hits, load_phrases, plain_name
from pedigree.models.offline.prompt_reader import AskedField, Request

_STATEMENTS = {"premise", "hypothesis", "claim", "evidence", "sentence", "statement"}
_OF_TWO = re.compile(r"premise|hypothes[ie]s|(?:the two|both) (?:texts|statements|sentences|questions)")
_JUDGED_FIRST = {"hypothesis", "claim", "conclusion", "answer"}


def find_relation(request: Request) -> str | None:
    """Return what a label says of two statements: ``follows``, ``open`` or ``against``; None for any other recipe.

    The definition counts before the label's name, since it explains; of several relations named in it the first in
    pairs.yaml is meant: that a thing is open is said in terms of true and false.
    """
    names = {field.name.rstrip("_0123456789") for field in request.texts}
    if len(request.texts) != 2 or not (names & _STATEMENTS or _OF_TWO.search(f"{request.task} {request.definition}")):
        return None
    relations = load_phrases()["pairs"]["relations"].items()
    said = (request.definition.casefold(), plain_name(request.label))
    return next((name for text in said for name, keywords in relations if count_hits(keywords, text)), None)


def write_pair(relation: str, topics: Collection[str], fields: Sequence[AskedField], chance: Random) -> dict[str, str]:
    """Return texts for two fields, premise and hypothesis (the other way round where the names say so), in limits.

    A topic of pairs.yaml among ``topics`` chooses what they are about.
    """
    pairs, ordered = load_phrases()["pairs"], fields[::-1] if fields[0].name in _JUDGED_FIRST else fields
    frames = [frame for frame in pairs["frames"] if frame["topic"] in topics] or pairs["frames"]
    words = {**load_phrases()["words"], **pairs["words"]}
    said: list[str] = []
    for _ in range(24):
        frame, voice = chance.choice(frames), Voice(words, chance, _draw_scale(words, chance))
        said = [capitalise(punctuate(voice.say_one(frame[part]))) for part in ("premise", relation)]
        if all(field.low <= len(text) <= field.high for text, field in zip(said, ordered, strict=True)):
            break
    return {field.name: _force(text, field, words, chance) for text, field in zip(said, ordered, strict=True)}


def _draw_scale(words: dict[str, list[str]], chance: Random) -> dict[str, str]:
    """Return three rising numbers and three rising prices."""
    numbers = [words["n"][place] for place in sorted(chance.sample(range(len(words["n"])), 3))]
    prices = sorted(chance.sample(words["price"], 3), key=float)
    return dict(zip(("low", "mid", "high", "cheap", "fair", "dear"), numbers + prices, strict=True))


def _force(text: str, field: AskedField, words: dict[str, list[str]], chance: Random) -> str:
    """Return a text brought into a field's limits by sentences that change no relation, or by a cut."""
    while len(text) < field.low:
        text = f"{text} {capitalise(punctuate(Voice(words, chance).say_one(['{filler}'])))}"
    return shorten(text, int(field.high))
