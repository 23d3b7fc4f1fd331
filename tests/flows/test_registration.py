"""A deployment belongs to the workspace that serves it, and a restart keeps what people changed in the UI."""

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import chdir

import pytest
from prefect import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.schedules import CronSchedule
from ruamel.yaml import YAML

from flows.deployments import read_deployments
from flows.registration import pause_schedules, update_forms
from pedigree.system.workspace_identity import read_identity
from pedigree.workspace import Workspace
from tests.support.workspaces import REPOSITORY, make_workspace

FLOW = """from prefect import flow


@flow(name="{flow}")
def make(rows: int = 0):
    return rows
"""
FILE = """deployments:
  - name: make
    entrypoint: flows/make.py:make
    description: first
    parameters: {rows: 3}
    schedules:
      - {cron: "0 6 * * 1", active: false}
    triggers:
      - {name: NAME, match: {prefect.resource.id: pedigree.dataset.*}, expect: [dataset.published]}
"""


@pytest.fixture
def flow(prefect, tmp_path):
    """The name of a flow that no other test has."""
    return tmp_path.name


@pytest.fixture
def make(flow, tmp_path):
    """Make a workspace with one deployment."""

    def build(name):
        root = tmp_path / name
        make_workspace(root)
        (root / "flows").mkdir()
        (root / "flows/make.py").write_text(FLOW.format(flow=flow))
        (root / "prefect.yaml").write_text(FILE.replace("NAME", f"{flow} hears"))
        return root

    return build


def register(root):
    """Register the deployment as 'pedigree serve' does, and return it as the server has it."""

    async def run():
        [deployment] = read_deployments(root)
        identifier = await deployment.aapply()
        async with get_client() as client:
            return await client.read_deployment(identifier)

    with chdir(root):
        return asyncio.run(run())


def test_a_recipe_that_is_new_appears_in_the_form_and_nothing_else_changes(make, flow):
    root = make("w")
    (root / "flows/make.py").write_text(
        "from flows.parameters import RecipeName\n"
        + FLOW.format(flow=flow).replace("rows: int = 0", "rows: RecipeName")
    )
    (root / "prefect.yaml").write_text((root / "prefect.yaml").read_text().replace("parameters: {rows: 3}", ""))
    before = register(root)
    shutil.copy(root / "recipes/pets.yaml", root / "recipes/plants.yaml")
    with chdir(root):
        asyncio.run(update_forms({before.id: "flows/make.py:make"}))
    after = read(before)
    assert before.parameter_openapi_schema["properties"]["rows"]["enum"] == ["pets"]
    assert after.parameter_openapi_schema["properties"]["rows"]["enum"] == ["pets", "plants"]
    assert (after.description, after.paused, after.schedules) == (before.description, before.paused, before.schedules)


def read(deployment):
    """Return a deployment as the server has it now."""

    async def run():
        async with get_client() as client:
            return await client.read_deployment(deployment.id)

    return asyncio.run(run())


def stop(root, deployment):
    with chdir(root):
        asyncio.run(pause_schedules({deployment.id}))


def change(deployment, **values):
    with get_client(sync_client=True) as client:
        client.update_deployment(deployment.id, DeploymentUpdate(**values))


def list_automations(deployment):
    with get_client(sync_client=True) as client:
        return client.read_resource_related_automations(f"prefect.deployment.{deployment.id}")


def test_two_clones_have_a_deployment_each_that_names_its_folder(make):
    first, second = make("first"), make("second")
    one, two = register(first), register(second)
    assert (one.name, two.name) == ("make", f"make-{read_identity(Workspace(second))}")
    assert two.name.startswith("make-second-")
    assert (one.path, two.path) == (str(first), str(second))
    assert one.pull_steps and two.pull_steps and one.pull_steps != two.pull_steps
    assert [register(first).id, register(second).id] == [one.id, two.id]  # and so it stays


def test_a_workspace_hears_of_its_own_datasets(make):
    root = make("first")
    [automation] = list_automations(register(root))
    assert automation.trigger.match.root["pedigree.workspace"] == read_identity(Workspace(root))


@pytest.mark.full
def test_a_copy_of_the_folder_is_a_workspace_of_its_own(make, tmp_path):
    first = make("first")
    one = register(first)
    shutil.copytree(first, tmp_path / "copy")
    assert read_identity(Workspace(tmp_path / "copy")) is None
    two = register(tmp_path / "copy")
    assert two.id != one.id and register(first).id == one.id


@pytest.mark.full
def test_a_workspace_that_was_moved_keeps_its_deployment_and_gets_the_right_path(make, tmp_path):
    one = register(make("first"))
    (tmp_path / "first").rename(tmp_path / "moved")
    two = register(tmp_path / "moved")
    assert two.id == one.id and two.path == str(tmp_path / "moved")


@pytest.mark.full
def test_what_an_earlier_version_registered_is_taken_over_by_its_own_workspace_only(make):
    first, second = make("first"), make("second")
    one = register(first)
    change(one, pull_steps=None, paused=True)  # as an earlier version of 'serve' left it
    (first / ".pedigree/served.json").unlink()
    assert register(second).id != one.id
    again = register(first)
    assert again.id == one.id and again.pull_steps == one.pull_steps and not again.paused


@pytest.mark.full
def test_a_deployment_of_a_work_pool_is_left_alone(make):
    first = make("first")
    one = register(first)
    change(one, pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": "."}}])
    assert register(first).id != one.id


def execute(deployment, folder):
    """Execute a run in a folder by the process that Prefect's runner starts; return the run and what was printed."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(deployment.id)
        own = {
            "PREFECT_API_URL": str(client.api_url),
            "PREFECT__FLOW_RUN_ID": str(run.id),
            "PYTHONPATH": str(REPOSITORY),
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO",
        }
        command = [sys.executable, "-m", "prefect.engine"]
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, timeout=300
        )
        return client.read_flow_run(run.id), done.stdout + done.stderr


@pytest.mark.full
def test_a_run_copies_nothing_and_is_refused_in_another_folder(make, flow):
    first, second = make("first"), make("second")
    one, _ = register(first), register(second)
    (first / "flows/make.py").write_text(FLOW.format(flow=flow) + "# of the first\n")
    run, printed = execute(one, first)
    assert run.state.is_completed(), printed

    before = {path: path.read_bytes() for path in second.rglob("*") if path.is_file()}
    run, printed = execute(one, second)
    assert not run.state.is_completed()
    assert f"this run belongs to the workspace {read_identity(Workspace(first))}" in printed
    assert {path: path.read_bytes() for path in second.rglob("*") if path.is_file()} == before


def test_a_restart_keeps_schedules_and_automations_that_people_changed(make):
    root = make("first")
    one = register(root)
    with get_client(sync_client=True) as client:
        client.update_deployment_schedule(one.id, one.schedules[0].id, active=True)
        client.create_deployment_schedules(one.id, [(CronSchedule(cron="0 9 * * 2"), True)])
        client.pause_automation(list_automations(one)[0].id)
    change(one, description="mine", parameters={"rows": 7})
    stop(root, one)
    two = register(root)
    assert {(each.schedule.cron, each.active) for each in two.schedules} == {("0 6 * * 1", True), ("0 9 * * 2", True)}
    assert (two.description, two.parameters, two.paused) == ("mine", {"rows": 7}, False)
    assert [each.enabled for each in list_automations(two)] == [False]


def test_an_automation_that_people_deleted_does_not_come_back(make):
    root = make("first")
    one = register(root)
    with get_client(sync_client=True) as client:
        client.delete_automation(list_automations(one)[0].id)
    register(root)
    assert list_automations(one) == []


@pytest.mark.parametrize("by_people", [True, False])
def test_what_people_paused_stays_paused_and_what_the_end_paused_does_not(make, by_people):
    root = make("first")
    one = register(root)
    if by_people:
        change(one, paused=True)
    stop(root, one)
    stop(root, one)  # a second signal
    assert register(root).paused is by_people


def test_an_edit_of_prefect_yaml_replaces_that_key_alone(make):
    root = make("first")
    one = register(root)
    change(one, description="mine")
    with get_client(sync_client=True) as client:
        client.pause_automation(list_automations(one)[0].id)
    path = root / "prefect.yaml"
    path.write_text(path.read_text().replace("0 6 * * 1", "0 7 * * 1").replace("published]", "published, other]"))
    two = register(root)
    assert [each.schedule.cron for each in two.schedules] == ["0 7 * * 1"]
    [automation] = list_automations(one)
    assert automation.trigger.expect == {"dataset.published", "other"} and not automation.enabled
    assert two.description == "mine"


@pytest.mark.parametrize(
    "content", ["[]", *(pytest.param(text, marks=pytest.mark.full) for text in ("", '{"name": 3, "root": "/"}'))]
)
def test_a_file_that_cannot_be_read_loses_nothing(make, content):
    root = make("first")
    one = register(root)
    change(one, description="mine")
    (root / ".pedigree/served.json").write_text(content)
    two = register(root)
    assert two.id == one.id and two.description == "mine"
    (root / ".pedigree/identity.json").write_text(content)
    assert register(root).id != one.id  # nobody knows any more whose it is


def test_prefect_yaml_leaves_the_folder_to_the_worker():
    tree = YAML(typ="safe").load((REPOSITORY / "prefect.yaml").read_text())
    assert tree["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "."}}]
    assert all("pull" not in one for one in tree["deployments"])
    assert {one["work_pool"]["job_variables"]["working_dir"] for one in tree["deployments"]} == {"."}
