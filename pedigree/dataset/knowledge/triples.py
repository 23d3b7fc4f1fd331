"""Reads a file of triples: records with head, relation and tail, or assertions of ConceptNet 5."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pedigree.dataset.record_bytes import BINARY, find_kind, read_bytes
from pedigree.dataset.record_files import name_place, read_records
from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import RecipeError, join_errors
from pedigree.recipe.content.knowledge import KnowledgeSettings

COLUMNS = ("head", "relation", "tail")
MAX_CHARS = 200  # of a part of a triple
MAX_WRONG = 20  # wrong records that an error names
EXPECTED = "records with the columns head, relation and tail, or lines of ConceptNet's assertions"


class Triple(NamedTuple):
    """A fact: two concepts in plain words, and the name of the relation between them."""

    head: str
    relation: str
    tail: str

    def __str__(self) -> str:
        """Return the triple as tables and the report show it."""
        return f"({self.head}, {self.relation}, {self.tail})"


@dataclass
class TripleFile:
    """The different triples of a file, in its order, and how many lines were left out, by reason.

    ``lines`` counts all records; reasons are "duplicate", "another language", "another relation", "low weight".
    """

    lines: int = 0
    triples: list[Triple] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def relations(self) -> Counter[str]:
        """Return how many triples each relation has, in the file's order."""
        return Counter(one.relation for one in self.triples)


class _WrongLine(ValueError):
    """A line that is no triple: what was found, and what was expected."""

    def __init__(self, found: str, expected: str):
        super().__init__(found)
        self.expected = expected


class _Line(NamedTuple):
    place: int
    triple: Triple
    weight: float | None
    languages: tuple[str, ...]


def read_triples(path: Path, settings: KnowledgeSettings, language: str) -> TripleFile:
    """Return the triples of a file that the settings allow; two that differ in case or spacing alone are one.

    ``language`` is the recipe's. Raises RecipeError, with the place, for a file that cannot be read, a record without
    all parts, an unknown relation, a weight that is no number, or no triple that is left.
    """
    found, seen, known = TripleFile(), set(), Counter()
    wanted, spoken = {*settings.relations}, settings.language or language
    for one in _read_lines(path):
        found.lines += 1
        known[one.triple.relation] += 1
        key = tuple(part.casefold() for part in one.triple)
        if any(of != spoken for of in one.languages):
            found.left_out["another language"] += 1
        elif wanted and one.triple.relation not in wanted:
            found.left_out["another relation"] += 1
        elif settings.least_weight is not None and _weigh(one, path) < settings.least_weight:
            found.left_out["low weight"] += 1
        elif key in seen:
            found.left_out["duplicate"] += 1
        else:
            seen.add(key)
            found.triples.append(one.triple)
    if not found.lines:
        raise RecipeError(f"{path}: no triples", expected=EXPECTED, hint="write some, or name another file")
    for key in ("relations", "sentences"):
        if missing := [one for one in getattr(settings, key) if one not in known]:
            most = ", ".join(name for name, _ in known.most_common(12))
            raise RecipeError(
                f"{path} has no relation {missing[0]!r}, which the recipe names under knowledge.{key}",
                expected=f"a relation of the file: {most}{', ...' if len(known) > 12 else ''}",
                hint="correct its name; upper and lower case count",
            )
    if not found.triples:
        why = ", ".join(f"{count:,} {reason}" for reason, count in found.left_out.items())
        raise RecipeError(
            f"{path}: none of its {found.lines:,} triples can be used: {why}",
            hint="change language, relations or least_weight under 'knowledge', or name another file",
        )
    return found


def _weigh(one: _Line, path: Path) -> float:
    if one.weight is None:
        raise RecipeError(
            f"{name_place(path, one.place)}: no weight, and the recipe names knowledge.least_weight",
            expected="a column weight, or ConceptNet's weights",
            hint="leave least_weight out",
        )
    return one.weight


def _read_lines(path: Path) -> list[_Line]:
    """Return the lines of a file; raise RecipeError for the wrong ones together, of many the first."""
    assertions = None if find_kind(path) in BINARY else _find_assertions(path)
    if assertions is None:
        readers = ((place, partial(_read_record, place, record)) for place, record in read_records(path))
    else:
        readers = ((place, partial(_read_assertion, place, columns)) for place, columns in assertions)
    lines, wrong = [], []
    for place, read in readers:
        try:
            lines.append(read())
        except _WrongLine as error:
            where = f"{path}, line {place}" if assertions else name_place(path, place)
            wrong.append(RecipeError(f"{where}: {error}"[:300], expected=error.expected))
            if len(wrong) == MAX_WRONG:
                break
    if wrong:
        raise join_errors(wrong)
    return lines


def _find_assertions(path: Path) -> Iterable[tuple[int, list[str]]] | None:
    """Return the lines of ConceptNet's assertions with their numbers; None for a file of another form."""
    data = read_bytes(path)
    if not data.lstrip(b"\xef\xbb\xbf\r\n \t").startswith(b"/a/"):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: byte {error.start} is not UTF-8", hint="save the file as UTF-8") from None
    return _split(text)


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r").split("\t")


def _read_assertion(place: int, columns: list[str]) -> _Line:
    """Return a line "/a/... <tab> /r/RELATION <tab> /c/LANGUAGE/words <tab> /c/LANGUAGE/words <tab> {JSON}"."""
    if len(columns) not in (4, 5) or not columns[1].startswith("/r/"):
        raise _WrongLine(f"{len(columns)} columns", "the five columns of ConceptNet's assertions")
    weight = None
    if len(columns) == 5:
        try:
            weight = json.loads(columns[4]).get("weight")
        except (ValueError, AttributeError, RecursionError):
            raise _WrongLine(f"the fifth column is {columns[4][:60]!r}", "a JSON object") from None
    concepts = [_read_concept(one) for one in columns[2:4]]
    triple = _make_triple(concepts[0][1], columns[1][3:], concepts[1][1])
    return _Line(place, triple, _read_weight(weight), tuple(language for language, _ in concepts))


def _read_concept(address: str) -> tuple[str, str]:
    """Return language and words of "/c/en/hot_dog/n/wn/food"; anything else, such as a web address, has no language."""
    parts = address.split("/", 4)
    if len(parts) < 4 or parts[:2] != ["", "c"]:
        return "", address
    return parts[2], parts[3].replace("_", " ")


def _read_record(place: int, record: dict[str, Any]) -> _Line:
    for name in COLUMNS:
        if name not in record:
            keys = ", ".join(map(repr, [*record][:6])) or "nothing"
            raise _WrongLine(f"no {name!r} among {keys}", EXPECTED)
    triple = _make_triple(record["head"], record["relation"], record["tail"])
    return _Line(place, triple, _read_weight(record.get("weight")), ())


def _make_triple(*parts: Any) -> Triple:
    return Triple(*(_clean(name, part) for name, part in zip(COLUMNS, parts, strict=True)))


def _clean(name: str, part: Any) -> str:
    text = " ".join(part.split()) if isinstance(part, str) else str(part) if type(part) in (int, float) else ""
    if not text:
        raise _WrongLine(f"{name} is {part!r}", "a text")
    if len(text) > MAX_CHARS:
        raise _WrongLine(f"{name} has {len(text):,} characters", f"at most {MAX_CHARS}")
    if not text.isprintable() or UNSTORABLE.search(text):
        raise _WrongLine(f"{name} holds a character that cannot be seen: {text!r}", "a text")
    return text


def _read_weight(weight: Any) -> float | None:
    if weight is None or weight == "":
        return None
    try:
        value = float(weight)
    except (TypeError, ValueError):
        value = -1.0
    if not 0 <= value < float("inf"):
        raise _WrongLine(f"weight is {weight!r}", "a number, at least 0")
    return value
