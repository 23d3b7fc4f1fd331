"""Texts: what a label's concept says about a thing, in a manner, inside a field's limits."""

import re
from dataclasses import replace
from random import Random

from pedigree.models.offline.grammar import Voice, shorten
from pedigree.models.offline.phrases import Concept, find_concepts, load_phrases
from pedigree.models.offline.prompt_reader import AskedField, Request
from pedigree.models.offline.style import Style, choose_manner
from pedigree.models.offline.tone import dress
from pedigree.models.offline.topics import Topic, draw_thing, find_topics, lines_for, situations_for

SHORT_FIELD = 60


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
    text = dress(sentences, manner, voice, chance)
    while (missing := low - len(text)) > 0:
        while missing > 0:
            sentences.append(voice.expand(concept.add + concept.ask + situations_for(concept, thing.kind), sentences))
            missing -= len(sentences[-1]) + 1
        text = dress(sentences, manner, voice, chance)
    while len(text) > high and sentences:
        text = dress(sentences, manner.bare, voice, chance)
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
