"""What a prompt asks for, read from its named lines as the built-in templates write them."""

import copy
import json
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pedigree.models.offline.tables import read_shown_rows

# What a prompt of whatever origin can make this model do at most.
MAX_ROWS, MAX_CHARS, LARGEST_NUMBER = 200, 20_000, 1e15
COPIED_RUN = 5
FIRST_DAY, YEAR = date(2024, 1, 1).toordinal(), 365  # where a prompt gives dates no limits
LACKING = " (a row may lack it)"
_LINE = re.compile(r"^([A-Z][a-z]+)(?: (\w{1,80}))?:[ \t]*(.*)$", re.MULTILINE)
_AVOID = re.compile(r"^- Avoid: (.*)$", re.MULTILINE)
_NAMED = re.compile(r"(.+?) \((.*)\)")
_MORE = re.compile(r"\bWrite (\d{1,4}) more rows\b")
_CHARS = re.compile(r"(?:^|; )(\d{1,9}) to (\d{1,9}) characters$")
_NUMBER = re.compile(r"(?:^|; )a (whole )?number(?: from (\S+))?(?: to (\S+))?$")
_DATE = re.compile(r"(?:^|; )a date as YYYY-MM-DD(?: from (\S+))?(?: to (\S+))?$")
_MISSING = re.compile(r"(?:^|; )null if it is not known, as in (\d[\d.]*(?:e-\d+)?) of all rows; ")
_TRUTH = re.compile(r"(?:^|; )true or false$")
_ONE_OF = re.compile(r"(?:^|; )one of (\[.+\])$")


class Brief:
    """The named lines of a prompt: "Name: value", or "Name which: value"."""

    def __init__(self, text: str):
        self._lines = [(name, which, value.strip()) for name, which, value in _LINE.findall(text)]

    def first(self, name: str) -> str:
        """Return the value of the first line of a name, or nothing."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Return the values of all lines of a name."""
        return [value for _, value in self.numbered(name)]

    def numbered(self, name: str) -> list[tuple[str, str]]:
        """Return what stands after the name, and the value, of all lines of a name."""
        return [(which, value) for one, which, value in self._lines if one == name]

    def meanings(self, name: str) -> list[tuple[str, str]]:
        """Return class and meaning of all lines of a name that have the form "Name: class (meaning)"."""
        return [(found[1], found[2]) for value in self.all(name) if (found := _NAMED.fullmatch(value))]

    def objects(self, name: str) -> list[dict[str, Any]]:
        """Return the JSON objects of all lines of a name."""
        found = map(_read_json, self.all(name))
        return [value for value in found if isinstance(value, dict) and value]


@dataclass(frozen=True)
class AskedField:
    """A field of a row and its limits: characters of a text, the range of a number, or of a date's day number."""

    name: str
    kind: str = "text"
    low: float = 1
    high: float = 2000
    values: tuple[str, ...] = ()
    missing: float = 0.0  # share of the rows that have no value


class Request:
    """A request for rows of a label.

    ``attributes`` and ``values`` of slots are by the row's number; ``slots`` are what each is and whether a row may
    lack it; ``written``: the rows of earlier turns.
    """

    def __init__(self, brief: Brief, messages: list[dict]):
        more = _MORE.search(read_content(messages[-1]))
        rows = more[1] if more else brief.first("Rows")
        self.task, self.label, self.definition = brief.first("Task"), brief.first("Label"), brief.first("Definition")
        self.unlike = brief.meanings("Not")
        self.members = brief.meanings("Shows")
        self.language, self.topic, self.case = (brief.first(name) for name in ("Language", "Topic", "Case"))
        self.fields = [_read_field(*found) for found in brief.numbered("Field")] or [AskedField("text")]
        self.texts = [field for field in self.fields if field.kind == "text"]
        self.rows = min(int(rows), MAX_ROWS) if re.fullmatch(r"\d{1,9}", rows) else 1
        shown = brief.objects("Shot") or read_shown_rows(brief.all("Shot"), brief.first("Columns"), self.fields)
        self.shots, self.sources = shown, brief.objects("Source")
        self.rules = brief.all("Rule")
        self.person = _read_pairs(brief.first("Person"))
        self.attributes = {row: _read_pairs(said) for row, said in brief.numbered("Row")}
        self.slots = {
            name: (says.removesuffix(LACKING), says.endswith(LACKING)) for name, says in brief.numbered("Slot") if name
        }
        given = ((row, _read_json(said)) for row, said in brief.numbered("Values"))
        self.values = {row: value for row, value in given if isinstance(value, dict)}
        told = _AVOID.findall("\n".join(map(read_content, messages)))  # in instructions
        avoid = [*brief.all("Avoid"), *told]
        self.avoid = [word.strip() for said in avoid for word in said.split(",") if word.strip()]
        self.written = "\n".join(read_content(one) for one in messages if one.get("role") == "assistant")

    def but(self, **changes: Any) -> "Request":
        """Return a copy with some of its values changed."""
        other = copy.copy(self)
        vars(other).update(changes)
        return other

    @property
    def names(self) -> list[str]:
        """Return the labels that no row may name."""
        return [label for label, _ in self.members] or [self.label]

    def attributes_of(self, place: int) -> dict[str, str]:
        """Return what the row at ``place`` (from 0) is to show."""
        of_call = {**({"topic": self.topic} if self.topic else {}), **self.person}
        of_call |= {"case": self.case} if self.case else {}
        return {**of_call, **self.attributes.get(str(place + 1), {})}


def read_request(messages: list[dict]) -> Request | None:
    """Return what the messages ask for, or None where they name no label and so ask for no rows."""
    briefs = (Brief(read_content(message)) for message in messages)
    return next((Request(brief, messages) for brief in briefs if brief.first("Label")), None)


def read_content(message: dict) -> str:
    """Return the text of a message, whose content may be a text, a list of parts, or nothing."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def find_runs(text: str) -> set[str]:
    """Return every run of COPIED_RUN words in a text, in lower case."""
    words = re.findall(r"\w+", text.casefold())
    return {" ".join(words[at : at + COPIED_RUN]) for at in range(len(words) - COPIED_RUN + 1)}


def _read_field(name: str, says: str) -> AskedField:
    found = _MISSING.search(says)
    return replace(_read_kind(name, says), missing=min(float(found[1]), 1.0) if found else 0.0)


def _read_kind(name: str, says: str) -> AskedField:
    if found := _CHARS.search(says):
        low, high = sorted(min(int(chars), MAX_CHARS) for chars in found.groups())
        return AskedField(name, "text", low, high)
    if found := _NUMBER.search(says):
        low, high = _read_number(found[2]), _read_number(found[3])
        low = (0.0 if high is None else high - 100) if low is None else low
        return AskedField(name, "integer" if found[1] else "number", low, low + 100 if high is None else high)
    if found := _DATE.search(says):
        first, last = (_read_day(said) for said in found.groups())
        first = (FIRST_DAY if last is None else last - YEAR) if first is None else first
        return AskedField(name, "date", first, max(first, first + YEAR if last is None else last))
    if _TRUTH.search(says):
        return AskedField(name, "boolean")
    if (found := _ONE_OF.search(says)) and isinstance(values := _read_json(found[1]), list) and values:
        return AskedField(name, "category", values=tuple(map(str, values)))
    return AskedField(name)


def _read_number(said: str | None) -> float | None:
    value = _read_json(said or "")
    return float(min(max(value, -LARGEST_NUMBER), LARGEST_NUMBER)) if isinstance(value, int | float) else None


def _read_day(said: str | None) -> int | None:
    try:
        return date.fromisoformat(said or "").toordinal()
    except ValueError:
        return None


def _read_json(said: str) -> Any:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _read_pairs(said: str) -> dict[str, str]:
    return dict(part.strip().split(" = ", 1) for part in said.split("; ") if " = " in part.strip())
