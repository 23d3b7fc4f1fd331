"""Writes texts: what a label's concept says about a thing, in the style of a channel and tone, in a field's limits."""

import re
from dataclasses import replace
from random import Random

from pedigree.models.offline.grammar import Voice, capitalise, punctuate, shorten
from pedigree.models.offline.phrases import Concept, find_concepts, load_phrases
from pedigree.models.offline.prompt_reader import AskedField, Request
from pedigree.models.offline.style import Style, choose_manner
from pedigree.models.offline.topics import Topic, draw_thing, find_topics, lines_for, situations_for

SHORT_FIELD = 60
_MONEY = re.compile(r"\b(\d+(?:\.\d\d)?) (euros|dollars|pounds)\b")
_FIGURE = re.compile(r"\d+(?:\.\d\d)?")
_SIGN = {"euros": "€", "dollars": "$", "pounds": "£"}
_LONG_WORD = re.compile(r"\b[a-z]{6,9}\b")


def write_text(request: Request, place: int, field: AskedField, chance: Random) -> str:
    """Return one text for a field, inside its limits."""
    low, high = int(field.low or 1), int(field.high or 2000)
    if request.language in load_phrases().flaws["other_language"]:
        return write_foreign(request.language, low, high, chance)
    concept = chance.choice(find_concepts(request.label, request.definition))
    manner = choose_manner(request, place, chance, formal=concept.formal)
    manner = replace(manner, length=min(max(manner.length, low), high))
    thing = manner.thing or draw_thing(concept, f"{request.task} {request.definition}", str(request.shots), chance)
    voice = _find_voice(concept, thing, request, manner, chance)
    sentences = _choose_sentences(concept, thing, manner, voice, chance, high)
    text = _dress(sentences, manner, voice, chance)
    while (missing := low - len(text)) > 0:
        while missing > 0:
            sentences.append(voice.expand(concept.add + concept.ask + situations_for(concept, thing.kind), sentences))
            missing -= len(sentences[-1]) + 1
        text = _dress(sentences, manner, voice, chance)
    while len(text) > high and sentences:
        text = _dress(sentences, manner.bare, voice, chance)
        sentences = sentences[:-1]
    return shorten(text, high)


def write_foreign(language: str, low: int, high: int, chance: Random) -> str:
    """Return a text in German, French or Spanish, inside its limits and of no label in particular."""
    lines = load_phrases().flaws["other_language"][language]
    said = chance.sample(lines, chance.randint(1, 3))
    while len(" ".join(said)) < low:
        said.append(chance.choice(lines))
    return shorten(" ".join(line.replace("{count}", str(chance.randint(2, 19))) for line in said), high)


def _find_voice(concept: Concept, thing: Topic, request: Request, manner: Style, chance: Random) -> Voice:
    words = load_phrases().words
    matters = manner.topics
    if manner.thing and not concept.kinds:
        matters = (*matters, f"the {thing.name}")
    topics = (
        find_topics(request.definition, request.label) or find_topics(request.task, request.label) or ("this and that",)
    )
    bound = {**thing.bind(chance), "cur": chance.choice(words["cur"])}
    return Voice({**words, **concept.words, "topic": topics, "matter": matters}, chance, bound)


def _choose_sentences(
    concept: Concept, thing: Topic, manner: Style, voice: Voice, chance: Random, high: int
) -> list[str]:
    """Return a situation or a question that stands alone, and further sentences while they fit the length."""
    phrases = load_phrases()
    add, ask = (lines_for(concept, lines, thing.kind) for lines in (concept.add, concept.ask))
    asks_first = bool(ask) and chance.random() < 0.2
    alone = ask if asks_first else situations_for(concept, thing.kind)
    tries = [voice.format_one(alone) for _ in range(8 if high < SHORT_FIELD else 1)]
    sentences = [min(tries, key=len)]
    further = [add, add if asks_first else ask]
    chance.shuffle(further)
    if manner.person and chance.random() < 0.7:
        further.insert(chance.randint(0, 1), manner.person)
    if manner.topics or (manner.thing and not concept.kinds):
        sentences.append(voice.format_one(phrases.about))
    for lines in further:
        said = _refer_back(voice.format_one(lines), thing, sentences)
        if said and len(" ".join(sentences)) + len(said) < manner.length * 1.15:
            first = lines is manner.person and chance.random() < 0.4
            sentences.insert(0 if first else len(sentences), said)
    return sentences


def _refer_back(said: str, thing: Topic, before: list[str]) -> str:
    """Return a sentence with a pronoun for the thing where an earlier sentence names it and the grammar is plain."""
    if not any(thing.name in sentence for sentence in before):
        return said
    named = rf"\b(?:my|our|the|this|these) {re.escape(thing.name)}"
    pronoun = "them" if thing.plural else "it"
    said = re.sub(rf"(?<=[a-z] ){named}(?=$|[.,?!;]| (?:so|and|before|under|if|to|in)\b)", pronoun, said)
    return re.sub(r"\b(is|are|was|were|have|has) them\b", r"\1 they", said)


def _dress(sentences: list[str], manner: Style, voice: Voice, chance: Random) -> str:
    """Return the text that a person of this manner makes of the sentences."""
    said = _set_tone(sentences, manner, voice, chance)
    mark = manner.tone.marks if manner.tone and chance.random() < 0.5 else "."
    body = " ".join(punctuate(sentence, mark) for sentence in said)
    if _FIGURE.findall(body) == [found[0] for found in _MONEY.findall(body)] and chance.random() < 0.4:
        body = _MONEY.sub(lambda found: _SIGN[found[2]] + found[1], body)
    text = capitalise(_greet(body, manner, voice, chance))
    if manner.lower:
        text = _hurry(text, chance)
    if manner.clipped:
        text = text.removesuffix(".")
    return text + _tag(manner, voice, chance)


def _set_tone(sentences: list[str], manner: Style, voice: Voice, chance: Random) -> list[str]:
    if manner.tone is None:
        return sentences
    said, lines = list(sentences), manner.tone.lines
    before = voice.format_one(lines["before"]) if chance.random() < 0.55 else ""
    if before and manner.tone.marks == "." and before.count(" ") < 2 and before[-1].isalpha():
        said[0] = f"{before}, {said[0]}"
    elif before:
        said.insert(0, punctuate(before, manner.tone.marks))
    if chance.random() < (0.45 if before else 0.7):
        said.append(punctuate(voice.format_one(lines["after"]), manner.tone.marks))
    return said


def _greet(body: str, manner: Style, voice: Voice, chance: Random) -> str:
    opens, closes = manner.channel.lines.get("opens", ()), manner.channel.lines.get("closes", ())
    if opens and chance.random() < 0.5:
        body = f"{voice.format_one(opens)} {body}"
    if closes and chance.random() < 0.4:
        close = voice.format_one(closes)
        body = f"{body} {close[:1].upper()}{close[1:]}"
    return body


def _hurry(text: str, chance: Random) -> str:
    """Return text as typed on a phone: no capitals, some words cut short, seldom two letters swapped."""
    short = load_phrases().hurried
    text = re.sub(
        r"[\w']+", lambda word: short[word[0]] if word[0] in short and chance.random() < 0.35 else word[0], text.lower()
    )
    places = [found.start() for found in _LONG_WORD.finditer(text)]
    if places and chance.random() < 0.12:
        at = chance.choice(places) + 2
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _tag(manner: Style, voice: Voice, chance: Random) -> str:
    if "tags" not in manner.channel.habits or chance.random() < 0.35:
        return ""
    tags = [voice.format_one(manner.channel.lines["tags"]) for _ in range(chance.randint(1, 2))]
    return "".join(f" #{re.sub(r'[^A-Za-z0-9]', '', tag)}" for tag in dict.fromkeys(tags))
