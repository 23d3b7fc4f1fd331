"""Two statements: a premise, and a hypothesis that follows from it, is left open by it, or goes against it."""

import re
from collections.abc import Sequence
from random import Random

from pedigree.models.offline.grammar import Voice, capitalise, punctuate, shorten
from pedigree.models.offline.phrases import Frame, count_hits, load_phrases, plain_name
from pedigree.models.offline.prompt_reader import AskedField, Request

_STATEMENTS = {"premise", "hypothesis", "claim", "evidence", "sentence", "statement"}
_OF_TWO = re.compile(
    r"premise|hypothes[ie]s|the two (?:texts|statements|sentences|questions)|both (?:texts|statements)"
)
_JUDGED_FIRST = {"hypothesis", "claim", "conclusion", "answer"}


def find_relation(request: Request) -> str | None:
    """Return what a label says of two statements: ``follows``, ``open`` or ``against``; None for any other recipe.

    The definition counts before the label's name, since it explains; of several relations named in it the first in
    pairs.yaml is meant: that a thing is open is said in terms of true and false.
    """
    names = {field.name.rstrip("_0123456789") for field in request.texts}
    if len(request.texts) != 2 or not (names & _STATEMENTS or _OF_TWO.search(f"{request.task} {request.definition}")):
        return None
    for said in (request.definition.casefold(), plain_name(request.label)):
        for relation, keywords in load_phrases().relations.items():
            if count_hits(keywords, said):
                return relation
    return None


def write_pair(relation: str, topics: Sequence[str], fields: Sequence[AskedField], chance: Random) -> tuple[str, str]:
    """Return texts for two fields, premise and hypothesis (the other way round where the names say so), in limits.

    A topic of pairs.yaml among ``topics`` chooses what they are about.
    """
    premise_field, hypothesis_field = fields[::-1] if fields[0].name in _JUDGED_FIRST else fields
    frames = load_phrases().frames
    on_topic = [frame for frame in frames if frame.topic in topics] or frames
    premise = hypothesis = ""
    for _ in range(24):
        premise, hypothesis = _draft(chance.choice(on_topic), relation, chance)
        if _fits(premise, premise_field) and _fits(hypothesis, hypothesis_field):
            break
    premise, hypothesis = _force(premise, premise_field, chance), _force(hypothesis, hypothesis_field, chance)
    return (hypothesis, premise) if fields[0] is hypothesis_field else (premise, hypothesis)


def _draft(frame: Frame, relation: str, chance: Random) -> tuple[str, str]:
    voice = Voice(load_phrases().pair_words, chance, _draw_scale(chance))
    premise, hypothesis = (voice.say(chance.choice(lines)) for lines in (frame.premise, frame.hypotheses[relation]))
    return capitalise(punctuate(premise)), capitalise(punctuate(hypothesis))


def _draw_scale(chance: Random) -> dict[str, str]:
    """Return three rising numbers and three rising prices."""
    words = load_phrases().pair_words
    numbers = [words["n"][place] for place in sorted(chance.sample(range(len(words["n"])), 3))]
    prices = sorted(chance.sample(words["price"], 3), key=float)
    return dict(zip(("low", "mid", "high", "cheap", "fair", "dear"), numbers + prices, strict=True))


def _fits(text: str, field: AskedField) -> bool:
    return (field.low or 1) <= len(text) <= (field.high or 2000)


def _force(text: str, field: AskedField, chance: Random) -> str:
    """Return a text brought into a field's limits by sentences that change no relation, or by a cut."""
    voice = Voice(load_phrases().pair_words, chance)
    while len(text) < (field.low or 1):
        text = f"{text} {capitalise(punctuate(voice.say('{filler}')))}"
        voice = Voice(load_phrases().pair_words, chance)
    return shorten(text, int(field.high or 2000))
