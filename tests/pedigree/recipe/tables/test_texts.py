"""Commands that count words say of a recipe without texts that they do not go together."""

import pytest
from typer.testing import CliRunner

from cli.app import app
from pedigree.errors import CommandError
from tests.support.make_table_job import make_measured_table


@pytest.mark.parametrize("command", ["bias", "patterns", "statistics", "canaries"])
def test_a_command_that_reads_words_refuses_rows_of_a_table(command, tmp_path_factory, monkeypatch):
    job, _ = make_measured_table(tmp_path_factory)
    monkeypatch.chdir(job.workspace.root)
    done = CliRunner().invoke(app, [command, "plants"])
    assert isinstance(done.exception, CommandError) and done.exception.exit_status == 2
    assert f"'pedigree {command}' reads words, and no field of plants is a text" in str(done.exception)
    assert not (job.workspace.root / "data/seeds/plants/statistics.json").exists()
