"""The models ``replay/FILE``: answers that a model gave earlier, returned again unchanged.

With a mapping the file holds records of text and label, and the rows of an answer are its records. Without one it holds
recorded completions: records with "messages", "text" (or "completion") and, unless it is "stop", "finish_reason".
"""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pedigree.dataset.label_values import name_label, read_label
from pedigree.dataset.record_files import name_place, read_records
from pedigree.errors import MissingRecording, RecipeError
from pedigree.ids import prompt_id
from pedigree.models.offline.model import OfflineAnswer, make_answer
from pedigree.models.offline.prompt_reader import read_content
from pedigree.recipe.content.replay import Replay

I = TypeVar("I")  # noqa: E741
_ASKED = re.compile(r"^Label: (?P<label>.*)\nRecords: (?P<first>\d{1,12}) to (?P<last>\d{1,12})$", re.MULTILINE)


def answer_replay(path: Path, mapping: Replay | None, messages: list[dict], sample: int = 0) -> OfflineAnswer:
    """Return what a file answers to a prompt; the file is read once per process, and again where it has changed.

    With a mapping, the records that prompts/replay.j2 asks for, as ``{"rows": [...]}`` (none past the end of the file);
    without, the recording number ``sample`` (from 0) of these messages. Raises RecipeError, naming the line, for a
    record that lacks a key or has an unknown label, and MissingRecording.
    """
    if mapping is None:
        return _answer_recorded(path, messages, sample)
    asked = _ASKED.search("\n".join(map(read_content, messages)))
    if asked is None:
        raise RecipeError(
            "a prompt of strategy replay does not say which records",
            expected='the lines "Label: ..." and "Records: a to b", as prompts/replay.j2 writes them',
        )
    of_label = read_rows(path, mapping).get(asked["label"], [])
    rows = of_label[max(int(asked["first"]) - 1, 0) : int(asked["last"])]
    return make_answer(json.dumps({"rows": rows}, ensure_ascii=False), messages)


def read_rows(path: Path, mapping: Replay) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a replayed file, unchanged and in file order, by label of the recipe."""
    return _read_once(path, mapping.model_dump_json(), _index_rows)


def _index_rows(path: Path, mapping_json: str) -> dict[str, list[dict[str, Any]]]:
    mapping = Replay.model_validate_json(mapping_json)
    rows: dict[str, list[dict[str, Any]]] = {}
    for line, record in read_records(path):
        where = name_place(path, line)
        row = {}
        for field, key in mapping.fields.items():
            if record.get(key) is None:
                raise RecipeError(
                    f"{where}: no {key!r}", expected=f"the field {field!r} under this key in every record"
                )
            row[field] = record[key]
        rows.setdefault(_read_label(record, mapping, where), []).append(row)
    return rows


def _read_label(record: dict, mapping: Replay, where: str) -> str:
    """Return a record's label as the recipe names it; a mapping of labels must cover every label."""
    said, known = record.get(mapping.label), sorted({*mapping.labels, *mapping.labels.values()})
    label = read_label(said, known) or name_label(said)
    if label is None:
        raise RecipeError(f"{where}: {mapping.label} is {said!r}", expected="a label: a text, a number, true or false")
    if mapping.labels and label not in known:
        raise RecipeError(
            f"{where}: unknown label {label!r}",
            expected=f"one of {', '.join(known)}",
            hint="add it to the generator's replay.labels, or remove the record",
        )
    return mapping.labels.get(label, label)


def _answer_recorded(path: Path, messages: list[dict], sample: int) -> OfflineAnswer:
    asked = prompt_id(messages)
    recorded = _read_once(path, "", _index_recordings).get(asked, [])
    if sample >= len(recorded):
        raise MissingRecording(
            f"{path} holds {len(recorded)} completions of prompt {asked}, number {sample + 1} was asked for",
            hint="record it, or ask the model itself",
        )
    text, reason = recorded[sample]
    return make_answer(text, messages, reason=reason)


def _index_recordings(path: Path, _: str) -> dict[str, list[tuple[str, str]]]:
    recorded: dict[str, list[tuple[str, str]]] = {}
    for line, record in read_records(path):
        messages, text = record.get("messages"), record.get("text", record.get("completion"))
        if not isinstance(messages, list) or not isinstance(text, str):
            raise RecipeError(
                f"{name_place(path, line)}: no recorded completion",
                expected='the keys "messages" and "text"',
                hint="records of text and label need strategy replay and the key replay",
            )
        recorded.setdefault(prompt_id(messages), []).append((text, str(record.get("finish_reason") or "stop")))
    return recorded


def _read_once(path: Path, mapping: str, index: Callable[[Path, str], I]) -> I:
    try:
        stat = path.stat()
    except OSError:
        return index(path, mapping)  # which says what is wrong
    return _read_cached(path, stat.st_mtime_ns, stat.st_size, mapping, index)


@functools.lru_cache(maxsize=8)
def _read_cached(path: Path, mtime_ns: int, size: int, mapping: str, index: Callable[[Path, str], I]) -> I:
    return index(path, mapping)
