"""A ledger's records are checked, each by itself and against the table; what can't be checked is said."""

import json
from dataclasses import replace

import pytest

from pedigree.errors import LinkError
from pedigree.ids import sha256_of
from pedigree.ledger.completion import Completion, to_frame
from pedigree.ledger.ledger import Ledger
from pedigree.ledger.ledger_check import check_ledger
from pedigree.ledger.segments import encode
from pedigree.system.append_log import encode_record

BASE = Completion(sha256_of(0), "p", 0, "m", "m-1", "{}", "{}", "yes", "stop", 10, 20, None, 0.1, "r1")
ANSWER = replace(BASE, tokens_total=30, other_fields='{"reasoning": "x"}')
FAILURE = replace(BASE, completion_id=sha256_of(1), text=None, failure="timeout", response_id=None)
UNUSED = replace(BASE, completion_id=sha256_of(2), text="of another dataset")


@pytest.fixture
def folder(tmp_path):
    with Ledger(tmp_path) as ledger:
        for one in (ANSWER, FAILURE, UNUSED):
            ledger.append(one)
    return tmp_path


def check(folder):
    return check_ledger(folder, to_frame([ANSWER, FAILURE]))


def forge(folder, old, new):
    [segment] = folder.glob("*.ledger")
    data = segment.read_bytes()
    assert data.count(old) == 1
    segment.write_bytes(data.replace(old, new))


def test_whole_records_are_counted_and_what_no_table_holds_is_said_to_be_unchecked(folder, tmp_path):
    assert check(folder) == (
        "2 of 2 completions stand in the ledger as in completions.parquet; 1 further records are of no completion of "
        "this dataset: their checksums match, what they say is not checked"
    )
    assert check_ledger(folder, to_frame([ANSWER, FAILURE, UNUSED])).endswith("as in completions.parquet")
    assert check(tmp_path / "none") == "there is no ledger here: its records are not checked"


@pytest.mark.parametrize("record", [ANSWER, FAILURE, UNUSED])
@pytest.mark.parametrize("byte", [0, 20, 74, 200, -2])
def test_a_changed_byte_is_found_in_every_record(folder, record, byte):
    line = bytearray(encode(record))
    line[byte] ^= 1
    forge(folder, encode(record), bytes(line))
    with pytest.raises(LinkError, match=r"^ledger: .*damaged: \d+ bytes that do not match their checksum") as error:
        check(folder)
    assert "pedigree ledger export FILE" in error.value.hint


def test_a_segment_of_another_format_is_found(folder):
    forge(folder, b"pedigree-ledger 1", b"pedigree-ledger 2")
    with pytest.raises(LinkError, match=r"^ledger: .*unread: format 2"):
        check(folder)


@pytest.mark.parametrize(
    "record, change, said",
    [
        (ANSWER, {"text": "no"}, "text is 'no'\n  expected: 'yes', as completions.parquet says"),
        (ANSWER, {"cost_usd": None}, "cost_usd is None\n  expected: 0.1"),
        (FAILURE, {"failure": "refusal"}, "failure is 'refusal'\n  expected: 'timeout'"),
    ],
)
def test_a_forged_record_with_a_right_checksum_is_found_by_the_table(folder, record, change, said):
    forge(folder, encode(record), encode(replace(record, **change)))
    with pytest.raises(LinkError, match=f"^ledger: .*completion {record.completion_id}: ") as error:
        check(folder)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "line", [b"0" * 64 + b" +", UNUSED.completion_id.encode() + b" -"], ids=["another id", "another mark"]
)
def test_a_record_that_stands_under_another_id_or_mark_is_found(folder, line):
    body = json.dumps(UNUSED.to_record(), sort_keys=True, separators=(",", ":")).encode()
    forge(folder, encode(UNUSED), encode_record(line + b" " + body))
    with pytest.raises(LinkError, match=f"^ledger: .*the record of {UNUSED.completion_id} stands as"):
        check(folder)


def test_another_answer_of_the_provider_is_told_and_no_contradiction(folder):
    forge(folder, encode(ANSWER), encode(replace(ANSWER, text="no", response_id="r2")))
    assert check(folder).startswith(
        "1 of 2 completions stand in the ledger as in completions.parquet; of 1 it holds another answer, with another "
        "response_id: a run would use that; 1 further records"
    )
    with Ledger(folder) as ledger:
        ledger.append(ANSWER)
    assert check(folder).startswith("2 of 2 completions stand in the ledger as in completions.parquet; 1 further")


def test_a_torn_tail_loses_nothing(folder):
    forge(folder, encode(UNUSED), encode(UNUSED)[:90])
    assert check(folder) == "2 of 2 completions stand in the ledger as in completions.parquet"
