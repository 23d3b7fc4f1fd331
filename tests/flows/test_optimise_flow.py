"""The flow and the command optimise, and a dataset made with what they found: page, recipe, trace, verify."""

import json
import re
from contextlib import chdir

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from rich.console import Console
from ruamel.yaml import YAML

from flows import stages
from flows.optimise import optimise
from pedigree.errors import LinkError
from pedigree.ids import seeded
from pedigree.job import open_job
from pedigree.job_outputs import read_rows
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.origin import walk_back
from pedigree.provenance.trace_text import _format_prompt
from pedigree.recipe.yaml_file import set_keys
from tasks.check import check_start
from tasks.optimising.forecast import expect_search
from tasks.optimising.search import search_instructions
from tasks.verify import verify
from tests.support.cli_runner import Shell
from tests.support.telling_model import NAMES_IT, Maker, make_searched, write_text
from tests.support.workspaces import REPOSITORY, make_workspace

PAGE = (REPOSITORY / "docs/optimise.md").read_text(encoding="utf-8")
FEW = 12  # rows that the dataset has


@pytest.mark.full
def test_the_flow_shows_its_rounds_and_a_dataset_made_after_it_names_the_search(tmp_path, capsys, prefect):
    with Maker(1) as endpoint:
        job = make_searched(tmp_path, endpoint, seed=1, rows=FEW)
        shell, path = Shell(job.workspace.root, capsys), job.workspace.recipe_path("pets")
        before, calls = path.read_bytes(), None
        dry = json.loads(shell("optimise", "pets", "--dry-run", "--json").out)
        calls = len(endpoint.requests)
        assert path.read_bytes() == before and dry["path"] is None and dry["record"]["chosen"]
        assert dry["asked_now"] == calls and not list(job.workspace.seeds_folder("pets").glob("optimised*"))
        with chdir(job.workspace.root):
            found = optimise("pets")
        assert found.asked_now == 0 and len(endpoint.requests) == calls and found.record == dry["record"]
        assert (job.workspace.root / found.path).is_file()
        with get_client(sync_client=True) as client:
            wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["pets-instructions"]))
            shown = client.read_artifacts(artifact_filter=wanted, sort="CREATED_DESC", limit=1)[0].data
        assert NAMES_IT in shown and "fresh rows" in shown and "area under the curve" in shown
        assert "nothing is written" in shell("optimise", "pets").out  # the new start is as good as it gets

        stages.generate(job.workspace, "pets")
    job = open_job(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    stages.validate(job.workspace, "pets", Console(quiet=True), record=True)
    stages.measure(job.workspace, "pets")
    row = read_rows(job).drop("split").row(0, named=True)
    chain = walk_back(job, row)
    assert chain["prompt"]["variables"]["instructions"] == [NAMES_IT]
    assert re.search(rf"instructions from {found.path}: round \d of a search", str(_format_prompt(chain, False)))
    manifest = json.loads((job.folder / "manifest.json").read_text())
    assert found.path in manifest["inputs"]
    assert verify.fn(job.workspace, "pets").links["rows"]
    record = job.workspace.root / found.path
    record.write_text(record.read_text() + "\n")
    with pytest.raises(LinkError, match="optimised"):
        verify.fn(job.workspace, "pets")


def open_page(root):
    """Return the job of the page's recipe, with rows that people wrote."""
    whole, piece = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    workspace, recipe = make_workspace(root), YAML(typ="safe").load(whole)
    seeds = workspace.root / recipe["seeds"]
    seeds.parent.mkdir(parents=True)
    chance = seeded("people")
    rows = [{"label": label, **write_text(chance, "cat", True)} for label in recipe["labels"] for _ in range(40)]
    seeds.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    path = workspace.recipe_path("message-reasons")
    path.write_text(whole)
    keys = YAML(typ="safe").load(piece)
    set_keys(path, {"generators.0.instructions": keys["instructions"]})
    assert open_job(workspace, "message-reasons").recipe.generators[0].instructions == keys["instructions"]
    path.write_text(whole)
    return open_job(workspace, "message-reasons")


def test_the_recipe_of_the_page_can_be_searched(tmp_path):
    assert len(PAGE.splitlines()) <= 80
    job = open_page(tmp_path)
    with Ledger(job.workspace.ledger) as ledger:
        own, rewriting = expect_search(job, ledger)
    assert (own.calls, rewriting.calls) == (2 * 2 * 6, 3) and own.usd == rewriting.usd == 0


@pytest.mark.full
def test_the_offline_model_takes_the_search_of_the_page(tmp_path):
    job = open_page(tmp_path)
    check_start(job)
    with Ledger(job.workspace.ledger) as ledger:
        found = search_instructions.fn(job, ledger)
    assert len(found.trials) == 4 and not any(one.fault for one in found.trials)
    assert found.trials[1].instructions.startswith("Avoid: ")
    words = found.trials[1].instructions.split("\n")[0].removeprefix("Avoid: ").split(", ")
    assert not any(f'"{word}"' in line for word in words for line in found.trials[1].telling)
    assert found.usd_now == 0
