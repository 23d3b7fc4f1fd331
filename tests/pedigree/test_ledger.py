"""The ledger keeps what was paid for, through torn tails, damaged records, full disks and several writers."""

import dataclasses
import os

import pytest

from pedigree.completions import Completion
from pedigree.errors import LedgerError
from pedigree.ids import sha256_of
from pedigree.ledger import Ledger


def completion(number, failure=None, text="écrit \x00 \ud800 \n ok"):
    return Completion(
        sha256_of(number),
        "p" * 64,
        0,
        "m",
        "m-1",
        "{}",
        "{}",
        None if failure else text,
        "stop",
        1,
        2,
        None,
        None,
        "r1",
        failure,
    )


def test_what_was_appended_is_read_back_as_it_was(tmp_path):
    written = [completion(n) for n in range(50)]
    with Ledger(tmp_path) as ledger:
        for one in written:
            ledger.append(one)
        assert [ledger.get(one.completion_id) for one in written] == written
    again = Ledger(tmp_path)
    assert [again.get(one.completion_id) for one in written] == written
    assert len(again) == 50 and again.troubles == []


def test_a_ledger_that_is_only_read_makes_no_file(tmp_path):
    with Ledger(tmp_path / "none") as ledger:
        assert ledger.get("0" * 64) is None
    assert not (tmp_path / "none").exists()


def test_an_answer_counts_before_a_failure_and_the_first_answer_stays(tmp_path):
    first, second, failed = completion(1, text="first"), completion(1, text="second"), completion(1, failure="timeout")
    with Ledger(tmp_path) as ledger:
        ledger.append(failed)
        assert ledger.holds(failed.completion_id) and not ledger.holds(failed.completion_id, answered=True)
        for one in (first, second, failed):
            ledger.append(one)
    assert Ledger(tmp_path).get(first.completion_id).text == "first"


def test_a_torn_tail_is_reported_and_loses_only_itself(tmp_path):
    with Ledger(tmp_path) as ledger:
        for n in range(3):
            ledger.append(completion(n))
    segment = next(tmp_path.glob("*.ledger"))
    segment.write_bytes(segment.read_bytes()[:-10])
    ledger = Ledger(tmp_path)
    assert len(ledger) == 2 and [(t.kind, t.line) for t in ledger.troubles] == [("torn", 4)]


@pytest.mark.parametrize("byte", [0, 9, 40, 74, 90, -3])
def test_any_changed_byte_of_a_record_is_found_and_loses_only_that_record(tmp_path, byte):
    with Ledger(tmp_path) as ledger:
        for n in range(3):
            ledger.append(completion(n))
    segment = next(tmp_path.glob("*.ledger"))
    lines = segment.read_bytes().splitlines(keepends=True)
    damaged = bytearray(lines[2])
    damaged[byte] ^= 1
    lines[2] = bytes(damaged)
    segment.write_bytes(b"".join(lines))
    ledger = Ledger(tmp_path)
    assert len(ledger) == 2 and [(t.kind, t.line) for t in ledger.troubles] == [("damaged", 3)]


def test_a_segment_that_never_got_its_header_is_passed_over(tmp_path):
    (tmp_path / "a.ledger").write_bytes(b"pedigree-led")
    (tmp_path / "b.ledger").write_bytes(b"")
    assert len(Ledger(tmp_path)) == 0


@pytest.mark.parametrize("content, says", [(b"pedigree-ledger 2\n", "format 2"), (b"hello\n", "no ledger segment")])
def test_a_newer_format_and_a_stray_file_are_refused(tmp_path, content, says):
    (tmp_path / "a.ledger").write_bytes(content)
    with pytest.raises(LedgerError, match=says):
        Ledger(tmp_path)


def test_two_writers_have_a_segment_each(tmp_path):
    with Ledger(tmp_path) as one, Ledger(tmp_path) as other:
        one.append(completion(1))
        other.append(completion(2))
    assert len(list(tmp_path.glob("*.ledger"))) == 2 and len(Ledger(tmp_path)) == 2


def test_a_full_disk_is_said_and_leaves_whole_records_only(tmp_path, monkeypatch):
    real, room = os.write, [400]

    def write(descriptor, data):
        if room[0] <= 0:
            raise OSError(28, "No space left on device")
        written = real(descriptor, data[: room[0]])
        room[0] -= written
        return written

    with Ledger(tmp_path) as ledger:
        ledger.append(completion(0))
        monkeypatch.setattr(os, "write", write)
        with pytest.raises(LedgerError, match="No space left"):
            ledger.append(completion(1))
        monkeypatch.undo()
        ledger.append(completion(2))
    ledger = Ledger(tmp_path)
    assert ledger.troubles == [] and [ledger.holds(completion(n).completion_id) for n in range(3)] == [
        True,
        False,
        True,
    ]


def test_completions_of_a_pulled_version_are_adopted_once(tmp_path):
    pulled = [completion(n) for n in range(5)]
    with Ledger(tmp_path) as ledger:
        ledger.append(dataclasses.replace(pulled[0]))
        assert ledger.adopt(pulled) == 4 and ledger.adopt(pulled) == 0
