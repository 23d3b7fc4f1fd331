"""Sentences become a text: greeting, tone, punctuation and the habits of a channel."""

import re
from random import Random

from pedigree.models.offline.grammar import Voice, capitalise, punctuate
from pedigree.models.offline.phrases import load_phrases
from pedigree.models.offline.style import Style

_MONEY = re.compile(r"\b(\d+(?:\.\d\d)?) (euros|dollars|pounds)\b")
_FIGURE = re.compile(r"\d+(?:\.\d\d)?")
_SIGN = {"euros": "€", "dollars": "$", "pounds": "£"}
_LONG_WORD = re.compile(r"\b[a-z]{6,9}\b")


def dress(sentences: list[str], manner: Style, voice: Voice, chance: Random) -> str:
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
