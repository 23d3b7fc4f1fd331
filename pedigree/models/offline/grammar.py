"""Sentences with slots and alternatives, filled in by chance; phrases.yaml explains the notation."""

import re
from collections.abc import Mapping, Sequence
from random import Random

_SLOT = re.compile(r"\{(\w+(?:\.\d)?)\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_A_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=[aeiou])(?!(?:one|uni|use|eu)\w*)")
_SENTENCE_START = re.compile(r"((?:^|[.!?]\s)[\"“]?)([a-zà-ÿ])")


class Voice:
    """Says lines in which one slot has one value for as long as the voice speaks."""

    def __init__(self, words: Mapping[str, Sequence[str]], chance: Random, bound: Mapping[str, str] | None = None):
        self._words, self._chance, self._bound = words, chance, dict(bound or {})

    def say_one(self, lines: Sequence[str]) -> str:
        """Return one of several lines with its alternatives chosen and its slots filled."""
        line = _CHOICE.sub(lambda found: self._chance.choice(found[1].split("|")), self._chance.choice(lines))
        return " ".join(_SLOT.sub(lambda found: self._fill(found[1]), line).split())

    def _fill(self, slot: str) -> str:
        if slot not in self._bound:
            name = slot.split(".")[0]
            taken = {value for other, value in self._bound.items() if other.split(".")[0] == name}
            words = self._words[name]
            self._bound[slot] = self.say_one([word for word in words if word not in taken] or words)
        return self._bound[slot]


def punctuate(sentence: str, mark: str = ".") -> str:
    """Return a sentence that ends with a mark: its own, or the one given."""
    return sentence if not sentence or sentence[-1] in ".!?:," else sentence + mark


def capitalise(text: str) -> str:
    """Return text with capitals at the start of its sentences, and 'an' before vowels."""
    return _SENTENCE_START.sub(lambda found: found[1] + found[2].upper(), _A_BEFORE_VOWEL.sub(r"\1n ", text))


def tame(text: str) -> str:
    """Return a prompt's text without the marks that the notation gives a meaning."""
    return " ".join(re.sub(r"[{}\[\]|]", " ", text).split())


def shorten(text: str, high: int) -> str:
    """Return a text cut to at most ``high`` characters, at a word's end where there is one."""
    if len(text) <= high:
        return text
    return text[: high + 1].rsplit(" ", 1)[0].rstrip(",;:- ")[:high] if " " in text[1:high] else text[:high]
