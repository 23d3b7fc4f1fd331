"""Faults of real models, made on purpose so that every check has something to find: in an answer, and in its rows."""

import json
import re
from collections.abc import Callable
from random import Random

from pedigree.ids import seeded
from pedigree.models.offline.foreign import write_foreign
from pedigree.models.offline.marks import damage_mark
from pedigree.models.offline.phrases import load_phrases, plain_name
from pedigree.models.offline.prompt_reader import AskedField, Request
from pedigree.models.offline.rows import Row, write_row
from pedigree.models.offline.rules import break_rule
from pedigree.models.offline.tables import leave_range
from pedigree.recipe.fault_rates import PER_CALL, FaultRates

POOL = 3
CASES = (str.upper, str.title, str.capitalize, str.swapcase, str.lower)
RowFault = Callable[[Row, Request, int, Random], Row]
TextFault = Callable[[str, AskedField, Request, Random], str]


def damage_answer(text: str, dials: FaultRates, seed: str) -> tuple[str, str]:
    """Return an answer's text and finish_reason after its faults; a refusal excludes the others.

    Each fault is drawn on its own: changing one rate has no effect on the other faults.
    """
    reason = "stop"
    for name in PER_CALL:
        chance = seeded(name, seed)
        if chance.random() >= getattr(dials, name):
            continue
        if name == "refusal":
            said = chance.choice(load_phrases()["flaws"]["refusal"])
            return said, "content_filter" if chance.random() < 0.25 else "stop"
        if name == "malformed":
            text = _break(text, chance)
        elif name == "fenced":
            before, after = (chance.choice(load_phrases()["flaws"][part]) for part in ("preface", "epilogue"))
            text = f"{before}\n\n```json\n{text}\n```\n\n{after}"
        else:
            text, reason = text[: round(len(text) * chance.uniform(0.2, 0.95))], "length"
    return text, reason


def _break(text: str, chance: Random) -> str:
    """Return invalid JSON: single quotes, no closing brackets, or a quote lost in the middle."""
    marks = [found.start() for found in re.finditer(r'(?<!\\)"', text)]
    at = marks[len(marks) // 3 + chance.randrange(-(-len(marks) // 3))]
    return chance.choice((text.replace('"', "'"), text.rstrip("]} \n"), text[:at] + text[at + 1 :]))


def spoil_rows(rows: list[Row], request: Request, dials: FaultRates, seed: str) -> list[Row]:
    """Return rows with their faults: at most one of TEXT_FAULTS (the first drawn) and any of FORMAT_FAULTS a row.

    Each fault is drawn on its own: changing one rate has no effect on the other faults.
    """
    return [_spoil_row(row, place, request, dials, seed) for place, row in enumerate(rows)]


def _spoil_row(row: Row, place: int, request: Request, dials: FaultRates, seed: str) -> Row:
    def draw(names: dict[str, RowFault]) -> list[str]:
        rates = {name: getattr(dials, name) for name in names}
        return [name for name, rate in rates.items() if rate and seeded(name, seed, place).random() < rate]

    for name in draw(TEXT_FAULTS)[:1] + draw(FORMAT_FAULTS):
        spoil = TEXT_FAULTS.get(name) or FORMAT_FAULTS[name]
        row = spoil(row, request, place, seeded(name, seed, place, "how"))
    return row


def _on_text(change: TextFault) -> RowFault:
    """Return the fault that changes one of a row's texts; a row without texts stays as it is."""

    def spoil(row: Row, request: Request, place: int, chance: Random) -> Row:
        if not request.texts:
            return row
        field = chance.choice(request.texts)
        return {**row, field.name: change(row[field.name], field, request, chance)}

    return spoil


def _nearly_repeat(row: Row, request: Request, place: int, chance: Random) -> Row:
    """Return the longest row of the pool with a word added, so that it still is nearly the same."""
    repeated = max(_pool(request), key=lambda one: len(json.dumps(one))) if request.texts else row
    return _on_text(_add_word)(repeated, request, place, chance)


def _pool(request: Request) -> list[Row]:
    """Return the rows that every call for this label and these fields may give."""
    alone = request.but(shots=[], attributes={}, written="")
    return [write_row(alone, place, f"pool {request.label}") for place in range(POOL)]


def _add_word(text: str, field: AskedField, request: Request, chance: Random) -> str:
    words = text.split(" ")
    words.insert(chance.randrange(1, len(words) + 1), chance.choice(("now", "here", "just", "so")))
    return " ".join(words)


def _mistake_label(row: Row, request: Request, place: int, chance: Random) -> Row:
    if not request.unlike:
        return row
    label, definition = chance.choice(request.unlike)
    other = request.but(label=label, definition=definition, shots=[])
    row = write_row(other, place, f"wrong label {chance.random()}")
    return {**row, "label": label} if chance.random() < 0.5 else row


def _write_foreign(text: str, field: AskedField, request: Request, chance: Random) -> str:
    language = chance.choice(sorted(set(load_phrases()["flaws"]["other_language"]) - {request.language}))
    return write_foreign(language, int(field.low), int(field.high), chance)


def _add_line(flaw: str) -> RowFault:
    """Return the fault that puts a line of flaws.yaml before or after a text."""

    def change(text: str, field: AskedField, request: Request, chance: Random) -> str:
        said = chance.choice(load_phrases()["flaws"][flaw]).format(
            name=chance.choice(load_phrases()["words"]["name"]).casefold(),
            digits=chance.randint(11, 99),
            definition=request.definition or request.label,
            label=chance.choice((request.label, plain_name(request.label))),
        )
        return f"{said} {text}" if flaw == "meta" or chance.random() < 0.5 else f"{text} {said}"

    return _on_text(change)


def _drop_field(row: Row, request: Request, place: int, chance: Random) -> Row:
    dropped = chance.choice(request.fields).name
    return {name: value for name, value in row.items() if name != dropped}


def _mistype(row: Row, request: Request, place: int, chance: Random) -> Row:
    field = chance.choice([field for field in request.fields if field.name in row] or request.fields)
    value = row.get(field.name)
    return {**row, field.name: chance.choice([None, [value], {"value": value}])}


TEXT_FAULTS: dict[str, RowFault] = {
    "duplicate": lambda row, request, place, chance: chance.choice(_pool(request)),
    "near_duplicate": _nearly_repeat,
    "wrong_label": _mistake_label,
    "seed_copy": lambda row, request, place, chance: {**row, **chance.choice(request.shots or [row])},
    "wrong_language": _on_text(_write_foreign),
    "placeholder": _add_line("placeholder"),
    "pii": _add_line("pii"),
    "meta": _add_line("meta"),
    "label_named": _add_line("named"),
    "empty": _on_text(lambda text, field, request, chance: chance.choice(("", " ", "\n"))),
    "too_short": _on_text(lambda text, field, request, chance: chance.choice(load_phrases()["flaws"]["short"])),
    "bad_mark": _on_text(lambda text, field, request, chance: damage_mark(text, chance)),
    "too_long": _on_text(lambda text, field, request, chance: f"{text} " * int(field.high // len(text) + 2)),
}
FORMAT_FAULTS: dict[str, RowFault] = {
    "label_case": lambda row, request, place, chance: {**row, "label": chance.choice(CASES)(request.label)},
    "missing_field": _drop_field,
    "wrong_type": _mistype,
    "broken_check": lambda row, request, place, chance: break_rule(row, request.rules, request.fields, chance),
    "out_of_range": lambda row, request, place, chance: leave_range(row, request.fields, chance),
}
