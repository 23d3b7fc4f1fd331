"""A dataset is worked on by one run at a time: by the machine's lock, and by the server's limit where it has one."""

from uuid import uuid4

import pytest
from prefect import flow, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.states import Running

from flows.dead_runs import tell_dead_runs
from flows.exclusive import hold_exclusively
from pedigree.errors import CommandError, ServerLost
from tests.support.workspaces import make_workspace


@pytest.fixture
def pets(prefect, tmp_path):
    return make_workspace(tmp_path)


def count_held(name: str) -> int:
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(name).active_slots


def test_a_limit_of_the_server_is_held_and_given_back(pets):
    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="dataset-pets", limit=1))

    @flow
    def work():
        with hold_exclusively(pets, "pets"):
            return count_held("dataset-pets")

    try:
        assert work() == 1
        assert count_held("dataset-pets") == 0
    finally:
        with get_client(sync_client=True) as client:
            client.delete_global_concurrency_limit_by_name("dataset-pets")


def test_a_name_that_leads_elsewhere_locks_nothing(pets):
    with pytest.raises(CommandError, match="is no dataset name"), hold_exclusively(pets, "../x"):
        pass
    assert not pets.state.exists()


def test_without_a_limit_the_lock_is_enough_and_nothing_is_said(pets, caplog):
    @flow
    def work():
        with hold_exclusively(pets, "pets"):
            return (pets.state / "locks/pets.lock").read_text()

    assert work().splitlines()[0].isdigit()
    assert "do not exist" not in caplog.text


@flow
def take_dataset(pets):
    with hold_exclusively(pets, "pets"):
        return (pets.state / "locks/pets.run").read_text()


def leave_dead_run(pets) -> str:
    """Leave behind what a killed process does: a run that is Running, and its id beside the lock."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(take_dataset, state=Running())
    (pets.state / "locks").mkdir(parents=True, exist_ok=True)
    (pets.state / "locks/pets.run").write_text(str(run.id))
    return str(run.id)


def read_state(run: str):
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run).state


@pytest.mark.parametrize("next_one", [take_dataset, tell_dead_runs], ids=["the next run", "the next serve"])
def test_a_run_whose_process_was_killed_does_not_stay_running(pets, next_one):
    died = leave_dead_run(pets)
    assert read_state(died).is_running()
    next_one(pets)
    assert read_state(died).is_crashed() and "everything received is kept" in read_state(died).message
    assert not (pets.state / "locks/pets.run").exists()


def test_a_run_that_still_works_is_not_taken_as_dead(pets):
    @flow
    def work():
        with hold_exclusively(pets, "pets"):
            tell_dead_runs(pets)
            [run] = (pets.state / "locks/pets.run").read_text().split()
            return read_state(run).is_running()

    assert work()
    assert not (pets.state / "locks/pets.run").exists()


def test_a_run_that_ended_or_is_of_another_server_is_left_as_it_is(pets):
    ended = leave_dead_run(pets)
    with get_client(sync_client=True) as client:
        client.delete_flow_run(ended)
    assert take_dataset(pets)
    (pets.state / "locks/pets.run").write_text(f"{uuid4()}\nno id")
    assert take_dataset(pets)


def test_a_run_that_lost_its_server_is_told_of_by_the_next(pets):
    @flow
    def lose_server():
        with hold_exclusively(pets, "pets"):
            raise ServerLost("no server")

    with pytest.raises(ServerLost):
        lose_server()
    assert (pets.state / "locks/pets.run").exists()
    assert take_dataset(pets)
    assert not (pets.state / "locks/pets.run").exists()
