"""Preview shows answers, and says of those that are not new that they are from the ledger."""

import io
import json

from rich.console import Console

from flows.preview import list_unshown, preview_dataset
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.models.call_times import read_call_times
from tasks.estimate import estimate
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.workspaces import make_workspace


def test_an_old_answer_is_told_from_a_new_one_and_its_time_is_used_by_estimate(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")

    def preview() -> str:
        shown = io.StringIO()
        preview_dataset(workspace, "pets", None, True, Console(file=shown, width=200))
        return shown.getvalue()

    with Endpoint(lambda body: rows("a text of some words"), seconds=0.2) as endpoint:
        asked = {"strategy": "zero-shot", "model": "openai/fake", "api_base": endpoint.url, "structured": "text"}
        workspace = make_workspace(tmp_path, generators=[asked | {"rows_per_call": 1}], screens={})
        new, old = preview(), preview()
        assert len(endpoint.requests) == 2
    assert [line for line in new.splitlines() if line.startswith("asked for")] == ["asked for cat:", "asked for dog:"]
    assert "+ " + json.dumps({"text": "a text of some words"}) in new and "from the ledger" not in new
    assert (
        "2 of 2 answers are from the ledger, of a preview, a pilot or a run that did not finish, of this recipe" in old
    )
    assert read_call_times(workspace)["openai/fake"].seconds >= 0.2
    [assumed] = estimate(open_job(workspace, "pets"), Ledger(workspace.ledger)).assumed.values()
    assert assumed.seconds_per_call.source == "2 calls of this workspace"


def test_rows_of_a_table_are_shown_with_their_dates(tmp_path):
    fields = {"day": {"type": "date"}, "open": {"type": "boolean", "missing": 0.5}}
    shown = io.StringIO()
    workspace = make_workspace(tmp_path, fields=fields, screens={"near_duplicate": None})
    preview_dataset(workspace, "pets", "cat", True, Console(file=shown, width=200))
    rows = [json.loads(line[2:]) for line in shown.getvalue().splitlines() if line.startswith("+ ")]
    assert rows and all(len(row["day"]) == 10 and row["open"] in (True, False, None) for row in rows)


def test_what_a_template_leaves_out_is_told(tmp_path):
    fields = {"text": {"min_chars": 10, "max_chars": 80, "means": "a note about a pet"}}
    few = {"strategy": "few-shot", "model": "offline/template", "shots": 1, "rows_per_call": 1}
    seeds = [{"text": f"the {name} sat there", "label": name} for name in ("cat", "dog")]
    generators = [few | {"name": "whole"}, few | {"name": "short", "template": "prompts/few-shot-small.j2"}]
    workspace, shown = make_workspace(tmp_path, fields=fields, seeds=seeds, generators=generators), io.StringIO()
    preview_dataset(workspace, "pets", "cat", False, Console(file=shown, width=300))
    [told] = [line for line in shown.getvalue().splitlines() if "does not show" in line]
    assert told.startswith("prompts/few-shot-small.j2 does not show the task or what the field text means: say in")
    assert list_unshown(open_job(workspace, "pets").recipe, ["about\na note  about a pet"]) == ["the task"]
