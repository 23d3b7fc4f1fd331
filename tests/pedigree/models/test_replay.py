"""Replayed files: records of text and label, and recorded completions."""

import json
import os
from pathlib import Path

import pytest

from pedigree.errors import MissingRecording, RecipeError
from pedigree.ids import prompt_id
from pedigree.models import replay
from pedigree.models.replay import answer_replay, read_rows
from pedigree.recipe.generator import Replay
from tests.support.workspaces import REPOSITORY

MAPPING = Replay(fields={"text": "augmented"}, label="target", labels={"pos": "positive", "neg": "negative"})
RECORDS = [
    {"augmented": " fine\n", "target": "pos"},
    {"augmented": "bad", "target": "neg", "score": 1},
    {"augmented": "good", "target": "positive"},
]
REAL = Path(os.environ.get("PEDIGREE_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
PARROT = REAL / "llm" / "parrot" / "sentiment" / "balanced_llama-2-70b_augmented.json"


def ask(label: str, first: int, last: int) -> list[dict]:
    return [{"role": "user", "content": f"Label: {label}\nRecords: {first} to {last}"}]


def write(path: Path, records: list) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def serve(path: Path, label: str, first: int, last: int, mapping: Replay = MAPPING) -> list[dict]:
    return json.loads(answer_replay(path, mapping, ask(label, first, last)).text)["rows"]


def test_records_of_a_label_are_served_as_they_are(tmp_path):
    path = write(tmp_path / "said.jsonl", RECORDS)
    assert serve(path, "positive", 1, 10) == [{"text": " fine\n"}, {"text": "good"}]
    assert serve(path, "positive", 2, 2) == [{"text": "good"}]
    assert serve(path, "negative", 1, 1) == [{"text": "bad"}]


def test_past_the_end_and_for_an_absent_label_there_are_no_rows(tmp_path):
    path = write(tmp_path / "said.jsonl", RECORDS)
    assert serve(path, "positive", 3, 12) == serve(path, "neutral", 1, 9) == []


def test_arrays_and_csv_are_read_too(tmp_path):
    array, table = tmp_path / "said.json", tmp_path / "said.csv"
    array.write_text(json.dumps([{"augmented": "good", "target": 1}]))
    table.write_text('augmented,target\n"good, really",1\n')
    mapping = MAPPING.model_copy(update={"labels": {"1": "positive"}})
    assert serve(array, "positive", 1, 1, mapping) == [{"text": "good"}]
    assert serve(table, "positive", 1, 1, mapping) == [{"text": "good, really"}]


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"augmented": "x", "target": "other"}, "unknown label 'other'"),
        ({"augmented": "x"}, "target is None"),
        ({"augmented": "x", "target": True}, "unknown label 'true'"),
        ({"text": "x", "target": "pos"}, "no 'augmented'"),
        ({"augmented": None, "target": "pos"}, "no 'augmented'"),
    ],
)
def test_record_that_does_not_fit_names_its_line(tmp_path, record, says):
    path = write(tmp_path / "said.jsonl", [*RECORDS, record])
    with pytest.raises(RecipeError, match=f"said.jsonl, line 4: {says}"):
        serve(path, "negative", 1, 1)


def test_without_renames_a_label_is_what_the_file_says(tmp_path):
    path = write(tmp_path / "said.jsonl", RECORDS)
    by_label = read_rows(path, MAPPING.model_copy(update={"labels": {}}))
    assert {label: len(rows) for label, rows in by_label.items()} == {"pos": 1, "neg": 1, "positive": 1}


def test_file_is_read_once_and_again_where_it_changed(tmp_path, monkeypatch):
    path, reads = write(tmp_path / "said.jsonl", RECORDS), []
    read = replay.read_records
    monkeypatch.setattr(replay, "read_records", lambda path: reads.append(path) or read(path))
    assert len(serve(path, "positive", 1, 9)) + len(serve(path, "negative", 1, 9)) == 3
    assert len(reads) == 1
    write(path, RECORDS[:1])
    assert len(serve(path, "positive", 1, 9)) == 1
    assert len(reads) == 2


def test_absent_file_and_other_prompts_are_errors(tmp_path):
    with pytest.raises(RecipeError, match="no such file"):
        serve(tmp_path / "none.jsonl", "positive", 1, 1)
    with pytest.raises(RecipeError, match="does not say which records"):
        answer_replay(tmp_path / "none.jsonl", MAPPING, [{"role": "user", "content": "Label: positive"}])


def test_recorded_completions_are_served_by_messages_in_their_order(tmp_path):
    hello, bye = ([{"role": "user", "content": text}] for text in ("hello", "bye"))
    path = write(tmp_path / "recorded.jsonl", [
        {"messages": hello, "text": "one"},
        {"messages": bye, "completion": "other", "finish_reason": "length"},
        {"messages": hello, "text": "two"},
    ])  # fmt: skip
    assert [answer_replay(path, None, hello, sample).text for sample in (0, 1)] == ["one", "two"]
    assert answer_replay(path, None, bye).finish_reason == "length"
    with pytest.raises(MissingRecording, match=prompt_id(bye)):
        answer_replay(path, None, bye, 1)


def test_file_of_rows_without_a_mapping_says_what_is_missing(tmp_path):
    path = write(tmp_path / "said.jsonl", RECORDS)
    with pytest.raises(RecipeError, match="line 1: no recorded completion"):
        answer_replay(path, None, ask("positive", 1, 1))


@pytest.mark.skipif(not PARROT.is_file(), reason=f"{PARROT} is not here; PEDIGREE_TEST_DATA names a folder that has it")
def test_rows_that_a_real_model_wrote_are_all_served():
    mapping = Replay(fields={"text": "augmented_text"}, label="target")
    records = json.loads(PARROT.read_text(encoding="utf-8"))
    served = [
        (label, row["text"])
        for label in ("negative", "neutral", "positive")
        for row in serve(PARROT, label, 1, len(records), mapping)
    ]
    assert len(served) == len(records) > 4000
    assert sorted(served) == sorted((record["target"], record["augmented_text"]) for record in records)
    assert serve(PARROT, "neutral", 11, 20, mapping) == serve(PARROT, "neutral", 1, 100, mapping)[10:20]
