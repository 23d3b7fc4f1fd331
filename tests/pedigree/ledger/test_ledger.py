"""The ledger keeps what was paid for, through torn tails, damaged records, full disks and several writers."""

import dataclasses
import logging
import os

import pytest

from pedigree.errors import LedgerError
from pedigree.ids import sha256_of
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger


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


def fill(folder, *numbers):
    with Ledger(folder) as ledger:
        for number in numbers:
            ledger.append(completion(number))


def test_what_was_appended_is_read_back_as_it_was(tmp_path):
    written = [completion(n) for n in range(50)]
    with Ledger(tmp_path) as ledger:
        for one in written:
            ledger.append(one)
        assert [ledger.get(one.completion_id) for one in written] == written
    again = Ledger(tmp_path)
    assert [again.get(one.completion_id) for one in written] == written
    assert len(again) == 50 and again.problems == []


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
    assert len(ledger) == 2 and [(t.kind, t.line) for t in ledger.problems] == [("torn", 4)]


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
    assert len(ledger) == 2 and [(t.kind, t.line) for t in ledger.problems] == [("damaged", 3)]


def test_a_segment_that_never_got_its_header_is_passed_over(tmp_path):
    (tmp_path / "a.ledger").write_bytes(b"pedigree-led")
    (tmp_path / "b.ledger").write_bytes(b"")
    assert len(Ledger(tmp_path)) == 0


@pytest.mark.parametrize("content, says", [(b"pedigree-ledger 2\n", "format 2"), (b"hello\n", "no ledger segment")])
def test_a_newer_format_and_a_stray_file_are_passed_over_and_nothing_is_asked_for(tmp_path, content, says):
    fill(tmp_path, 0)
    (tmp_path / "a.ledger").write_bytes(content)
    with Ledger(tmp_path) as ledger:
        assert ledger.holds(completion(0).completion_id) and [t.kind for t in ledger.problems] == ["unread"]
        with pytest.raises(LedgerError, match=says):
            ledger.prepare([completion(1).completion_id])


def test_two_writers_have_a_segment_each(tmp_path):
    with Ledger(tmp_path) as one, Ledger(tmp_path) as other:
        one.append(completion(1))
        other.append(completion(2))
    assert len(list(tmp_path.glob("*.ledger"))) == 2 and len(Ledger(tmp_path)) == 2


class Disk:
    """Has room for so many bytes, then says so, until the ledger's reserve is given back."""

    def __init__(self, monkeypatch, room, reserve=10_000):
        self.room, self.reserve, self._write, self._close = room, reserve, os.write, Ledger._give_room
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(Ledger, "_give_room", lambda ledger: self.give_room(ledger))

    def write(self, descriptor, data):
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written

    def give_room(self, ledger):
        self.room += self.reserve
        return self._close(ledger)


def test_what_is_in_flight_when_the_disk_fills_up_is_kept_and_the_run_stops(tmp_path, monkeypatch):
    with pytest.raises(LedgerError, match="No space left"), Ledger(tmp_path) as ledger:
        ledger.append(completion(0))
        Disk(monkeypatch, 100)
        for number in (1, 2):
            with pytest.raises(LedgerError, match="No space left"):
                ledger.append(completion(number))
        with pytest.raises(LedgerError, match="No space left"):
            ledger.note_sent(completion(3).completion_id)
    monkeypatch.undo()
    ledger = Ledger(tmp_path)
    assert len(ledger) == 3 and ledger.problems == ledger.lost == []


def test_a_disk_that_is_full_for_good_leaves_whole_records_only(tmp_path, monkeypatch):
    with pytest.raises(LedgerError, match="No space left"), Ledger(tmp_path) as ledger:
        ledger.append(completion(0))
        disk = Disk(monkeypatch, 100, reserve=50)
        with pytest.raises(LedgerError, match="No space left"):
            ledger.append(completion(1))
        disk.room = 10_000
        with pytest.raises(LedgerError, match="No space left"):
            ledger.append(completion(2))
    held, ledger = [completion(n).completion_id for n in range(3)], Ledger(tmp_path)
    assert ledger.problems == [] and [ledger.holds(one) for one in held] == [True, False, True]


@pytest.mark.parametrize("room", [0, 10])
def test_a_disk_without_room_for_a_segment_is_said_before_anything_is_asked_and_leaves_no_file(
    tmp_path, monkeypatch, room
):
    with Ledger(tmp_path) as ledger:
        Disk(monkeypatch, room)
        with pytest.raises(LedgerError, match="No space left"):
            ledger.prepare([])
        monkeypatch.undo()
        assert list(tmp_path.iterdir()) == []
        ledger.append(completion(0))
    assert len(Ledger(tmp_path)) == 1


def test_requests_in_flight_when_a_writer_dies_are_counted_and_those_of_the_living_are_not(tmp_path, caplog):
    caplog.set_level(logging.INFO, "pedigree")
    ids = [completion(n).completion_id for n in range(4)]
    child = os.fork()
    if not child:
        ledger = Ledger(tmp_path)
        ledger.prepare(ids)
        for one in ids:
            ledger.note_sent(one)
        ledger.append(completion(0))
        ledger.note_unanswered(ids[1])
        os._exit(9)
    os.waitpid(child, 0)
    with Ledger(tmp_path) as ledger:
        ledger.prepare(ids)
        ledger.note_sent(ids[2])
        assert ledger.lost == Ledger(tmp_path).lost == sorted(ids[2:])
        ledger.append(completion(2))
    assert caplog.messages == ["2 requests were in flight when the last run died: asked for again"]
    assert len(list(tmp_path.glob("*.sent"))) == 1  # the living one left none


def test_a_cancelled_request_counts_as_lost_and_an_ended_one_does_not(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    with Ledger(tmp_path) as ledger:
        ledger.prepare([])
        for number in range(2):
            ledger.note_sent(completion(number).completion_id)
        ledger.note_unanswered(completion(0).completion_id)
    with Ledger(tmp_path) as again:
        assert again.lost == [completion(1).completion_id]
        again.prepare(again.lost)
    assert caplog.messages == ["1 request was in flight when the last run was stopped: asked for again"]


def test_completions_of_a_pulled_version_are_adopted_once(tmp_path):
    pulled = [completion(n) for n in range(5)]
    with Ledger(tmp_path) as ledger:
        ledger.append(dataclasses.replace(pulled[0]))
        assert ledger.append_missing(pulled) == 4 and ledger.append_missing(pulled) == 0
