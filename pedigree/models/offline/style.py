"""How a row is written: the tone, channel, kind of person and length that its attributes or its shots ask for."""

import re
from dataclasses import dataclass, replace
from random import Random

from pedigree.models.offline.grammar import tame
from pedigree.models.offline.phrases import Habit, find_habit, load_phrases
from pedigree.models.offline.prompt_reader import Request
from pedigree.models.offline.topics import Topic, classify_topic

# Characters of a text where nothing says otherwise: from a single sentence to a small letter.
LENGTHS = (55, 80, 110, 140, 180, 240)
FORMAL_CHANNELS = ("plain", "plain", "plain", "email", "chat", "social")
USUAL_CHANNELS = ("plain", "plain", "plain", "plain", "chat")
SHORT_LENGTHS = (40, 60, 80, 110)
SIZES = {
    "very short": 35,
    "one sentence": 60,
    "short": 60,
    "medium": 130,
    "long": 260,
    "paragraph": 260,
    "detailed": 300,
}
TONE = re.compile(r"tone|mood|emotion|feeling|sentiment|attitude")
CHANNEL = re.compile(r"channel|medium|format|source|platform|genre")
PERSON = re.compile(r"customer|person|author|writer|user|audience|role|speaker|age|profession|reader")
LENGTH = re.compile(r"length|size|words")
_UNSEEN = re.compile(r"difficulty|complexity|level|style|register|language|quality|reading")
_PRODUCT = re.compile(r"product|item|thing|device|object|article|brand|service|good")


@dataclass(frozen=True)
class Style:
    """How one row is written; ``length`` is aimed at, in characters."""

    length: int
    channel: Habit
    tone: Habit | None = None
    person: tuple[str, ...] = ()
    thing: Topic | None = None
    topics: tuple[str, ...] = ()
    lower: bool = False
    clipped: bool = False

    @property
    def bare(self) -> "Style":
        """Return this manner without what goes around the sentences."""
        return replace(self, channel=_channel("plain"), tone=None)


def choose_manner(request: Request, place: int, chance: Random, *, formal: bool) -> Style:
    """Return the style of the row at ``place``; ``formal``: it may be a letter if nothing else is requested."""
    attributes = request.attributes_of(place)
    shots = [text for shot in request.shots for text in shot.values() if isinstance(text, str) and text]
    if shots and not attributes:
        return _follow_shot(chance.choice(shots), chance)
    tone = channel = thing = None
    person: tuple[str, ...] = ()
    topics: list[str] = []
    length = 0
    for name, value in attributes.items():
        name = name.casefold()
        if LENGTH.search(name):
            length = _read_length(value)
        elif TONE.search(name):
            tone = find_habit(load_phrases().tones, value)
        elif CHANNEL.search(name):
            channel = find_habit(load_phrases().channels, value)
        elif PERSON.search(name):
            person = _describe_person(value)
        elif not _UNSEEN.search(name):
            found = classify_topic(value, product=bool(_PRODUCT.search(name)))
            if thing is None and found.kind != "topic":
                thing = found
            else:
                topics.append(found.name)
    channel = channel or _channel(chance.choice(FORMAL_CHANNELS if formal else USUAL_CHANNELS))
    usual = SHORT_LENGTHS if "short" in channel.habits else LENGTHS
    return Style(
        length or round(chance.choice(usual) * chance.uniform(0.85, 1.2)),
        channel,
        tone,
        person,
        thing,
        tuple(topics),
        lower="lower" in channel.habits and chance.random() < 0.85,
        clipped="clipped" in channel.habits and chance.random() < 0.7,
    )


def _follow_shot(shot: str, chance: Random) -> Style:
    lower, clipped = shot[:1].islower(), shot.rstrip()[-1:].isalnum()
    channel = _channel("chat" if lower and clipped and chance.random() < 0.5 else "plain")
    return Style(round(len(shot) * chance.uniform(0.7, 1.3)), channel, lower=lower, clipped=clipped)


def _channel(name: str) -> Habit:
    return next(one for one in load_phrases().channels if one.name == name)


def _describe_person(value: str) -> tuple[str, ...]:
    known = find_habit(load_phrases().persons, value)
    if known:
        return known.lines["lines"]
    said = tame(value)
    if said.endswith(("s", "children", "people")):
        return f"I speak for many {said}", f"there are many {said} like me"
    return f"speaking as a {said}", f"I write as a {said}", f"I'm a {said}"


def _read_length(value: str) -> int:
    value = value.casefold()
    if found := re.search(r"\d{1,4}", value):
        return int(found[0]) * (6 if "word" in value else 1)
    return next((size for name, size in SIZES.items() if name in value), 0)
