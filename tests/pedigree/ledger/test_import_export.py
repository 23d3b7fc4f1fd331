"""A ledger travels as JSON lines or as a table, and says what it holds."""

import json
from dataclasses import asdict, replace

import pytest

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import write_table
from pedigree.errors import CommandError
from pedigree.ids import sha256_of
from pedigree.ledger.completion import Completion, to_frame
from pedigree.ledger.erasure import find_containing
from pedigree.ledger.import_export import ModelTotals, export_ledger, import_completions, sum_by_model
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.erasure_request import Row


def completion(number, model="a/x", cost=0.5, failure=None):
    text = None if failure else f"answer {number} \n “ü”"
    return Completion(
        sha256_of(number), "p" * 64, 0, model, model, "{}", "{}", text, "stop", 10, 5, None, cost, "r", failure
    )


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger") as ledger:
        for one in (completion(1), completion(2), completion(3, "b/y", None), completion(4, "b/y", failure="timeout")):
            ledger.append(one)
        yield ledger


def test_figures_are_summed_by_model_and_an_unknown_cost_stays_unknown(ledger):
    assert sum_by_model(ledger) == [ModelTotals("a/x", 2, 0, 30, 1.0), ModelTotals("b/y", 1, 1, 15, None)]


def test_what_is_exported_is_imported_elsewhere_once(ledger, tmp_path):
    assert export_ledger(ledger, tmp_path / "all.jsonl") == 4
    with Ledger(tmp_path / "other") as other:
        assert import_completions(other, tmp_path / "all.jsonl") == (4, 4)
        assert import_completions(other, tmp_path / "all.jsonl") == (0, 4)
        assert list(other) == list(ledger)


def test_other_fields_are_in_a_record_where_there_are_any_and_travel_with_it(ledger, tmp_path):
    thinking = replace(completion(7), other_fields='{"reasoning_content": "So “ü”"}')
    ledger.append(thinking)
    assert export_ledger(ledger, tmp_path / "all.jsonl") == 5
    records = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [record.get("other_fields") for record in records] == [None] * 4 + [thinking.other_fields]
    assert sum("other_fields" in record for record in records) == 1
    with Ledger(tmp_path / "other") as other:
        assert import_completions(other, tmp_path / "all.jsonl") == (5, 5) and list(other)[4] == thinking


def test_a_persons_words_are_found_in_other_fields_too():
    said = 'She said "no" to the offer, loudly.'
    called = {"tool_calls": [{"function": {"arguments": json.dumps({"text": said})}}], "reasoning_content": "Hm."}
    kept = [completion(1), replace(completion(2), other_fields=json.dumps(called))]
    row = Row("r", Example("r", {"text": said}, "cat", 1))
    assert find_containing(kept, row.texts) == {kept[1].completion_id}
    assert find_containing(kept, ["never said"]) == set()


def test_a_table_of_completions_is_taken_in_too(ledger, tmp_path):
    write_table(to_frame(list(ledger)), tmp_path / "completions.parquet")
    with Ledger(tmp_path / "other") as other:
        assert import_completions(other, tmp_path / "completions.parquet") == (4, 4)


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "[]", "{}", "1", '{"completion_id": "short"}', json.dumps({**asdict(completion(9)), "more": 1}),
     json.dumps({**asdict(completion(9)), "model": None}), json.dumps({**asdict(completion(9)), "text": 7}),
     json.dumps({**asdict(completion(9)), "completion_id": "x" * 64}), json.dumps({**asdict(completion(9)),
         "text": "\ud800"})],
)  # fmt: skip
def test_a_line_that_is_no_completion_is_named_and_nothing_is_taken_in(ledger, tmp_path, line):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(asdict(completion(5))) + "\n" + line + "\n")
    with pytest.raises(CommandError, match="line 2"):
        import_completions(ledger, path)
    assert len(ledger) == 4


def test_another_table_is_none_of_completions(ledger, tmp_path):
    write_table(to_frame(list(ledger)).drop("text"), tmp_path / "completions.parquet")
    with pytest.raises(CommandError, match="not a table of completions"):
        import_completions(ledger, tmp_path / "completions.parquet")
