"""Lists: what an inquiry asks for, such as topics, as the built-in templates ask for it on named lines."""

import re
from dataclasses import dataclass

from pedigree.ids import seeded
from pedigree.offline.phrases import count_hits, load_phrases, names_label
from pedigree.offline.request import read_content
from pedigree.offline.things import find_topics

MOST_ITEMS = 100
_LIST = re.compile(r"^List:[ \t]*(\d{1,4}) x (.+)$", re.MULTILINE)
_CLASS = re.compile(r"^Class:[ \t]*(.+?) \((.*)\)[ \t]*$", re.MULTILINE)
_TASK = re.compile(r"^Task:[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A list that is asked for: so many items of a kind, about the classes (name, meaning) of a task."""

    count: int
    item: str
    task: str
    classes: tuple[tuple[str, str], ...]


def read_asked(messages: list[dict]) -> Asked | None:
    """Return which list the messages ask for, or None where they ask for none."""
    brief = "\n".join(map(read_content, messages))
    found, task = _LIST.search(brief), _TASK.search(brief)
    if found is None:
        return None
    classes = tuple(_CLASS.findall(brief))
    return Asked(min(int(found[1]), MOST_ITEMS), found[2].strip(), task[1] if task else "", classes)


def write_items(asked: Asked, seed: str) -> list[dict[str, str]]:
    """Return the list, its items shuffled and none twice: of the task's kind of thing first, then any."""
    said = f"{asked.task} {' '.join(meaning for _, meaning in asked.classes)}".casefold()
    kinds = load_phrases().things.values()
    near = [name for kind in kinds if count_hits(kind.keywords, said) for name in kind.names]
    near += [topic for name, meaning in asked.classes for topic in find_topics(meaning, name)]
    names = (_shuffle(near, seed, "near"), _shuffle([name for kind in kinds for name in kind.names], seed, "any"))
    fit = [one for some in names for one in some if not any(names_label(one, name) for name, _ in asked.classes)]
    return [{asked.item: one} for one in list(dict.fromkeys(fit))[: asked.count]]


def _shuffle(names: list[str], seed: str, which: str) -> list[str]:
    return seeded("list", seed, which).sample(names, len(names))
