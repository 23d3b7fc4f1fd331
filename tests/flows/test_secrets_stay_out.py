"""No file or log contains a key after a run that succeeds, fails or is refused, even if the provider repeats it."""

import logging
import random
import subprocess
import traceback
from contextlib import chdir
from pathlib import Path

import polars as pl
import pytest
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL
from ruamel.yaml import YAML

from flows.synthesize import synthesize
from pedigree.errors import ProviderError, RecipeError
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.repository import Household, settle
from tests.support.workspaces import RECIPE

KEY = "sk-Planted0nly4Test5-Q7w9Xk2Zb"
ENDS = f"{KEY[:10]}{'*' * 12}{KEY[-6:]}"
PIECES = [KEY[:10].lower().encode(), KEY[-6:].lower().encode()]
TOLD = "[secret]"  # what stands in the key's place, where a provider's words are kept


def write_recipe(house: Household, **generator) -> None:
    model = {"model": "openai/fake", "structured": "text", "rows_per_call": 4, "retries": 0, **generator}
    recipe = {**RECIPE, "rows": 8, "generators": [model], "split": {"validation": 0}, "evaluate": {"repeats": 1}}
    recipe["gates"] = {**RECIPE["gates"], "label_precision": "unchecked-ok"}
    with (house.root / "recipes/pets.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(recipe, file)


def read_all(*folders: Path):
    """Yield name and bytes of every file, Parquet tables and git's objects as what they hold."""
    for path in sorted(
        path for folder in folders for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts
    ):
        content = path.read_bytes()
        yield path, repr(pl.read_parquet(path).to_dicts()).encode() if content[:4] == b"PAR1" else content
    for repository in {path for folder in folders for path in folder.rglob(".git")}:
        every = ["git", "cat-file", "--batch", "--batch-all-objects"]
        yield repository, subprocess.run(every, cwd=repository.parent, capture_output=True, check=True).stdout


def answer_well(body: dict) -> dict:
    """Answer with texts that pass every gate."""
    chance = random.Random(body["messages"][-1]["content"])
    return rows(*(" ".join("".join(chance.sample("abdeiklmnorstu", 5)) for _ in range(9)) for _ in range(4)))


def find_key(files) -> list[str]:
    return [str(name) for name, content in files for piece in PIECES if piece in content.lower()]


@pytest.fixture
def house(tmp_path):
    return settle(tmp_path / "work")


@pytest.fixture
def run(prefect, house, tmp_path, monkeypatch, capfd, caplog):
    """Run the recipe and return what was raised, or None; the key is then in none of the things that a run leaves."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    database = Path(PREFECT_SERVER_DATABASE_CONNECTION_URL.value().split(":///")[1]).parent

    def search(without: str = ""):
        raised = None
        with caplog.at_level(logging.DEBUG, "pedigree"), chdir(house.root):
            try:
                synthesize("pets")
            except Exception as error:
                raised = error
        APILogWorker.instance().drain_all(timeout=30)
        said = capfd.readouterr()
        told = ["".join(traceback.format_exception(raised)), *chain(raised)] if raised else []
        spoken = [said.out, said.err, caplog.text, *told]
        files = [
            (name, content) for name, content in read_all(tmp_path, database) if not without or name.name != without
        ]
        assert len(files) > 50 and any("SQLite format 3" in content[:20].decode("latin1") for _, content in files)
        assert find_key([*files, *(("spoken", text.encode()) for text in spoken)]) == []
        return raised

    return search


def chain(error: BaseException | None):
    """Yield what an error and all that a traceback shows with it hold."""
    while error is not None:
        yield f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.mark.full
def test_a_run_that_succeeds(run, house):
    with Endpoint(answer_well) as endpoint:
        write_recipe(house, api_base=endpoint.url)
        assert run() is None
    assert list(house.root.parent.glob("remote/**/*")) and house.git("tag") == "pets@v1.0.0"
    assert endpoint.requests[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.full
def test_an_address_with_a_password_in_the_environment(run, house, monkeypatch):
    """Clients refuse it where they send a key as well; whether this one does is not ours."""
    with Endpoint(answer_well) as endpoint:
        monkeypatch.setenv("OPENAI_API_BASE", endpoint.url.replace("//", "//user:planted@"))
        write_recipe(house)
        assert isinstance(run(), ProviderError | None)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, f"Incorrect API key provided: {ENDS}. You can find your key at http://user:planted@host/account"),
        pytest.param(401, f"Incorrect API key provided: {KEY}.", marks=pytest.mark.full),
        pytest.param(403, f"{KEY} has no access", marks=pytest.mark.full),
        pytest.param(429, f"You exceeded your current quota, {KEY}", marks=pytest.mark.full),
        pytest.param(404, f"no such model for {KEY}", marks=pytest.mark.full),
        pytest.param(500, f"server error; the request was: authorization: Bearer {KEY}", marks=pytest.mark.full),
    ],
    ids=["wrong key, its ends", "wrong key", "forbidden", "no quota", "no model", "server error"],
)
def test_a_run_that_the_provider_stops_with_words_that_hold_the_key(run, house, status, says):
    with Endpoint(lambda body: error(status, says)) as endpoint:
        write_recipe(house, api_base=endpoint.url)
        raised = run()
    assert isinstance(raised, ProviderError) and TOLD in str(raised)


@pytest.mark.full
def test_a_failure_that_is_recorded_in_the_ledger_and_the_tables(run, house):
    with Endpoint(answer_well) as endpoint:
        endpoint.script = [error(400, f"content_policy: flagged, key {KEY}")]
        write_recipe(house, api_base=endpoint.url)
        run()
    details = pl.read_parquet(house.root / "data/pets/completions.parquet")["failure_detail"].drop_nulls()
    assert TOLD in details[0]


@pytest.mark.full
def test_a_body_that_is_no_json(run, house):
    page = f"<html>Bad gateway {KEY}</html>"
    with Endpoint(lambda body: {"status": 502, "body": {}, "raw": page.encode()}) as endpoint:
        write_recipe(house, api_base=endpoint.url)
        assert isinstance(run(), ProviderError)


@pytest.mark.full
def test_nothing_listens(run, house, monkeypatch):
    monkeypatch.setenv("OPENAI_API_BASE", "http://user:planted@127.0.0.1:9/v1")
    write_recipe(house)
    assert isinstance(run(), ProviderError)


@pytest.mark.parametrize(
    "generator",
    [
        {"api_base": "http://user:planted@127.0.0.1:9/v1"},
        pytest.param({"parameters": {"extra_headers": {"Authorization": f"Bearer {KEY}"}}}, marks=pytest.mark.full),
        {"parameters": {"extra_body": {"api_key": KEY}}},
        pytest.param({"api_key": KEY}, marks=pytest.mark.full),
    ],
    ids=["address", "header", "inner parameter", "key"],
)
def test_a_recipe_that_holds_a_key_is_refused_without_repeating_it(run, house, generator):
    write_recipe(house, **generator)
    assert isinstance(run(without="pets.yaml"), RecipeError)


@pytest.mark.full
@pytest.mark.parametrize("status", [200, 401, 500, 2])
def test_the_same_from_the_shell_with_a_prefect_of_its_own(house, tmp_path, status):
    answer = answer_well if status == 200 else (lambda body: error(status, f"key {KEY}"))
    with Endpoint(answer) as endpoint:
        refused = {"parameters": {"api_key": KEY}} if status == 2 else {}
        write_recipe(house, api_base=endpoint.url, **refused)
        environment = {
            "OPENAI_API_KEY": KEY,
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_LOGGING_LEVEL": "DEBUG",
        }
        done = house.run("pedigree", "run", "pets", check=False, **environment)
    assert done.returncode == {200: 0, 401: 3, 500: 3, 2: 2}[status], done.stderr
    files = [(name, content) for name, content in read_all(tmp_path) if status != 2 or name.name != "pets.yaml"]
    assert find_key([*files, ("said", (done.stdout + done.stderr).encode())]) == []
    assert status == 2 or (tmp_path / "prefect/prefect.db").is_file()
    assert status in (200, 2) or TOLD in done.stderr


def test_the_search_finds_a_key(house):
    (house.root / "note.txt").write_text(f"x{KEY}x")
    house.git("add", "note.txt")
    pl.DataFrame({"a": [ENDS]}).write_parquet(house.root / "a.parquet")
    assert {Path(name).name for name in find_key(read_all(house.root))} == {"note.txt", "a.parquet", ".git"}
