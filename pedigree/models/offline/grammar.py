"""Sentences with slots and alternatives, filled in by chance; phrases.yaml explains the notation."""

import re
from collections.abc import Mapping, Sequence
from random import Random

Words = Mapping[str, Sequence[str]]

_SLOT = re.compile(r"\{(\w+)(?:\.(\d))?\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_A_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=[aeiou])(?!(?:one|uni|use|eu)\w*)")
_SENTENCE_START = re.compile(r"((?:^|[.!?]\s)[\"“]?)([a-zà-ÿ])")
_SPACES = re.compile(r"\s+")
_MAX_DEPTH = 6


class Voice:
    """Says lines in which one slot has one value for as long as the voice speaks."""

    def __init__(self, words: Words, chance: Random, bound: Mapping[str, str] | None = None):
        self._words, self._chance = words, chance
        self._bound = dict(bound or {})

    def say(self, line: str) -> str:
        """Return a line with its alternatives chosen and its slots filled; an unknown slot becomes its own name."""
        return self._fill(line, 0)

    def format_one(self, lines: Sequence[str]) -> str:
        """Return one of several lines, said; nothing where there is none."""
        return self.say(self._chance.choice(lines)) if lines else ""

    def expand(self, lines: Sequence[str], said: Sequence[str]) -> str:
        """Return one of several lines, said; if it can be, one that is not among what was said already."""
        tries = [self.format_one(lines) for _ in range(4)]
        return next((one for one in tries if one not in said), tries[-1])

    def _fill(self, line: str, depth: int) -> str:
        while _CHOICE.search(line):
            line = _CHOICE.sub(lambda found: self._chance.choice(found[1].split("|")), line)
        line = _SLOT.sub(lambda found: self._value(found[1], found[2] or "", depth), line)
        return _SPACES.sub(" ", line).strip()

    def _value(self, name: str, number: str, depth: int) -> str:
        slot = f"{name}.{number}" if number else name
        if slot not in self._bound:
            taken = {value for other, value in self._bound.items() if other.split(".")[0] == name}
            self._bound[slot] = self._draw(name, taken, depth)
        return self._bound[slot]

    def _draw(self, name: str, taken: set[str], depth: int) -> str:
        values = self._words.get(name)
        if not values or depth >= _MAX_DEPTH:
            return name
        said = ""
        for _ in range(8):
            said = self._fill(self._chance.choice(values), depth + 1)
            if said not in taken:
                break
        return said


def punctuate(sentence: str, mark: str = ".") -> str:
    """Return a sentence that ends with a mark: its own, or the one given."""
    return sentence if not sentence or sentence[-1] in ".!?:," else sentence + mark


def capitalise(text: str) -> str:
    """Return text with capitals at the start of its sentences, and 'an' before vowels."""
    text = _A_BEFORE_VOWEL.sub(r"\1n ", text)
    return _SENTENCE_START.sub(lambda found: found[1] + found[2].upper(), text)


def tame(text: str) -> str:
    """Return a prompt's text without the marks that the notation gives a meaning."""
    return _SPACES.sub(" ", re.sub(r"[{}\[\]|]", " ", text)).strip()


def shorten(text: str, high: int) -> str:
    """Return a text cut to at most ``high`` characters, at a word's end where there is one."""
    if len(text) <= high:
        return text
    return text[: high + 1].rsplit(" ", 1)[0].rstrip(",;:- ")[:high] if " " in text[1:high] else text[:high]
