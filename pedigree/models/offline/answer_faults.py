"""Mistakes of a whole answer: it is refused, fenced, broken or cut."""

import re
from random import Random
from typing import Literal

from pedigree.ids import seeded
from pedigree.models.offline.phrases import load_phrases
from pedigree.recipe.fault_rates import PER_CALL, FaultRates

FinishReason = Literal["stop", "length", "content_filter"]
Damaged = tuple[str, FinishReason]  # an answer's text, and why it ended
_QUOTE, _COLON = re.compile(r'(?<!\\)"'), re.compile(r'(?<=[\w])":')


def damage_answer(text: str, dials: FaultRates, seed: str) -> Damaged:
    """Return an answer's text and finish_reason after the mistakes that befall this call.

    A refusal is that and nothing else. Each dial has chances of its own: turning one changes nothing of another.
    """
    reason: FinishReason = "stop"
    for name in PER_CALL:
        chance = seeded(name, seed)
        if chance.random() < getattr(dials, name):
            text, reason = _MISTAKES[name](text, chance)
            if name == "refusal":
                break
    return text, reason


def _refuse(text: str, chance: Random) -> Damaged:
    said = chance.choice(load_phrases().flaws["refusal"])
    return said, "content_filter" if chance.random() < 0.25 else "stop"


def _fence(text: str, chance: Random) -> Damaged:
    flaws = load_phrases().flaws
    before = f"{chance.choice(flaws['preface'])}\n\n" if chance.random() < 0.7 else ""
    after = f"\n\n{chance.choice(flaws['epilogue'])}" if chance.random() < 0.5 else ""
    return f"{before}```json\n{text}\n```{after}", "stop"


def _break(text: str, chance: Random) -> Damaged:
    """Return what is JSON no more: quotes changed, a mark lost in the middle, the end left out."""
    way = chance.randrange(4)
    if way == 0:
        return text.replace('"', "'"), "stop"
    if way == 1:
        return text.rstrip("]} \n"), "stop"
    marks = [found.end() - 1 for found in (_QUOTE if way == 2 else _COLON).finditer(text)]
    at = marks[len(marks) // 3 + chance.randrange(-(-len(marks) // 3))]
    return text[:at] + text[at + 1 :], "stop"


def _cut(text: str, chance: Random) -> Damaged:
    return text[: round(len(text) * chance.uniform(0.2, 0.95))], "length"


_MISTAKES = {"refusal": _refuse, "fenced": _fence, "malformed": _break, "cut": _cut}
