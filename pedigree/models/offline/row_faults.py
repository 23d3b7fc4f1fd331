"""Mistakes of a row: what real models get wrong, made on purpose so that every screen has something to find."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from pedigree.ids import seeded
from pedigree.models.offline.phrases import load_phrases, plain_name
from pedigree.models.offline.prompt_reader import Request
from pedigree.models.offline.rows import Row, write_row
from pedigree.models.offline.texts import write_foreign
from pedigree.recipe.fault_rates import FaultRates

POOL = 3


def spoil_rows(rows: list[Row], request: Request, dials: FaultRates, seed: str) -> list[Row]:
    """Return rows after the mistakes that befall them; a row without one stays as it is.

    A row's texts suffer at most one mistake, the first of TEXT_MISTAKES that befalls it; how the row is put (its stated
    label, its keys and types) may be wrong beside that. Each dial has chances of its own.
    """
    return [_spoil_row(row, place, request, dials, seed) for place, row in enumerate(rows)]


def _spoil_row(row: Row, place: int, request: Request, dials: FaultRates, seed: str) -> Row:
    row = dict(row)
    for name, spoil in TEXT_MISTAKES.items():
        if _befalls(name, dials, seed, place):
            row = spoil(row, request, place, seeded(name, seed, place, "how"))
            break
    for name, misput in PUT_MISTAKES.items():
        if _befalls(name, dials, seed, place):
            row = misput(row, request, seeded(name, seed, place, "how"))
    return row


def _befalls(name: str, dials: FaultRates, seed: str, place: int) -> bool:
    rate = getattr(dials, name)
    return rate > 0 and seeded(name, seed, place).random() < rate


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
    words = text.split(" ")
    short = [place for place, word in enumerate(words) if place and word.isalpha() and len(word) <= 4]
    if short and chance.random() < 0.5:
        words[chance.choice(short)] = chance.choice(("now", "here", "just", "so"))
    else:
        words.insert(chance.randrange(1, len(words) + 1), chance.choice(("now", "here", "just", "so")))
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


def _append(flaw: str) -> Callable[[Row, Request, int, Random], Row]:
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
    field = chance.choice(request.texts) if request.texts else None
    if field is None:
        return row
    text = row[field.name]
    times = int(field.high or 2000) // (len(text) + 1) + 2
    return {**row, field.name: " ".join([text] * times)}


def _state_label(row: Row, request: Request, chance: Random) -> Row:
    label = request.label
    return {**row, "label": chance.choice([label.upper(), label.title(), label.capitalize(), label.swapcase(), label])}


def _drop_field(row: Row, request: Request, chance: Random) -> Row:
    dropped = chance.choice(request.fields).name
    return {name: value for name, value in row.items() if name != dropped}


def _mistype(row: Row, request: Request, chance: Random) -> Row:
    field = chance.choice([field for field in request.fields if field.name in row] or request.fields)
    value = row.get(field.name)
    wrong: list[Any] = [
        None,
        [value],
        {"value": value},
        chance.randint(0, 9) if field.kind in {"text", "category"} else "many",
    ]
    return {**row, field.name: chance.choice(wrong)}


def _on_text(row: Row, request: Request, chance: Random, change: Callable[[str], str]) -> Row:
    """Return a row with one of its texts changed; a row without texts stays as it is."""
    if not request.texts:
        return row
    name = chance.choice(request.texts).name
    return {**row, name: change(row[name])}


TEXT_MISTAKES: dict[str, Callable[[Row, Request, int, Random], Row]] = {
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
PUT_MISTAKES: dict[str, Callable[[Row, Request, Random], Row]] = {
    "label_case": _state_label,
    "missing_field": _drop_field,
    "wrong_type": _mistype,
}
