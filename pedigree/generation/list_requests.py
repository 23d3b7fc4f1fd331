"""List requests: lists that a generator asks its model for before its slots can be built, such as topics.

Their prompts are rows of the table ``prompts`` with a slot below 0 (turn counts the tries). A slot that uses an answer
names its completion among its parents. A request for the whole recipe has the label "".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pedigree.curation.answer_parser import CUT, read_answer
from pedigree.curation.answer_rows import fold_key
from pedigree.generation.slots import Slot, SlotContext
from pedigree.job import Job
from pedigree.recipe.generator import Generator
from pedigree.recipe.label_sets.names import split_labels
from pedigree.recipe.value_lists import is_line

MAX_TRIES = 4  # answers to one request; then the run stops
WRAPPED = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{+[^{}]*\}+")
PLACEHOLDER = re.compile(
    r"string|text|placeholder|lorem ipsum.*|todo|tbd|n a|etc|and so on|item(?: \d+)?|your text here"
)

Key = tuple[str, str, int, str]  # generator, label, place, language


@dataclass(frozen=True)
class ListRequest:
    """One list to ask for: ``count`` items, each an object with the key ``item``, at the slot ``place`` (below 0)."""

    generator: Generator
    label: str
    place: int
    template: str
    variables: dict[str, Any]
    item: str
    count: int
    parents: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()  # if given, the items are some of these, word for word
    language: str = ""  # of the slots that wait for it, where the recipe has several

    @property
    def least(self) -> int:
        """Return how many different items a usable answer has at least."""
        return 1 if self.choices else max(1, self.count // 2)

    @property
    def key(self) -> Key:
        """Return the identity of a request within a recipe."""
        return self.generator.title, self.label, self.place, self.language

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of an answer."""
        item = {
            "type": "object",
            "properties": {self.item: {"type": "string"}},
            "required": [self.item],
            "additionalProperties": False,
        }
        listed = {"type": "array", "items": item, "minItems": 1 if self.choices else self.count, "maxItems": self.count}
        return {"type": "object", "properties": {"items": listed}, "required": ["items"], "additionalProperties": False}

    @property
    def assumed(self) -> tuple[str, ...]:
        """Return a placeholder answer, used where only the size of later prompts matters."""
        return self.choices or tuple(f"some {self.item} number {number}" for number in range(1, self.count + 1))

    def read(self, text: str, finish_reason: str | None) -> tuple[str, ...] | str:
        """Return the items of an answer, in its order and none twice; or, as a phrase, why it is unusable.

        At least half of the requested items must be there; surplus items are dropped.
        """
        items = self.read_items(text, finish_reason)
        if isinstance(items, tuple) and len(items) < self.least:
            return f"it has {len(items)} different items, and {self.count} were asked for"
        return items[: self.count] if isinstance(items, tuple) else items

    def read_items(self, text: str, finish_reason: str | None) -> tuple[str, ...] | str:
        """Return the items of an answer, however few they are; or, as a phrase, why it is no list.

        Each object holds one text of one line and nothing else. A placeholder such as "..." is no item.
        """
        found = read_answer(text, frozenset({fold_key(self.item)}), finish_reason in CUT).found
        if finish_reason in CUT:
            return "it ends before the list does"
        if not found or any(one.broken for one in found):
            return "it is no JSON object of the form that was asked for"
        items: dict[str, str] = {}
        for one in found:
            value = next(iter(one.value.values())) if isinstance(one.value, dict) and len(one.value) == 1 else None
            if (
                not isinstance(value, str)
                or fold_key(next(iter(one.value))) != fold_key(self.item)
                or not is_line(value)
            ):
                return f"an object in it has other keys than {self.item!r}, or another value than a text of one line"
            items.setdefault(value.strip().casefold(), value.strip())
        if strange := [item for item in items.values() if self.choices and item not in self.choices]:
            return f"{strange[0]!r} in it is not on the list that was given"
        if unfilled := [item for item in items.values() if not self.choices and self._is_placeholder(item)]:
            return f"{unfilled[0]!r} in it is a placeholder"
        return tuple(items.values())

    def _is_placeholder(self, item: str) -> bool:
        """Return whether an item is the word of a template in place of a real one: "...", "<topic>", "topic 2"."""
        words = re.sub(r"[\W_]+", " ", item.casefold()).strip()
        names = rf"(?:your|some|an?|another|first|second|third|next|example|sample)? ?{re.escape(self.item.casefold())}"
        return bool(not words or WRAPPED.fullmatch(item) or PLACEHOLDER.fullmatch(words)) or bool(
            re.fullmatch(rf"{names}(?: (?:\d+|[a-z]|name|here|goes here))?", words)
        )


@dataclass(frozen=True)
class ListResult:
    """The usable answer to a list request."""

    values: tuple[str, ...]
    completion_id: str


ListResults = Mapping[Key, ListResult]


def find_topics(job: Job, slot: Slot, results: ListResults) -> SlotContext | list[ListRequest]:
    """Ask for a list of topics of the label, or of the whole task (Li et al. 2024, arXiv 2407.12813)."""
    generator = slot.generator
    if not isinstance(generator.topics, int):
        return SlotContext()
    of = slot.label if generator.topics_per == "label" else ""
    request = ListRequest(
        generator,
        of,
        -1,
        "prompts/ask-topics.j2",
        format_domain(job, of, generator.topics, slot.language),
        "topic",
        generator.topics,
        language=slot.language,
    )
    answer = results.get(request.key)
    return SlotContext({"topic": answer.values}, (answer.completion_id,)) if answer else [request]


def format_domain(job: Job, label: str, count: int, language: str) -> dict[str, Any]:
    """Return what every list request's template is given; ``classes`` are the label, or all labels if it is empty.

    ``language`` is that of the slots that wait, "" in a recipe of one.
    """
    labels = job.recipe.labels if label else job.recipe.single_labels
    names = [label] if label else list(labels)
    return {
        "task": job.recipe.task,
        "language": language or job.recipe.language,
        "classes": [{"label": name, "definition": labels[name].means} for name in names],
        "unlike": format_unlike(job, label) if label else [],
        "count": count,
    }


def format_unlike(job: Job, label: str) -> list[dict[str, str]]:
    """Return the labels that are easily confused with a label, or with one of a set, with their definitions."""
    labels, own = job.recipe.single_labels, [label]
    if job.recipe.labels_per_row is not None:
        own = split_labels(label)
    names = dict.fromkeys(name for one in own for name in labels[one].unlike if name not in own)
    return [{"label": name, "definition": labels[name].means} for name in names]
