"""Commands that read git quote its words and its remedy where git does not read a repository."""

import pytest

from tests.support.cli_runner import Shell
from tests.support.make_publishable import isolate, make_workspace

COMMANDS = ("versions", "versions pets", "diff pets v1 v2", "export pets", "lineage pets", "doctor", "evaluate pets")


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    isolate(monkeypatch, tmp_path)
    return Shell(make_workspace(tmp_path / "workspace", "pets"), capsys)


def test_a_repository_of_another_user(shell, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for line in COMMANDS:
        words = line.split()
        said = shell(*words)
        told = said.out + said.err
        assert said.status in {1, 2} and "Traceback" not in told, (words, told)
        assert f"detected dubious ownership in repository at '{shell.root}'" in told, (words, told)
        assert f"git config --global --add safe.directory {shell.root}" in told, (words, told)


def test_a_repository_whose_settings_git_cannot_read(shell):
    (shell.root / ".git/config").write_text("no settings\n")
    assert "bad config line 1" in shell.refuse("versions", "pets")
