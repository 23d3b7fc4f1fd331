"""prefect.yaml: what it registers, for workers as for 'pedigree serve', and the errors of its mistakes."""

from contextlib import chdir

import pytest
from ruamel.yaml import YAML

from flows.deployments import read_deployments
from pedigree.errors import WorkspaceError
from tests.support.workspaces import REPOSITORY


@pytest.fixture(scope="module")
def deployments():
    with chdir(REPOSITORY):
        return {deployment.name: deployment for deployment in read_deployments(REPOSITORY)}


def test_the_flows_are_there_and_described(deployments):
    assert {one.flow_name for one in deployments.values()} == {
        "synthesize",
        "augment",
        "refresh",
        "evaluate",
        "optimise",
        "replicate",
        "study",
    }
    for one in deployments.values():
        assert one.description and "pedigree" in one.tags and one.enforce_parameter_schema


def test_what_publishes_names_its_branch(deployments):
    for one in deployments.values():
        assert (one.parameters.get("branch") == "main") == (one.flow_name in {"synthesize", "augment", "refresh"})


def test_a_dataset_grows_on_a_schedule_with_a_time_zone_one_run_at_a_time(deployments):
    growing = deployments["support-tickets"]
    assert growing.concurrency_limit == 1
    schedule = growing.schedules[0].schedule
    assert (schedule.cron, schedule.timezone) == ("0 6 * * 1", "Europe/Berlin")
    assert not growing.schedules[0].active  # a newcomer's laptop spends nothing on its own


def test_what_is_published_is_evaluated(deployments):
    [trigger] = deployments["evaluate"].triggers
    assert trigger.expect == {"dataset.published"}
    assert trigger.parameters == {"dataset": "{{ event.payload.dataset }}", "version": "{{ event.payload.version }}"}


def test_workers_get_the_same_news_and_the_same_quiet():
    tree = YAML(typ="safe").load((REPOSITORY / "prefect.yaml").read_text())
    for deployment in tree["deployments"]:
        assert deployment["work_pool"]["job_variables"]["env"]["PREFECT_LOGGING_EXTRA_LOGGERS"] == "pedigree"


ENTRY = "deployments:\n  - name: mine\n    entrypoint: flows/synthesize.py:synthesize\n"
WRONG = {
    "no file": (None, "prefect.yaml can't be read"),
    "no YAML": ("deployments: [", "prefect.yaml can't be read"),
    "no deployments": ("name: pedigree\n", "prefect.yaml has no list 'deployments'"),
    "no name": (
        "deployments:\n  - entrypoint: flows/synthesize.py:synthesize\n", "deployment 1: key 'name' is missing"
    ),
    "no entry point": ("deployments:\n  - name: mine\n", "deployment 'mine': key 'entrypoint' is missing"),
    "an unknown key": (f"{ENTRY}    scedules: []\n", "deployment 'mine': unknown key 'scedules'"),
    "an unknown parameter": (f"{ENTRY}    parameters: {{row: 3}}\n", "'mine': the flow has no parameter 'row'"),
    "an unknown parameter of a schedule": (
        f'{ENTRY}    schedules:\n      - {{cron: "0 6 * * 1", parameters: {{row: 3}}}}\n', "has no parameter 'row'"
    ),
    "a flow that is not there": (ENTRY.replace(":synthesize", ":frobnicate"), r"deployment 'mine': .*frobnicate"),
    "a file that is not there": (ENTRY.replace("flows/", "flaws/"), r"deployment 'mine': .*flaws"),
    "no cron": (f'{ENTRY}    schedules:\n      - cron: "not cron"\n', r"deployment 'mine': .*cron"),
    "no time zone": (
        f'{ENTRY}    schedules:\n      - {{cron: "0 6 * * 1", timezone: Nowhere}}\n', r"deployment 'mine': .*zone"
    ),
    "no trigger": (f"{ENTRY}    triggers:\n      - {{type: event, expect: 3}}\n", r"deployment 'mine': .*expect"),
    "no limit": (f"{ENTRY}    concurrency_limit: {{most: 3}}\n", r"deployment 'mine': .*limit"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_with_the_deployments_name(tmp_path, text, found):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/synthesize.py").write_text((REPOSITORY / "flows/synthesize.py").read_text())
    if text is not None:
        (tmp_path / "prefect.yaml").write_text(text)
    with chdir(tmp_path), pytest.raises(WorkspaceError, match=found):
        read_deployments(tmp_path)
