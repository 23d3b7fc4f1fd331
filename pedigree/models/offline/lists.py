"""Lists: what an inquiry asks for, such as topics, as the built-in templates ask for it on named lines."""

import re
from dataclasses import dataclass

from pedigree.ids import seeded
from pedigree.models.offline.phrases import count_hits, load_phrases, names_label
from pedigree.models.offline.prompt_reader import read_content
from pedigree.models.offline.style import CHANNEL, LENGTH, PERSON, TONE
from pedigree.models.offline.topics import find_topics

MAX_ITEMS = 100
ATTRIBUTES = (
    *("tone", "channel", "customer type", "length", "product"),
    *("occasion", "place", "season", "level of detail", "time pressure"),
)
OTHERS = (
    *("morning", "evening", "weekend", "winter", "summer"),
    *("at home", "at work", "on the road", "in a hurry", "with friends"),
)
LENGTHS = ("one sentence", "short", "medium", "long", "a paragraph", "20 words", "40 words", "60 words")
TIME = re.compile(r"season|time|occasion|place")
LEFT_OUT = 0.15  # of the values that it is asked about, as fitting another label too
_LIST = re.compile(r"^List:[ \t]*(?:up to )?(\d{1,4}) x (.+)$", re.MULTILINE)
_CLASS = re.compile(r"^Class:[ \t]*(.+?) \((.*)\)[ \t]*$", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^Attribute:[ \t]*(.+)$", re.MULTILINE)
_VALUE = re.compile(r"^Value \d+:[ \t]*(.+)$", re.MULTILINE)
_TASK = re.compile(r"^Task:[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A list that is asked for: so many items of a kind, about the classes (name, meaning) of a task.

    ``attribute`` is what the items are values of; ``values`` are those to choose from.
    """

    count: int
    item: str
    task: str
    classes: tuple[tuple[str, str], ...]
    attribute: str = ""
    values: tuple[str, ...] = ()


def read_asked(messages: list[dict]) -> Asked | None:
    """Return which list the messages ask for, or None where they ask for none."""
    brief = "\n".join(map(read_content, messages))
    found, task = _LIST.search(brief), _TASK.search(brief)
    if found is None:
        return None
    classes = tuple(_CLASS.findall(brief))
    attribute, values = _ATTRIBUTE.search(brief), tuple(value.strip() for value in _VALUE.findall(brief))
    return Asked(
        min(int(found[1]), MAX_ITEMS),
        found[2].strip(),
        task[1] if task else "",
        classes,
        attribute[1].strip() if attribute else "",
        values,
    )


def write_items(asked: Asked, seed: str) -> list[dict[str, str]]:
    """Return the list, its items shuffled and none twice."""
    if asked.values:
        kept = [one for one in asked.values if seeded("fits", seed, one).random() >= LEFT_OUT] or list(asked.values[:1])
        return [{asked.item: one} for one in kept]
    fit = [one for one in _list_items(asked, seed) if not any(names_label(one, name) for name, _ in asked.classes)]
    return [{asked.item: one} for one in list(dict.fromkeys(fit))[: asked.count]]


def _list_items(asked: Asked, seed: str) -> list[str]:
    """Return what an attribute can be, else things: of the task's kind first, then any."""
    if asked.item == "attribute":
        return _shuffle(list(ATTRIBUTES), seed, "attribute")
    if known := list_manners(asked.attribute):
        return [*_shuffle(known, seed, "known"), *_shuffle(list(OTHERS), seed, "other")]
    said = f"{asked.task} {' '.join(meaning for _, meaning in asked.classes)}".casefold()
    kinds = load_phrases().things.values()
    near = [name for kind in kinds if count_hits(kind.keywords, said) for name in kind.names]
    near += [topic for name, meaning in asked.classes for topic in find_topics(meaning, name)]
    names = (_shuffle(near, seed, "near"), _shuffle([name for kind in kinds for name in kind.names], seed, "any"))
    return [one for some in names for one in some]


def list_manners(attribute: str) -> list[str]:
    """Return the values of an attribute that is about how a text is written; none of one that is about what."""
    known = {
        TONE: [tone.name for tone in load_phrases().tones],
        CHANNEL: [channel.name for channel in load_phrases().channels if channel.name != "plain"],
        PERSON: [person.name for person in load_phrases().persons],
        LENGTH: list(LENGTHS),
        TIME: list(OTHERS),
    }
    return next((values for name, values in known.items() if name.search(attribute.casefold())), [])


def _shuffle(names: list[str], seed: str, which: str) -> list[str]:
    return seeded("list", seed, which).sample(names, len(names))
