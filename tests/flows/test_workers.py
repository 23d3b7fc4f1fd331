"""Deployments of prefect.yaml on a server: workers start together, are killed, and share a provider's rate limit."""

import random
import re

import pytest
from ruamel.yaml import YAML

from pedigree.ledger.ledger import Ledger
from pedigree.versions.versions import list_versions
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.killable_processes import WORDS
from tests.support.prefect_workers import Pool, kill_all
from tests.support.repository import settle
from tests.support.workspaces import RECIPE

LIMIT = 3  # calls in flight that the recipes allow, all runs together


def answer(body):
    """Answer each call with rows that no other has."""
    return rows(*(" ".join(random.sample(WORDS, 9)) for _ in range(5)))


@pytest.fixture(scope="module")
def endpoint():
    with Endpoint(answer, seconds=0.2) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def pool(tmp_path_factory, endpoint):
    """A pool with two workers, and in their workspace the recipes pets-0 to pets-4."""
    folder = tmp_path_factory.mktemp("pool")
    house = settle(folder / "work")
    for number in range(5):
        generator = {"strategy": "zero-shot", "model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 5}
        recipe = {**RECIPE, "dataset": f"pets-{number}", "seed": number, "task": f"Which animal, number {number}?"}
        recipe |= {
            "generators": [{**generator, "concurrency": LIMIT}],
            "gates": {"class_floor": 1, "label_precision": "unchecked-ok"},
            "evaluate": {"repeats": 1},
        }
        with (house.root / f"recipes/pets-{number}.yaml").open("w") as file:
            YAML(typ="safe").dump(recipe, file)
    house.git("add", "recipes")
    house.git("commit", "-qm", "recipes")
    with Pool(folder) as pool:
        said = pool.prefect("deploy", "--all")
        assert "synthesize/synthesize" in said.replace("\n", "")
        for _ in range(2):
            pool.add_worker()
        yield pool


@pytest.mark.full
@pytest.mark.parametrize(("datasets", "each"), [(2, 2), (5, 2)], ids=["four runs", "ten runs"])
def test_runs_started_at_once_all_end_well_within_the_limit_and_as_one_version_each(pool, endpoint, datasets, each):
    """Runs of one dataset want the same rows: which of them comes first is not determined."""
    endpoint.most_in_flight = 0
    names = [f"pets-{number}" for number in range(5 - datasets, 5)]
    before = {name: len(list_versions(pool.root, name)) for name in names}
    wanted = {name: 40 + 20 * before[name] for name in names}
    runs = [
        pool.start_run("synthesize/synthesize", dataset=name, rows=wanted[name]) for _ in range(each) for name in names
    ]
    for run in pool.await_runs(runs, 900):
        assert run["state_type"] == "COMPLETED", run["state"]["message"] + pool.read_log(run["id"])
        log = pool.read_log(run["id"])
        assert "lock" not in log.lower() and "Traceback" not in log
        assert re.fullmatch(r"pets-\d: (v1\.\d\.0 \((first|minor)\)|unchanged)", run["name"])
    for name in names:
        versions = list_versions(pool.root, name)
        assert [version.number for version in versions] == [(1, minor, 0) for minor in range(before[name] + 1)]
    assert 1 < endpoint.most_in_flight <= LIMIT


@pytest.mark.full
def test_a_worker_that_dies_is_recovered_by_the_next_run(pool, endpoint):
    before = len(endpoint.requests)
    run = pool.start_run("synthesize/synthesize", dataset="pets-0", rows=400)
    pool.wait(lambda: len(endpoint.requests) >= before + 10, "the calls")
    for worker in pool.workers:
        kill_all(worker)
    held, asked = len(Ledger(pool.root / ".pedigree/ledger")), len(endpoint.requests)
    assert pool.read_run(run)["state_type"] == "RUNNING"  # nobody is left to say otherwise

    pool.add_worker()
    [again] = pool.await_runs([pool.start_run("synthesize/synthesize", dataset="pets-0", rows=400)], 600)
    assert again["state_type"] == "COMPLETED", again["state"]["message"]
    assert (
        len(Ledger(pool.root / ".pedigree/ledger")) - held == len(endpoint.requests) - asked
    )  # nothing is paid for twice
    assert "were in flight when the last run died: asked for again" in pool.read_log(again["id"])


@pytest.mark.full
def test_a_wrong_parameter_is_refused_before_there_is_a_run(pool):
    deployment = pool.call("/deployments/name/synthesize/synthesize")
    assert deployment["enforce_parameter_schema"]
    fields = deployment["parameter_openapi_schema"]["properties"]
    assert fields["dataset"]["enum"] == [
        "film-reviews",
        *(f"pets-{number}" for number in range(5)),
        "shop-entailment",
        "support-tickets",
    ]
    for wrong in ({"dataset": "nobody"}, {"dataset": "pets-0", "rows": -1}):
        with pytest.raises(OSError, match="409"):
            pool.start_run("synthesize/synthesize", **wrong)
