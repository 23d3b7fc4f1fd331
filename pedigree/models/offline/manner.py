"""How a row is written and about what: its tone, channel, kind of person, length and thing, as its attributes say."""

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pedigree.models.offline.grammar import tame
from pedigree.models.offline.phrases import count_hits, find_best, load_phrases
from pedigree.models.offline.prompt_reader import Request

# Characters of a text where nothing says otherwise: from a single sentence to a small letter.
LENGTHS = (55, 80, 110, 140, 180, 240)


@dataclass
class Manner:
    """How one row is written; ``length`` is aimed at, in characters, ``thing`` has a name and a kind."""

    length: int
    lower: bool = False
    tone: dict[str, Any] = field(default_factory=dict)
    channel: dict[str, Any] = field(default_factory=dict)
    person: list[str] = field(default_factory=list)
    thing: tuple[str, str] | None = None
    matters: list[str] = field(default_factory=list)


def choose_manner(request: Request, place: int, chance: Random) -> Manner:
    """Return how to write the row at ``place``: as its attributes say, else like one of the shots."""
    attributes = request.attributes_of(place)
    shots = [text for shot in request.shots for text in shot.values() if isinstance(text, str) and text]
    if shots and not attributes:
        shot = chance.choice(shots)
        return Manner(round(len(shot) * chance.uniform(0.7, 1.3)), lower=shot[:1].islower())
    manner = Manner(round(chance.choice(LENGTHS) * chance.uniform(0.85, 1.2)))
    for name, value in attributes.items():
        _add_attribute(manner, sort_attribute(name), tame(value))
    manner.lower = bool(manner.channel.get("lower")) and chance.random() < 0.85
    return manner


def sort_attribute(name: str) -> str:
    """Return what an attribute is about, by its name: a key of ``attributes`` in manners.yaml, else ``matter``."""
    patterns = load_phrases()["attributes"]
    return next((about for about, pattern in patterns.items() if re.search(pattern, name.casefold())), "matter")


def draw_thing(concept: dict[str, Any], request: Request, chance: Random) -> tuple[str, str]:
    """Return something that a concept talks about: of the task's kind, or any."""
    things = load_phrases()["things"]
    said = f"{request.task} {request.definition}".casefold()
    kinds = concept.get("kinds") or list(things)
    kind = chance.choice([kind for kind in kinds if count_hits(things[kind]["keywords"], said)] or kinds)
    return chance.choice(things[kind]["names"]), kind


def agree_with(thing: str, kind: str, chance: Random) -> dict[str, str]:
    """Return the slots of phrases.yaml that agree with a thing."""
    head = thing.split(" of ")[0].casefold()
    plural = head.endswith("s") and not head.endswith(("ss", "us", "is", "news"))
    return {
        "thing": thing,
        "thing_one": "set" if plural else thing,
        "a_thing": thing if plural else f"a {thing}",
        "my": "the" if kind in {"film", "book", "food"} else chance.choice(("my", "my", "my", "the", "our")),
        **{slot: forms[plural] for slot, forms in load_phrases()["forms"].items()},
    }


def _add_attribute(manner: Manner, about: str, value: str) -> None:
    phrases = load_phrases()
    habit = phrases[about].get(find_best(phrases[about], value), {}) if about in {"tone", "channel", "person"} else {}
    if about == "length":
        manner.length = _read_length(value) or manner.length
    elif about == "tone":
        manner.tone = habit
    elif about == "channel":
        manner.channel = habit
    elif about == "person":
        manner.person = habit.get("lines") or [f"I write as {value}", f"{value}, that is me"]
    elif about != "unseen":
        kind = find_best(phrases["things"], value) or ("any" if about == "product" else None)
        if kind and not manner.thing:
            manner.thing = (value, kind)
        else:
            manner.matters.append(value)


def _read_length(value: str) -> int:
    value = value.casefold()
    if found := re.search(r"\d{1,4}", value):
        return int(found[0]) * (6 if "word" in value else 1)
    return next((size for name, size in load_phrases()["length"].items() if name in value), 0)
