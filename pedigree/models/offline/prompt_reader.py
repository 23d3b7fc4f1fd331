"""What a prompt asks for, read from its named lines as the built-in templates write them."""

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

# What a prompt of whatever origin can make this model do at most.
MAX_ROWS, MAX_CHARS, LARGEST_NUMBER = 200, 20_000, 1e15
COPIED_RUN = 5
_WORD = re.compile(r"\w+")
_NAMED = re.compile(r"^(Task|Label|Definition|Topic|Language|Rows):[ \t]*(.*)$", re.MULTILINE)
_NOT = re.compile(r"^Not:[ \t]*(.+?) \((.*)\)[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^Field ([a-z][a-z0-9_]*):[ \t]*(.*)$", re.MULTILINE)
_SHOT = re.compile(r"^Shot \d+:[ \t]*(\{.*\})[ \t]*$", re.MULTILINE)
_SOURCE = re.compile(r"^Source \d+:[ \t]*(\{.*\})[ \t]*$", re.MULTILINE)
_AVOID = re.compile(r"^Avoid:[ \t]*(.+)$", re.MULTILINE)
_ROW = re.compile(r"^Row (\d{1,4}):[ \t]*(.+)$", re.MULTILINE)
_MORE = re.compile(r"\bWrite (\d{1,4}) more rows\b")
_CHARS = re.compile(r"(?:^|; )(\d{1,9}) to (\d{1,9}) characters$")
_NUMBER = re.compile(r"(?:^|; )a (whole )?number(?: from (\S+))?(?: to (\S+))?$")
_ONE_OF = re.compile(r"(?:^|; )one of (\[.+\])$")


@dataclass(frozen=True)
class AskedField:
    """A field of a row and its limits: characters of a text, or the range of a number."""

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A request for rows of a label: at most one entry of ``attributes`` a row; ``written``: rows of earlier turns."""

    task: str
    label: str
    definition: str
    unlike: tuple[tuple[str, str], ...]
    language: str
    fields: tuple[AskedField, ...]
    rows: int
    shots: tuple[dict[str, Any], ...] = ()
    attributes: tuple[dict[str, str], ...] = ()
    written: str = ""
    topic: str = ""
    sources: tuple[dict[str, Any], ...] = ()
    avoid: tuple[str, ...] = ()

    @cached_property
    def shown(self) -> frozenset[str]:
        """Return the runs of words that the shots and sources hold."""
        texts = [text for shot in (*self.shots, *self.sources) for text in shot.values() if isinstance(text, str)]
        return frozenset(run for text in texts for run in find_runs(text))

    @property
    def texts(self) -> tuple[AskedField, ...]:
        """Return the fields that hold text."""
        return tuple(field for field in self.fields if field.kind == "text")

    def at(self, place: int) -> "Request":
        """Return the request of the row at ``place`` (from 0): its source is the shot that it follows."""
        return replace(self, shots=(self.sources[place % len(self.sources)],)) if self.sources else self

    def attributes_of(self, place: int) -> dict[str, str]:
        """Return what the row at ``place`` (from 0) is to show."""
        own = self.attributes[place] if place < len(self.attributes) else {}
        return {"topic": self.topic, **own} if self.topic else own


def read_request(messages: list[dict]) -> Request | None:
    """Return what the messages ask for, or None where they name no label and so ask for no rows."""
    brief = next(
        (text for text in map(read_content, messages) if re.search(r"^Label:[ \t]*\S", text, re.MULTILINE)), None
    )
    if brief is None:
        return None
    named: dict[str, str] = {}
    for name, value in _NAMED.findall(brief):
        named.setdefault(name, value.strip())
    return Request(
        task=named.get("Task", ""),
        label=named["Label"],
        definition=named.get("Definition", ""),
        unlike=tuple(_NOT.findall(brief)),
        language=named.get("Language", "en"),
        fields=tuple(_read_field(*found) for found in _FIELD.findall(brief)) or (AskedField("text", "text", 1, 2000),),
        rows=_count_rows(named.get("Rows", ""), read_content(messages[-1])),
        shots=tuple(shot for shot in map(_read_object, _SHOT.findall(brief)) if shot),
        attributes=_read_attributes(brief),
        topic=named.get("Topic", ""),
        sources=tuple(source for source in map(_read_object, _SOURCE.findall(brief)) if source),
        avoid=tuple(word.strip() for said in _AVOID.findall(brief) for word in said.split(",") if word.strip()),
        written="\n".join(read_content(message) for message in messages if message.get("role") == "assistant"),
    )


def read_content(message: dict) -> str:
    """Return the text of a message, whose content may be a text, a list of parts, or nothing."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def find_runs(text: str) -> set[str]:
    """Return every run of COPIED_RUN words in a text, in lower case."""
    words = _WORD.findall(text.casefold())
    return {" ".join(words[at : at + COPIED_RUN]) for at in range(len(words) - COPIED_RUN + 1)}


def _count_rows(asked: str, last: str) -> int:
    more = _MORE.search(last)
    said = more[1] if more else asked
    return min(int(said), MAX_ROWS) if re.fullmatch(r"\d{1,9}", said) else 1


def _read_field(name: str, says: str) -> AskedField:
    says = says.strip()
    if found := _CHARS.search(says):
        low, high = sorted(min(int(chars), MAX_CHARS) for chars in found.groups())
        return AskedField(name, "text", low, high)
    if found := _NUMBER.search(says):
        return AskedField(name, "integer" if found[1] else "number", _read_number(found[2]), _read_number(found[3]))
    if found := _ONE_OF.search(says):
        return AskedField(name, "category", values=_read_values(found[1]))
    return AskedField(name, "text", 1, 2000)


def _read_values(said: str) -> tuple[str, ...]:
    try:
        return tuple(map(str, json.loads(said)))
    except ValueError:
        return (said,)


def _read_number(said: str | None) -> float | None:
    try:
        return min(max(float(said), -LARGEST_NUMBER), LARGEST_NUMBER) if said else None
    except ValueError:
        return None


def _read_object(said: str) -> dict[str, Any] | None:
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read_attributes(brief: str) -> tuple[dict[str, str], ...]:
    rows: dict[int, dict[str, str]] = {}
    for number, said in _ROW.findall(brief):
        pairs = [part.split(" = ", 1) for part in said.split("; ") if " = " in part]
        rows.setdefault(int(number), {name.strip(): value.strip() for name, value in pairs})
    return tuple(rows.get(number, {}) for number in range(1, max(rows, default=0) + 1))
