"""Writes texts: what a label's concept says about a thing, in the manner of the row, in a field's limits."""

from dataclasses import replace
from random import Random
from typing import Any

from pedigree.models.offline.foreign import load_foreign, write_in
from pedigree.models.offline.grammar import Voice, capitalise, punctuate, shorten, tame
from pedigree.models.offline.manner import Manner, agree_with, choose_manner, draw_thing
from pedigree.models.offline.phrases import find_concepts, find_topics, load_phrases
from pedigree.models.offline.prompt_reader import AskedField, Request

# The parts of a text in their order, and how often each is there if it fits.
SHARES = {"opens": 0.5, "before": 0.55, "person": 0.7, "say": 1, "about": 1, "add": 0.9, "ask": 0.7, "after": 0.6,
          "closes": 0.4}  # fmt: skip
FURTHER = ("person", "add", "ask")  # those that have to fit the length aimed at

Lines = dict[str, list[str]]


def write_set(request: Request, place: int, field: AskedField, chance: Random) -> str:
    """Return one text for a field that shows all labels of the request's set: a part of the text for each."""
    members = request.members or [(request.label, request.definition)]
    if len(members) == 1:
        label, definition = members[0]
        return write_text(request.but(label=label, definition=definition), place, field, chance)
    most = max(1, int(field.high) // len(members) - 1)
    part = replace(field, low=min(int(field.low) // len(members), most), high=most)
    said = [write_text(request.but(label=label, definition=means), place, part, chance) for label, means in members]
    return " ".join(chance.sample(said, len(said)))


def write_text(request: Request, place: int, field: AskedField, chance: Random) -> str:
    """Return one text for a field, inside its limits."""
    phrases = load_phrases()
    low, high = int(field.low), int(field.high)
    if request.language in load_foreign():
        return write_in(request.language, request.label, request.definition, low, high, chance)
    concept = phrases["concepts"][chance.choice(find_concepts(request.label, request.definition))]
    manner = choose_manner(request, place, chance)
    if manner.thing and not concept.get("kinds"):
        manner.matters.append(f"the {manner.thing[0]}")
    thing, kind = manner.thing or draw_thing(concept, request, chance)
    topics = find_topics(tame(request.definition), request.label) or find_topics(tame(request.task), request.label)
    drawn = {"topic": topics or ["this and that"], "matter": manner.matters}
    voice = Voice({**phrases["words"], **concept.get("words", {}), **drawn}, chance, agree_with(thing, kind, chance))
    text = capitalise(_compose(_lines_for(concept, kind), manner, voice, chance, low, high))
    return shorten(text.lower() if manner.lower else text, high)


def _lines_for(concept: dict[str, Any], kind: str) -> Lines:
    """Return those of a concept's lines that can be said of a kind of thing.

    Of a kind that the concept does not usually talk about, but has lines for, only those lines name it.
    """
    group = load_phrases()["things"].get(kind, {}).get("group", "")
    own = [line for name in (kind, group) for line in concept["say"].get(name, ()) if name != "any"]
    lines = {"say": concept["say"]["any"], "add": concept.get("add", []), "ask": concept.get("ask", [])}
    if own and kind not in concept.get("kinds", [kind]):
        lines = {part: [line for line in some if "{thing" not in line] for part, some in lines.items()}
    return {**lines, "say": lines["say"] + own}


def _compose(lines: Lines, manner: Manner, voice: Voice, chance: Random, low: int, high: int) -> str:
    """Return a sentence that shows the label, what surely goes with it, and further sentences while they fit."""
    alone = lines["ask"] if lines["ask"] and chance.random() < 0.2 else lines["say"]
    said = {"say": min((voice.say_one(alone) for _ in range(8 if high < 60 else 1)), key=len)}
    about = load_phrases()["about"] if manner.matters else []
    known = {**lines, **manner.tone, **manner.channel, "person": manner.person, "about": about}
    further = chance.sample(FURTHER, len(FURTHER))
    for part in (*further, "about", "before", "after", "opens", "closes"):
        sentence = voice.say_one(known[part]) if known.get(part) and chance.random() < SHARES[part] else ""
        most = min(manner.length * 1.15, high) if part in further else high
        length = len(" ".join([*said.values(), sentence])) + len(said) + 1
        if sentence and length <= most and sentence not in said.values():
            said[part] = sentence
    loud = manner.tone.get("marks", ".")
    marks = {"say": chance.choice((".", loud)), "before": loud, "after": loud}
    text = " ".join(punctuate(said[part], marks.get(part, ".")) for part in SHARES if part in said)
    while len(text) < low:
        text = f"{text} {punctuate(voice.say_one(lines['say'] + lines['add'] + lines['ask']))}"
    return text
