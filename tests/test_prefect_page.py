"""docs/prefect.md is true: the deployments, parameters, events, options and automation that it names exist."""

import re
import shlex
from contextlib import chdir
from uuid import UUID

import pytest
from prefect.events.schemas.automations import AutomationCore
from prefect.flows import load_flow_from_entrypoint
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cli.app import app
from flows.deployments import read_deployments
from tests.support.workspaces import REPOSITORY

PAGE = (REPOSITORY / "docs/prefect.md").read_text(encoding="utf-8")
EVENTS = (REPOSITORY / "docs/artifacts-and-events.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def deployments():
    with chdir(REPOSITORY):
        return {f"{one.flow_name}/{one.name}": one for one in read_deployments(REPOSITORY)}


def list_blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def list_commands():
    lines = [line for block in list_blocks("sh") for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def test_serving_prints_the_deployments_that_it_shows(deployments):
    assert f"deployments  {', '.join(deployments)}\n" in PAGE
    told = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    assert told == {one.flow_name for one in deployments.values()}


def test_deployments_are_run_with_parameters_that_they_have(deployments):
    runs = [words for words in list_commands() if words[:3] == ["prefect", "deployment", "run"]]
    assert runs
    for _, _, _, name, *options in runs:
        given = {option.partition("=")[0] for option in options if option != "--param"}
        with chdir(REPOSITORY):
            assert given <= set(load_flow_from_entrypoint(deployments[name].entrypoint).parameters.properties)


def test_commands_have_the_options_that_are_named():
    named = {tuple(re.findall(r"--[\w-]+", " ".join(words))) for words in list_commands() if words[0] == "pedigree"}
    help_text = CliRunner().invoke(app, ["serve", "--help"]).output
    assert {option for options in named for option in options} == {"--reports-only"}
    assert all(option in help_text for option in ("--reports-only", "--limit"))


def test_the_automation_is_one_that_prefect_takes():
    (text,) = list_blocks("yaml")
    written = YAML(typ="safe").load(text.replace("BLOCK-ID", str(UUID(int=1))))
    automation = AutomationCore.model_validate(written)
    assert automation.trigger.expect == {"dataset.rejected"}
    assert automation.trigger.match.root == {"prefect.resource.id": "pedigree.dataset.*"}


def test_the_payload_is_what_the_events_carry():
    source = (REPOSITORY / "tasks/ui/events.py").read_text(encoding="utf-8")
    carried = set(re.findall(r'"(\w+)":', source)) | {"train", "validation"}
    assert carried <= set(re.findall(r"`(\w+)`", EVENTS.split("## Events")[1]))
    assert set(re.findall(r'"(dataset\.\w+)"', source)) == set(
        re.findall(r"`(dataset\.\w+)` \|", EVENTS.split("key of the")[0])
    )
