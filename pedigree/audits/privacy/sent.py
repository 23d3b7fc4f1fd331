"""What was sent to models, word for word, and which rows of people stand in it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.audits.privacy.typed_sent import find_sent_lines
from pedigree.curation.words import cut_words
from pedigree.dataset.examples import Example
from pedigree.dataset.results import GateResult
from pedigree.dataset.schemas import read_table
from pedigree.job import Job
from pedigree.recipe.judge import JUDGE

SENT_RUN = 6  # words in a row that are taken for a quotation
MIN_WORDS = 3  # of a row: shorter ones stand in other texts by chance
MAX_SHOWN = 3
Messages = Sequence[Mapping[str, str]]  # of one prompt


@dataclass(frozen=True)
class SentRows:
    """How many of ``people`` rows stand in the messages of ``prompts`` prompts; ``files`` counts them by their file."""

    prompts: int
    people: int
    rows: int
    files: dict[str, int]
    examples: list[str]


def list_messages(job: Job, more: Sequence[Messages] = ()) -> list[tuple[str, str, int]] | None:
    """Return role, text and number of prompts of each different message, the most frequent first.

    Those to the generators, and of ``more`` prompts. What a model itself wrote in an earlier turn is left out, and so
    are judges' prompts. None without a table of prompts.
    """
    written = _list_written(job)
    return None if written is None else _count([*written, *more])


def _list_written(job: Job) -> list[Messages] | None:
    """Return the messages of each prompt to a generator; None without a table of prompts."""
    path = job.table("prompts")
    if not path.is_file():
        return None
    return [json.loads(one) for one in read_table(path).filter(pl.col("strategy") != JUDGE)["messages"]]


def _count(prompts: Sequence[Messages]) -> list[tuple[str, str, int]]:
    counts = Counter(
        (message["role"], message["content"])
        for messages in prompts
        for message in messages
        if message["role"] != "assistant"
    )
    return [(role, text, count) for (role, text), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def find_sent_rows(job: Job, more: Sequence[Messages] = ()) -> SentRows | None:
    """Look for the rows of people (seeds, real, dev and held-out rows, corpora) in what was sent; None if unknown.

    ``more`` are the messages of prompts that are in no table.
    """
    written = _list_written(job)
    if written is None:
        return None
    sent = [*written, *more]
    prompts, messages, people = len(sent), _count(sent), _list_people(job)
    found = _find_values(messages, people) if job.recipe.tabular else _find_runs(messages, people)
    files = Counter(path for path, _ in found)
    examples = [f"{path}, line {one.line}" for path, one in found[:MAX_SHOWN]]
    return SentRows(prompts, len(people), len(found), dict(files), examples)


def _find_values(messages: list[tuple[str, str, int]], people: list[tuple[str, Example]]) -> list[tuple[str, Example]]:
    """Return the rows of people whose values all stand in one line of a message."""
    sent = find_sent_lines([text for _, text, _ in messages], [one.fields for _, one in people])
    return [row for row, is_sent in zip(people, sent, strict=True) if is_sent]


def _find_runs(messages: list[tuple[str, str, int]], people: list[tuple[str, Example]]) -> list[tuple[str, Example]]:
    """Return the rows of people of which a run of words stands in a message."""
    sent = _cut([text for _, text, _ in messages])
    runs = {size: {run for words in sent for run in _list_runs(words, size)} for size in range(MIN_WORDS, SENT_RUN + 1)}
    found: list[tuple[str, Example]] = []
    cut = _cut([_join(one) for _, one in people])
    for (path, one), words in zip(people, cut, strict=True):
        size = min(len(words), SENT_RUN)
        if size >= MIN_WORDS and not runs[size].isdisjoint(_list_runs(words, size)):
            found.append((path, one))
    return found


def describe_sent_rows(found: SentRows) -> str:
    """Return the finding as a part of a sentence."""
    files = "".join(f"; {count:,} of {path}" for path, count in found.files.items())
    return f"{found.rows:,} of {found.people:,} rows of people stand in {found.prompts:,} prompts{files}"


def make_private_gate(job: Job) -> GateResult:
    """Return the gate of a private recipe: no row of people stands in a prompt; unknown without prompts."""
    found = find_sent_rows(job)
    message = "There is no table of prompts" if found is None else describe_sent_rows(found)
    if found and found.examples:
        message += f": {', '.join(found.examples)}. A definition, an attribute or a template may quote them"
    return GateResult(
        name="people's rows sent to a model",
        severity="critical",
        passed=None if found is None else not found.rows,
        figure=found.rows if found else None,
        limit=0,
        message=message,
    )


def _list_people(job: Job) -> list[tuple[str, Example]]:
    """Return file and row of all rows of people, each text once."""
    recipe = job.recipe
    given: list[tuple[str | None, Iterable[Example]]] = [
        (recipe.seed_file, job.seeds), (recipe.real, job.real), (recipe.dev, job.dev), (recipe.held_out, job.held_out),
        *job.corpora.items(),
    ]  # fmt: skip
    rows = {_join(one): (path or "", one) for path, some in given for one in some}
    return list(rows.values())


def _join(one: Example) -> str:
    return "\n".join(str(value) for value in one.fields.values())


def _cut(texts: list[str]) -> list[list[str]]:
    return cut_words(pl.Series("text", texts, pl.String)).to_list()


def _list_runs(words: list[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(words[place : place + size]) for place in range(len(words) - size + 1))
