"""What the offline model knows to say, read from the YAML files beside this module, and how it finds it."""

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_NEGATION = re.compile(r"\b(?:not|no|never|without|unlike|n't)\s(?:\w+\s)?$")


@functools.cache
def load_phrases() -> dict[str, Any]:
    """Return what the data files hold, read once per process; a block of text is a list of its lines."""
    phrases, support, general, manners, pairs, flaws = (
        _split_blocks(YAML(typ="safe").load(Path(__file__).with_name(f"{name}.yaml")))
        for name in ("phrases", "support", "general", "manners", "pairs", "flaws")
    )
    return {**phrases, **manners, "concepts": {**support, **general}, "pairs": pairs, "flaws": flaws}


def count_hits(keywords: Iterable[str], text: str) -> int:
    """Return how many words of a text belong to keywords that stand in it and are not negated there."""
    return sum(
        keyword.count(" ") + 1
        for keyword in keywords
        for found in _pattern_of(keyword).finditer(text)
        if not _NEGATION.search(text[: found.start()])
    )


def find_best(entries: dict[str, Any], text: str) -> str | None:
    """Return the name of the entry of which a text holds the most keywords, or None."""
    hits = {name: count_hits(entry["keywords"], text.casefold()) for name, entry in entries.items()}
    best = max(hits, key=hits.__getitem__)
    return best if hits[best] else None


@functools.lru_cache(maxsize=1024)
def find_concepts(label: str, definition: str) -> list[str]:
    """Return what a label is about, by its keywords in the label (counted twice) and in the definition.

    If the label has other words, those of the definition count as much, and the fallback is included.
    """
    concepts = load_phrases()["concepts"]
    label, definition = plain_name(label), definition.casefold()
    in_label = {name: count_hits(one["keywords"], label) for name, one in concepts.items()}
    scored = {name: 2 * in_label[name] + count_hits(one["keywords"], definition) for name, one in concepts.items()}
    best = max(scored, key=scored.__getitem__)
    if not scored[best]:
        return ["fallback"]
    sure = in_label[best] or not re.search(r"[^\W\d_]{4}", label)
    return [best] if sure else [best, "fallback"]


@functools.lru_cache(maxsize=1024)
def find_topics(text: str, label: str) -> list[str]:
    """Return the phrases of a text between its function words, but those that name the label: what it is about."""
    stop_words = rf"\b(?:\w{{1,2}}|{'|'.join(load_phrases()['stop_words'])})\b"
    parts = re.split(r"[^\w\s'-]+", re.sub(stop_words, ",", text.casefold()))
    topics = dict.fromkeys(" ".join(part.split()[:3]).strip("'-_ ") for part in parts)
    return [topic for topic in topics if topic and not names_label(topic, label)]


def plain_name(label: str) -> str:
    """Return a label as words: lower case, dashes and underscores as spaces."""
    return re.sub(r"[-_\s]+", " ", label.casefold()).strip()


@functools.lru_cache(maxsize=1024)
def label_pattern(label: str) -> re.Pattern[str]:
    """Return what finds a label's name in a text, whatever joins its words."""
    name = r"[-_\s]*".join(map(re.escape, plain_name(label).split()))
    return re.compile(rf"(?<!\w){name}(?!\w)", re.IGNORECASE)


def names_label(text: str, label: str) -> bool:
    """Return whether a text holds the name of a label."""
    return label_pattern(label).search(text) is not None


@functools.cache
def _pattern_of(keyword: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(keyword)}(?!\w)")


def _split_blocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _split_blocks(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_split_blocks(one) for one in value]
    return value.splitlines() if isinstance(value, str) and value.endswith("\n") else value
