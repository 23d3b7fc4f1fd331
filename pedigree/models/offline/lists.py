"""Lists: what an inquiry asks for, such as topics, as the built-in templates ask for it on named lines."""

import re

from pedigree.ids import seeded
from pedigree.models.offline.manner import sort_attribute
from pedigree.models.offline.phrases import count_hits, find_topics, load_phrases, names_label
from pedigree.models.offline.prompt_reader import Brief, read_content

MAX_ITEMS = 100
LEFT_OUT = 0.15  # of the values that it is asked about, as fitting another label too
_LIST = re.compile(r"(?:up to )?(\d{1,4}) x (.+)")


def write_list(messages: list[dict], seed: str) -> list[dict[str, str]] | None:
    """Return the list that messages ask for, its items shuffled and none twice; None where they ask for none."""
    brief = Brief("\n".join(map(read_content, messages)))
    found = _LIST.fullmatch(brief.first("List"))
    if found is None:
        return None
    count, item = min(int(found[1]), MAX_ITEMS), found[2]
    if values := brief.all("Value"):
        items = [one for one in values if seeded("fits", seed, one).random() >= LEFT_OUT] or values[:1]
    else:
        labels = [name for name, _ in brief.meanings("Class")]
        fit = [one for one in _list_items(brief, item, seed) if not any(names_label(one, name) for name in labels)]
        items = list(dict.fromkeys(fit))[:count]
    return [{item: one} for one in items]


def _list_items(brief: Brief, item: str, seed: str) -> list[str]:
    """Return what an attribute can be; its values where it is about how a text is written; else things."""
    phrases, classes = load_phrases(), brief.meanings("Class")
    if item in {"attribute", "trait"}:
        return _shuffle(phrases[f"{item}_names"], seed)
    about = sort_attribute(brief.first("Attribute") or item)
    if about in {"tone", "channel", "person", "length", "time"}:
        return _shuffle(list(phrases[about]), seed) + _shuffle(phrases["time"], seed)
    said = f"{brief.first('Task')} {' '.join(meaning for _, meaning in classes)}".casefold()
    kinds = phrases["things"].values()
    near = [name for kind in kinds if count_hits(kind["keywords"], said) for name in kind["names"]]
    near += [topic for name, meaning in classes for topic in find_topics(meaning, name)]
    return _shuffle(near, seed) + _shuffle([name for kind in kinds for name in kind["names"]], seed)


def _shuffle(names: list[str], seed: str) -> list[str]:
    return seeded("list", seed, names).sample(names, len(names))
