"""What a workspace has seen of a model's speed: kept from run to run, and used for the next forecast."""

import pytest

from pedigree.models.call_times import MOST_CALLS, CallTime, CallTimes, predict_seconds, read_call_times
from pedigree.workspace import Workspace


def note(workspace, model, calls, seconds, tokens):
    times = CallTimes()
    for _ in range(calls):
        times.note(model, seconds, tokens)
    times.save(workspace)


def test_runs_add_up_by_model(tmp_path):
    workspace = Workspace(tmp_path)
    note(workspace, "a/slow", 2, 4.0, 100)
    note(workspace, "a/slow", 1, 1.0, 100)
    note(workspace, "a/fast", 1, 0.5, 100)
    assert read_call_times(workspace) == {"a/slow": CallTime(3, 9.0, 300), "a/fast": CallTime(1, 0.5, 100)}
    assert predict_seconds(read_call_times(workspace), "a/slow", 200) == (6.0, "3 calls of this workspace")
    seconds, source = predict_seconds(read_call_times(workspace), "a/new", 200)
    assert seconds is None and "no call of a/new was timed in this workspace" in source and "pedigree preview" in source
    assert predict_seconds({}, "offline/template", 200) == (0.01, "default of a model in this process")


def test_what_a_model_does_lately_counts(tmp_path):
    workspace = Workspace(tmp_path)
    note(workspace, "a/b", MOST_CALLS, 9.0, 10)
    note(workspace, "a/b", MOST_CALLS, 1.0, 10)
    assert read_call_times(workspace)["a/b"] == CallTime(MOST_CALLS, 1.0 * MOST_CALLS, 10 * MOST_CALLS)


def test_calls_without_known_tokens_say_nothing(tmp_path):
    note(Workspace(tmp_path), "a/b", 3, 1.0, None)
    assert read_call_times(Workspace(tmp_path)) == {}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"calls": 0}}', '{"a": {"other": 1}}'])
def test_a_broken_file_is_as_none(tmp_path, content):
    (tmp_path / ".pedigree").mkdir()
    (tmp_path / ".pedigree/call-times.json").write_text(content)
    assert read_call_times(Workspace(tmp_path)) == {}
