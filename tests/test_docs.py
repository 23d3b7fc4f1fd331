"""The pages are true: commands of README and docs run as they stand, output is what comes out, links lead somewhere."""

import csv
import re
import shlex
from contextlib import chdir

import polars as pl
import pytest
from rich.console import Console

from flows import stages
from pedigree.dataset.results import Distribution, read_result
from pedigree.job import open_job
from pedigree.report.distribution_tables import format_distribution
from pedigree.workspace import Workspace
from tasks.distribution import check_labels
from tests.support.repository import settle
from tests.support.workspaces import REPOSITORY

README, OUTPUTS, RUNNING, VERSIONS = (
    (REPOSITORY / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/outputs.md", "docs/running.md", "docs/versions.md")
)


def commands_under(page, heading):
    """Return the command lines of the shell blocks of a section, comments taken off."""
    section = re.split(r"\n##+ ", page.split(f"# {heading}\n", 1)[1])[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [
        line for line in (shlex.split(raw, comments=True) for block in blocks for raw in block.splitlines()) if line
    ]


def test_the_demo_prints_what_the_pages_show(tmp_path):
    house = settle(tmp_path / "work")
    workspace, name = Workspace(house.root), "support-tickets"
    with chdir(house.root):
        stages.generate(workspace, name)
        stages.curate(workspace, name)
        check_labels.fn(open_job(workspace, name))
    console = Console(width=100)
    with console.capture() as shown:
        console.print(
            format_distribution(read_result(Distribution, workspace.dataset_folder(name) / "distribution.json"))
        )
    shares = [line.rstrip() for line in shown.get().splitlines() if "%" in line]
    assert len(shares) == 9
    for line in shares:
        assert line in README.splitlines() and line in RUNNING.splitlines()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return settle(tmp_path_factory.mktemp("readme") / "work")


@pytest.mark.full
def test_a_dataset_of_ones_own_is_made_and_pulled_as_the_pages_say(house, tmp_path):
    for command in commands_under(README, "Your own dataset")[1:]:  # the first activates the environment
        command = ["true" if word == "$EDITOR" else word for word in command]
        house.run(*command, PREFECT_HOME=str(tmp_path / "prefect"))
    assert house.git("tag") == "churn-reasons@v1.0.0"

    row = pl.read_parquet(house.root / "data/churn-reasons/train.parquet")["row_id"][0]
    for command in commands_under(OUTPUTS, "Look into a dataset"):
        said = house.run(*(row[:6] if re.fullmatch(r"[0-9a-f]{6}", word) else word for word in command)).stdout
        assert "churn-reasons" in said or "Data and pipelines are up to date" in said

    consumer, tag = house.clone(tmp_path / "consumer"), "churn-reasons@v1.0.0"
    renamed = {
        "support-tickets@v1.0.0": tag,
        "data/support-tickets": "data/churn-reasons",
        "REPOSITORY": str(house.root),
    }
    for command in commands_under(VERSIONS, "Pull a version")[2:]:  # the first line clones
        consumer.run(*(renamed.get(word, word) for word in command))
    train = pl.read_parquet(consumer.root / "data/churn-reasons/train.parquet")
    assert train["row_id"][0] == row
    commented = re.search(r"# or, without a clone: (dvc get .*)", VERSIONS).group(1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    consumer.root = elsewhere
    consumer.run(*(renamed.get(word, word) for word in shlex.split(commented)))
    assert pl.read_parquet(elsewhere / "churn-reasons/train.parquet").equals(train)


def accept_all(sheet):
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        lines = [*csv.DictReader(file)]
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(line | {"decision": "accept", "who": "Ann"} for line in lines)


@pytest.mark.full
def test_the_tutorial_runs_as_it_stands(tmp_path):
    house = settle(tmp_path / "work")
    seeds = house.root / "data/seeds/returns/seeds.jsonl"
    steps = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "docs/tutorial.md").read_text(encoding="utf-8"), re.DOTALL)
    commands = [shlex.split(line, comments=True) for step in steps for line in step.splitlines()]
    names = [command[1] for command in commands]
    assert names == ["new", "check", "preview", "estimate", "run", "serve", "review", "review", "run"]
    for number, command in enumerate(commands):
        if command[1] == "serve" or "--page" in command:  # they go on until Ctrl+C; have tests of their own
            continue
        if "--take" in command:
            house.run("pedigree", "review", "returns", "--sample", "12")
            accept_all(house.root / command[-1])
        house.run(*command, PREFECT_HOME=str(tmp_path / "prefect"))
        if number == 0:
            seeds.parent.mkdir(parents=True, exist_ok=True)
    assert "returns@v1.0.0" in house.git("tag")


def test_what_the_documents_name_is_there():
    for page in [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]:
        document = page.read_text(encoding="utf-8")
        # Code is no link: marks of spans look like one.
        for link in re.findall(r"\]\(([^)#]+)\)", re.sub(r"```.*?```|`[^`\n]*`", "", document, flags=re.DOTALL)):
            assert link.startswith("http") or (page.parent / link).exists(), link
        for path in re.findall(
            r"`((?:pedigree|tasks|flows|cli|tests|expectations|prompts|recipes|scripts)/[\w./-]+\.\w+)`", document
        ):
            assert (REPOSITORY / path).exists(), path
