"""pedigree ledger: what it holds, whether it is whole, out and in; and what doctor and forget say of it."""

import json

import pytest

from pedigree.ids import sha256_of
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.ledger.ledger_check import RESTORE
from tests.support.cli_runner import Shell
from tests.support.workspaces import make_workspace


def completion(number, **changes):
    plain = Completion(sha256_of(number), "p" * 64, 0, "a/x", "x-1", "{}", "{}", "ok", "stop", 10, 5, None, 0.25, "r")
    return Completion(**{**vars(plain), **changes})


@pytest.fixture
def workspace(tmp_path):
    workspace = make_workspace(tmp_path / "work")
    with Ledger(workspace.ledger) as ledger:
        for number in range(3):
            ledger.append(completion(number))
        ledger.append(completion(3, model="b/y", failure="timeout", text=None, cost_usd=None))
    return workspace


@pytest.fixture
def shell(workspace, capsys):
    return Shell(workspace.root, capsys)


def segment_of(workspace):
    return next(workspace.ledger.glob("*.ledger"))


def test_show_says_what_is_held_a_line_a_model(shell):
    assert shell("ledger", "show").out.splitlines() == [
        "a/x: 3 answers, 0 failures, 45 tokens, 0.7500 USD",
        "b/y: 0 answers, 1 failures, 0 tokens, cost unknown",
        "4 completions in 1 segments",
    ]
    assert [one["model"] for one in json.loads(shell("ledger", "show", "--json").out)] == ["a/x", "b/y"]


def test_check_passes_a_whole_ledger_and_one_with_a_torn_tail(shell, workspace):
    assert shell("ledger", "check").out == "4 completions in 1 segments: all whole\n"
    segment = segment_of(workspace)
    segment.write_bytes(segment.read_bytes()[:-10])
    said = shell("ledger", "check")
    assert said.status == 0 and f"{segment}, line 5: torn: " in said.out


def test_check_refuses_damaged_records_and_segments_that_cannot_be_read_and_says_what_is_whole(shell, workspace):
    segment = segment_of(workspace)
    segment.write_bytes(segment.read_bytes().replace(b'"text":"ok"', b'"text":"no"', 1))
    (workspace.ledger / "newer.ledger").write_bytes(b"pedigree-ledger 2\nwhatever\n")
    said = shell("ledger", "check")
    assert (
        said.status == 2 and f"{segment}, line 2: damaged" in said.out and "newer.ledger: unread: format 2" in said.out
    )
    assert "1 damaged record, 1 segment that can't be read; 3 completions are whole" in said.err
    assert RESTORE in " ".join(said.err.split())  # as 'pedigree verify' says
    assert "3 completions" in shell("ledger", "show").out


def test_what_is_exported_is_imported_elsewhere(shell, workspace, tmp_path, capsys):
    file = tmp_path / "all.jsonl"
    assert shell("ledger", "export", str(file)).out == f"wrote 4 completions to {file}\n"
    other = make_workspace(tmp_path / "other")
    elsewhere = Shell(other.root, capsys)
    assert elsewhere("ledger", "import", str(file)).out == "4 of 4 completions were new\n"
    assert elsewhere("ledger", "import", str(file)).out == "0 of 4 completions were new\n"
    assert list(Ledger(other.ledger)) == list(Ledger(workspace.ledger))


def test_requests_that_a_death_cut_off_are_shown(shell, workspace):
    with Ledger(workspace.ledger) as ledger:
        ledger.prepare([])
        ledger.note_sent(sha256_of(9))
    assert (
        "1 requests were in flight when their run was stopped or died; they may have been paid for"
        in shell("ledger", "show").out
    )
