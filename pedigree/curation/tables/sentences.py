"""Rows as sentences, such as ``age is 42, job is clerk``: how they are written, and how a model's are read.

The form is that of GReaT (Borisov et al. 2023). A sentence is read clause by clause, by the names of the recipe's
fields (and ``label``); their order does not matter. What stands between two names is the value of the first. Nothing is
guessed: a field that is stated twice, a number that could be two, words before the first name make it no row.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pedigree.curation.answer_rows import ParsedObject, fold_key
from pedigree.curation.tables.numbers import NotANumber, read_number_text
from pedigree.curation.thoughts import blank_thoughts
from pedigree.dataset.tables.cell_values import is_missing
from pedigree.recipe.labels_and_fields import TypedField

UNKNOWN = "not known"  # what a sentence says of a missing value
_QUOTED = re.compile(r'^["\'\s]|["\n]|[,;.]\s|\band\b|["\',;.]$')  # values that stand in quotes
_LEAD = re.compile(r"[\s*>\-\u2022]*(?:\(?\d{1,4}[.):]\s*|row\s+\d{1,4}\s*[:.)-]\s*)?[\s*]*(?:the\s+)?", re.IGNORECASE)
_FENCE = re.compile(r"^```[\w-]*$", re.MULTILINE)
LABEL = "label"


class _NoRow(ValueError):
    """Why a sentence is no row."""


def write_sentence(values: Mapping[str, Any]) -> str:
    """Return a row as one sentence, its fields in the order of ``values``."""
    return ", ".join(f"{name} is {_write_value(value)}" for name, value in values.items())


def _write_value(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) and _QUOTED.search(text) else text


def read_sentences(text: str, fields: Mapping[str, TypedField], cut: bool, language: str = "en") -> list[ParsedObject]:
    """Return the sentences of an answer as objects, or as pieces that say why they are none; empty without any.

    An answer has one sentence a line, or is a JSON list of sentences. ``cut`` says that the provider stopped the model:
    the last sentence is then whole only if a sign ends it.
    """
    clause = _clause_pattern(tuple(fields))
    lines = [line.strip() for line in _list_lines(blank_thoughts(text))]
    said = [line for line in lines if clause.search(line)]
    found = [_read_sentence(line, clause, fields, language) for line in said]
    if cut and found and said[-1] == lines[-1] and not text.rstrip().endswith((".", "]", "}")):
        found[-1] = ParsedObject(None, (), "cut", said[-1])
    return found


def _list_lines(text: str) -> Iterator[str]:
    """Yield the texts of a JSON list, however wrapped; of any other answer its lines."""
    plain = _FENCE.sub("", text).strip()
    try:
        value = json.loads(plain)
    except (ValueError, RecursionError):
        yield from (line for line in plain.splitlines() if line.strip())
        return
    yield from _list_texts(value)


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, dict | list):
        for held in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(held)


@lru_cache(maxsize=64)
def _clause_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds the beginning of a clause: a field's name and ``is``, after a sign that ends the one before."""
    known = sorted({*names, LABEL}, key=len, reverse=True)
    spelled = "|".join(r"[\s_-]+".join(map(re.escape, name.split("_"))) for name in known)
    ends = r"(?:[,;.]\s*(?:and\s+)?|\s+and\s+|\A" + _LEAD.pattern + r")(?:the\s+)?"
    return re.compile(rf"{ends}({spelled})\s*(?:\bis\b|[=:])\s*", re.IGNORECASE)


def _read_sentence(
    sentence: str, clause: re.Pattern[str], fields: Mapping[str, TypedField], language: str
) -> ParsedObject:
    try:
        return ParsedObject(dict(_read_clauses(sentence, clause, fields, language)), raw=sentence)
    except _NoRow as fault:
        return ParsedObject(None, (), "malformed", sentence, str(fault))


def _read_clauses(
    sentence: str, clause: re.Pattern[str], fields: Mapping[str, TypedField], language: str
) -> Iterable[tuple[str, Any]]:
    found = list(_find_clauses(sentence, clause))
    names = {fold_key(name): name for name in (*fields, LABEL)}
    if found[0].start() > 0:
        raise _NoRow(f"words before the first field: {sentence[: found[0].start()][:60]!r}")
    values: dict[str, Any] = {}
    for one, end in zip(found, [*(next.start() for next in found[1:]), len(sentence)], strict=True):
        name = names[fold_key(one[1])]
        if name in values:
            raise _NoRow(f"{name} stands twice")
        values[name] = _read_value(sentence[one.end() : end], name, fields.get(name), language)
    return values.items()


def _find_clauses(sentence: str, clause: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the beginnings of clauses that stand outside of quoted values."""
    at = 0
    while found := clause.search(sentence, at):
        yield found
        at = found.end()
        if quoted := re.compile(r'"(?:[^"\\]|\\.)*"').match(sentence, at):
            at = quoted.end()


def _read_value(said: str, name: str, field: TypedField | None, language: str) -> Any:
    text = re.sub(r"[\s.;,*]+$", "", said.strip()) if not said.strip().endswith('"') else said.strip()
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            raise _NoRow(f"{name} is {text[:60]!r}: the quotes are broken") from None
    if field is None or not text:
        return text
    if text.casefold() == UNKNOWN and UNKNOWN not in map(str.casefold, field.values):
        return None
    if field.type in ("integer", "number") and not is_missing(text, field):
        try:
            return read_number_text(text, getattr(field, "unit", ""), language)
        except NotANumber as fault:
            raise _NoRow(f"{name}: {fault}") from None
    return text
