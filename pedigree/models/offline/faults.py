"""Faults of real models, made on purpose so that every check has something to find: in an answer, and in its rows."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Literal

from pedigree.ids import seeded
from pedigree.models.offline.phrases import load_phrases, plain_name
from pedigree.models.offline.prompt_reader import Request
from pedigree.models.offline.rows import Row, write_row
from pedigree.models.offline.texts import write_foreign
from pedigree.recipe.fault_rates import PER_CALL, FaultRates

POOL = 3
FinishReason = Literal["stop", "length", "content_filter"]
Damaged = tuple[str, FinishReason]  # an answer's text, and why it ended
RowFault = Callable[[Row, Request, int, Random], Row]
_QUOTE, _COLON = re.compile(r'(?<!\\)"'), re.compile(r'(?<=[\w])":')


def damage_answer(text: str, dials: FaultRates, seed: str) -> Damaged:
    """Return an answer's text and finish_reason after its faults; a refusal excludes the others.

    Each fault is drawn on its own: changing one rate has no effect on the other faults.
    """
    reason: FinishReason = "stop"
    for name in PER_CALL:
        chance = seeded(name, seed)
        if chance.random() < getattr(dials, name):
            text, reason = ANSWER_FAULTS[name](text, chance)
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
    """Return invalid JSON: single quotes, no closing brackets, or a quote or colon lost in the middle."""
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


ANSWER_FAULTS = {"refusal": _refuse, "fenced": _fence, "malformed": _break, "cut": _cut}


def spoil_rows(rows: list[Row], request: Request, dials: FaultRates, seed: str) -> list[Row]:
    """Return rows with their faults: at most one of TEXT_FAULTS (the first drawn) and any of FORMAT_FAULTS a row.

    Each fault is drawn on its own: changing one rate has no effect on the other faults.
    """
    return [_spoil_row(row, place, request, dials, seed) for place, row in enumerate(rows)]


def _spoil_row(row: Row, place: int, request: Request, dials: FaultRates, seed: str) -> Row:
    drawn = [
        name
        for name in (*TEXT_FAULTS, *FORMAT_FAULTS)
        if (rate := getattr(dials, name)) > 0 and seeded(name, seed, place).random() < rate
    ]
    of_text = [name for name in drawn if name in TEXT_FAULTS][:1]
    for name in (*of_text, *(name for name in drawn if name in FORMAT_FAULTS)):
        spoil = TEXT_FAULTS.get(name) or FORMAT_FAULTS[name]
        row = spoil(row, request, place, seeded(name, seed, place, "how"))
    return row


def _repeat(row: Row, request: Request, place: int, chance: Random) -> Row:
    return _pool(request)[chance.randrange(POOL)]


def _nearly_repeat(row: Row, request: Request, place: int, chance: Random) -> Row:
    """Return the longest row of the pool with a short word changed, so that it still is nearly the same."""
    repeated = max(_pool(request), key=lambda one: len(json.dumps(one))) if request.texts else row
    return _on_text(repeated, request, chance, lambda text: _change_word(text, chance))


def _pool(request: Request) -> list[Row]:
    """Return the rows that every call for this label and these fields may give."""
    alone = replace(request, shots=(), attributes=(), written="")
    return [write_row(alone, place, f"pool {request.label}") for place in range(POOL)]


def _change_word(text: str, chance: Random) -> str:
    words, new = text.split(" "), ("now", "here", "just", "so")
    short = [place for place, word in enumerate(words) if place and word.isalpha() and len(word) <= 4]
    if short and chance.random() < 0.5:
        words[chance.choice(short)] = chance.choice(new)
    else:
        words.insert(chance.randrange(1, len(words) + 1), chance.choice(new))
    return " ".join(words)


def _mistake_label(row: Row, request: Request, place: int, chance: Random) -> Row:
    if not request.unlike:
        return row
    label, definition = chance.choice(request.unlike)
    other = replace(request, label=label, definition=definition, shots=())
    row = write_row(other, place, f"wrong label {chance.random()}")
    return {**row, "label": label} if chance.random() < 0.5 else row


def _copy_shot(row: Row, request: Request, place: int, chance: Random) -> Row:
    return {**row, **chance.choice(request.shots)} if request.shots else row


def _write_foreign(row: Row, request: Request, place: int, chance: Random) -> Row:
    known = sorted(set(load_phrases().flaws["other_language"]) - {request.language})
    language = chance.choice(known)
    texts = {
        one.name: write_foreign(language, int(one.low or 1), int(one.high or 2000), chance) for one in request.texts
    }
    return {**row, **texts}


def _append(flaw: str) -> RowFault:
    def spoil(row: Row, request: Request, place: int, chance: Random) -> Row:
        said = _fill(chance.choice(load_phrases().flaws[flaw]), request, chance)
        if chance.random() < 0.5 or flaw == "meta":
            return _on_text(row, request, chance, lambda text: f"{said} {text}")
        return _on_text(row, request, chance, lambda text: f"{text} {said}")

    return spoil


def _fill(line: str, request: Request, chance: Random) -> str:
    names = [name.casefold() for name in load_phrases().words["name"]]
    for slot, said in (("first", chance.choice(names)), ("last", chance.choice(names))):
        line = line.replace(f"{{{slot}}}", said)
    while "{digit}" in line:
        line = line.replace("{digit}", str(chance.randint(1, 9)), 1)
    name = request.label if chance.random() < 0.5 else plain_name(request.label)
    return line.replace("{definition}", request.definition or request.label).replace("{label}", name)


def _empty(row: Row, request: Request, place: int, chance: Random) -> Row:
    return _on_text(row, request, chance, lambda _: chance.choice(("", " ", "\n")))


def _make_short(row: Row, request: Request, place: int, chance: Random) -> Row:
    return _on_text(row, request, chance, lambda _: chance.choice(load_phrases().flaws["short"]))


def _make_long(row: Row, request: Request, place: int, chance: Random) -> Row:
    if not request.texts:
        return row
    field = chance.choice(request.texts)
    text = row[field.name]
    return {**row, field.name: " ".join([text] * (int(field.high or 2000) // (len(text) + 1) + 2))}


def _state_label(row: Row, request: Request, place: int, chance: Random) -> Row:
    label = request.label
    return {**row, "label": chance.choice([label.upper(), label.title(), label.capitalize(), label.swapcase(), label])}


def _drop_field(row: Row, request: Request, place: int, chance: Random) -> Row:
    dropped = chance.choice(request.fields).name
    return {name: value for name, value in row.items() if name != dropped}


def _mistype(row: Row, request: Request, place: int, chance: Random) -> Row:
    field = chance.choice([field for field in request.fields if field.name in row] or request.fields)
    value = row.get(field.name)
    other_type = chance.randint(0, 9) if field.kind in {"text", "category"} else "many"
    wrong: list[Any] = [None, [value], {"value": value}, other_type]
    return {**row, field.name: chance.choice(wrong)}


def _on_text(row: Row, request: Request, chance: Random, change: Callable[[str], str]) -> Row:
    """Return a row with one of its texts changed; a row without texts stays as it is."""
    if not request.texts:
        return row
    name = chance.choice(request.texts).name
    return {**row, name: change(row[name])}


TEXT_FAULTS: dict[str, RowFault] = {
    "duplicate": _repeat,
    "near_duplicate": _nearly_repeat,
    "wrong_label": _mistake_label,
    "seed_copy": _copy_shot,
    "wrong_language": _write_foreign,
    "placeholder": _append("placeholder"),
    "pii": _append("pii"),
    "meta": _append("meta"),
    "label_named": _append("named"),
    "empty": _empty,
    "too_short": _make_short,
    "too_long": _make_long,
}
FORMAT_FAULTS: dict[str, RowFault] = {
    "label_case": _state_label,
    "missing_field": _drop_field,
    "wrong_type": _mistype,
}
