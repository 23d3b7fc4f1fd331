"""Marked values in the texts of the offline model: those that a prompt asks for, or invented ones."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from pedigree.models.offline.prompt_reader import Request

MARK = re.compile(r"\[([^\[\]]*)\]\((\w*)\)")
OPTIONAL = 0.5  # how often a value that a row may lack is there


@cache
def _load() -> dict[str, Any]:
    return YAML(typ="safe").load(Path(__file__).with_name("slots.yaml").read_text(encoding="utf-8"))


def write_marked(request: Request, place: int, chance: Random) -> str:
    """Return a sentence with the marked values of the row at ``place`` (from 0); nothing without slots."""
    values, told = request.values.get(str(place + 1), {}), []
    for slot, (says, optional) in request.slots.items():
        if slot not in values and optional and chance.random() >= OPTIONAL:
            continue
        value = values.get(slot) or chance.choice(_list_invented(slot, says))
        phrases = _load()["phrases"]
        phrase = chance.choice(phrases.get(slot.split("_")[0], phrases["other"]))
        told.append(phrase.format(f"[{value}]({slot})", name=slot.replace("_", " ")))
    sentence = ", ".join(told)
    if sentence and not sentence.startswith("["):
        sentence = sentence[0].upper() + sentence[1:]
    return f"{sentence}." if sentence else ""


def count_shown(text: str) -> int:
    """Return how many characters a text has without its marks."""
    return len(MARK.sub(r"\1", text))


def damage_mark(text: str, chance: Random) -> str:
    """Return a text with one of its marks wrong, as models get them wrong; without marks, with an unwanted one."""
    marks = list(MARK.finditer(text))
    if not marks:
        words = text.split(" ")
        place = chance.randrange(len(words))
        return " ".join([*words[:place], f"[{words[place]}](thing)", *words[place + 1 :]])
    mark = chance.choice(marks)
    wrong = chance.choice(DAMAGES)(mark[1], mark[2])
    return f"{text[: mark.start()]}{wrong}{text[mark.end() :]}"


DAMAGES: tuple[Callable[[str, str], str], ...] = (
    lambda value, slot: f"[{value}]({slot}",
    lambda value, slot: f"[[{value}]({slot})]({slot})",
    lambda value, slot: f"[{value}](the_{slot})",
    lambda value, slot: f"[]({slot})",
    lambda value, slot: f"{value}, {value}",
    lambda value, slot: "somewhere",
)


def _list_invented(slot: str, says: str) -> list[str]:
    words = set(re.findall(r"[a-z]+", f"{slot.replace('_', ' ')} {says}".casefold()))
    return next((one["values"] for one in _load()["kinds"] if words & {*one["words"]}), _load()["others"])
