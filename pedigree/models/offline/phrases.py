"""What the offline model knows to say, read from the YAML files beside this module."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pedigree.models.offline.grammar import Words

Lines = tuple[str, ...]
_NEGATION = re.compile(r"\b(?:not|no|never|without|unlike|n't)\s(?:\w+\s)?$")


@dataclass(frozen=True)
class Concept:
    """Something that texts are about: its lines by kind of thing, and the words that give it away.

    ``formal`` ones are written to a company, by e-mail as well.
    """

    name: str
    keywords: Lines
    kinds: Lines
    say: Mapping[str, Lines]
    add: Lines
    ask: Lines
    words: Words
    formal: bool = False


@dataclass(frozen=True)
class Habit:
    """A tone, a channel or a kind of person, with the lines that show it."""

    name: str
    keywords: Lines
    lines: Mapping[str, Lines]
    marks: str = "."
    habits: Lines = ()


@dataclass(frozen=True)
class Kind:
    """A kind of thing: the words by which a product is recognised as one, and examples."""

    keywords: Lines
    names: Lines


@dataclass(frozen=True)
class Frame:
    """Premises, and the hypotheses that follow from them, are left open by them, or go against them."""

    topic: str
    premise: Lines
    hypotheses: Mapping[str, Lines]


@dataclass(frozen=True)
class Phrases:
    """Everything that the data files hold."""

    words: Words
    things: Mapping[str, Kind]
    stop_words: frozenset[str]
    concepts: tuple[Concept, ...]
    fallback: Concept
    tones: tuple[Habit, ...]
    channels: tuple[Habit, ...]
    persons: tuple[Habit, ...]
    about: Lines
    hurried: Mapping[str, str]
    pair_words: Words
    relations: Mapping[str, Lines]
    frames: tuple[Frame, ...]
    flaws: Mapping[str, Any]


@functools.cache
def load_phrases() -> Phrases:
    """Return what the data files hold, read once per process."""
    phrases, support, general, manners, pairs, flaws = (
        _read(name) for name in ("phrases", "support", "general", "manners", "pairs", "flaws")
    )
    fallback = general.pop("fallback")
    return Phrases(
        words=_lines_of(phrases["words"]),
        things={name: Kind(_list(kind["keywords"]), _lines(kind["names"])) for name, kind in phrases["things"].items()},
        stop_words=frozenset(phrases["stop_words"].split()),
        concepts=(
            *(_concept(name, raw, formal=True) for name, raw in support.items()),
            *(_concept(name, raw) for name, raw in general.items()),
        ),
        fallback=_concept("fallback", fallback),
        tones=_habits(manners["tones"]),
        channels=_habits(manners["channels"]),
        persons=_habits(manners["persons"]),
        about=_lines(manners["about"]),
        hurried={word: str(short) for word, short in manners["hurried"].items()},
        pair_words=_lines_of({**phrases["words"], **pairs["words"]}),
        relations={name: _list(keywords) for name, keywords in pairs["relations"].items()},
        frames=tuple(_frame(raw) for raw in pairs["frames"]),
        flaws={name: _lines_of(raw) if isinstance(raw, dict) else _lines(raw) for name, raw in flaws.items()},
    )


def count_hits(keywords: Iterable[str], text: str) -> int:
    """Return how many words of a text belong to keywords that stand in it and are not negated there."""
    hits = 0
    for keyword in keywords:
        for found in _pattern_of(keyword).finditer(text):
            if not _NEGATION.search(text[: found.start()]):
                hits += keyword.count(" ") + 1
    return hits


def find_habit(habits: Iterable[Habit], value: str) -> Habit | None:
    """Return the habit that an attribute's value names: by the whole value, else by the most of its words."""
    value = value.casefold()
    scored = [(value in habit.keywords, count_hits(habit.keywords, value), habit) for habit in habits]
    exact, hits, best = max(scored, key=lambda entry: entry[:2])
    return best if exact or hits else None


@functools.lru_cache(maxsize=1024)
def find_concepts(label: str, definition: str) -> tuple[Concept, ...]:
    """Return what a label is about, by its keywords in the label (counted twice) and in the definition.

    If the label has other words, those of the definition count as much, and the fallback is included.
    """
    phrases = load_phrases()
    label, definition = plain_name(label), definition.casefold()
    in_label = [count_hits(one.keywords, label) for one in phrases.concepts]
    scored = [
        2 * hits + count_hits(one.keywords, definition) for hits, one in zip(in_label, phrases.concepts, strict=True)
    ]
    best = scored.index(max(scored))
    if not scored[best]:
        return (phrases.fallback,)
    sure = in_label[best] or not re.search(r"[^\W\d_]{4}", label)
    return (phrases.concepts[best],) if sure else (phrases.concepts[best], phrases.fallback)


def plain_name(label: str) -> str:
    """Return a label as words: lower case, dashes and underscores as spaces."""
    return re.sub(r"[-_\s]+", " ", label.casefold()).strip()


@functools.lru_cache(maxsize=1024)
def label_pattern(label: str) -> re.Pattern[str]:
    """Return what finds a label's name in a text, whatever joins its words."""
    return re.compile(
        r"(?<!\w)" + r"[-_\s]*".join(map(re.escape, plain_name(label).split())) + r"(?!\w)", re.IGNORECASE
    )


def names_label(text: str, label: str) -> bool:
    """Return whether a text holds the name of a label."""
    return label_pattern(label).search(text) is not None


@functools.cache
def _pattern_of(keyword: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(keyword)}(?!\w)")


def _read(name: str) -> dict[str, Any]:
    return YAML(typ="safe").load(Path(__file__).with_name(f"{name}.yaml"))


def _lines(block: str) -> Lines:
    return tuple(line.strip() for line in block.splitlines() if line.strip())


def _lines_of(blocks: dict[str, str]) -> dict[str, Lines]:
    return {name: _lines(block) for name, block in blocks.items()}


def _list(words: str) -> Lines:
    return tuple(word.strip() for word in str(words).split(",") if word.strip())


def _concept(name: str, raw: dict[str, Any], formal: bool = False) -> Concept:
    return Concept(
        name,
        _list(raw.get("keywords", "")),
        _list(raw.get("kinds", "")),
        _lines_of(raw["say"]),
        _lines(raw.get("add", "")),
        _lines(raw.get("ask", "")),
        _lines_of(raw.get("words", {})),
        formal,
    )


def _habits(raw: dict[str, dict[str, str]]) -> tuple[Habit, ...]:
    known = {"keywords", "marks", "habits"}
    return tuple(
        Habit(
            name,
            _list(one["keywords"]),
            _lines_of({key: one[key] for key in one if key not in known}),
            one.get("marks", "."),
            _list(one.get("habits", "")),
        )
        for name, one in raw.items()
    )


def _frame(raw: dict[str, str]) -> Frame:
    return Frame(
        raw["topic"], _lines(raw["premise"]), {key: _lines(raw[key]) for key in ("follows", "open", "against")}
    )
