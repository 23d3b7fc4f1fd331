"""A dataset is worked on by one run at a time: by the machine's lock, and by the server's limit where it has one."""

import pytest
from prefect import flow, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate

from flows.exclusive import hold_exclusively
from pedigree.errors import CommandError
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

    assert work().isdigit()
    assert "do not exist" not in caplog.text
