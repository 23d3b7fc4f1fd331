"""The JSON of doctor and estimate: ``hint``, also under its former name ``mend`` for scripts that read it."""

import json

import pytest

from tests.support.cli_runner import Shell
from tests.support.workspaces import make_workspace


@pytest.fixture
def shell(tmp_path, capsys):
    make_workspace(tmp_path, budget={"calls": 1})
    return Shell(tmp_path, capsys)


def test_findings_and_limits_have_a_hint_under_both_names(shell):
    findings = json.loads(shell("doctor", "--json").out)
    limits = json.loads(shell("estimate", "pets", "--json").out)["budget"]
    for entries in (findings, limits):
        assert any(entry["hint"] for entry in entries)
        assert all(entry["mend"] == entry["hint"] for entry in entries)
