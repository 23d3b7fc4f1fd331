"""A model that can't be asked stops a run with exit status 3 and a mend; what was received is kept."""

import os
import re
import signal
import time

import pytest
from ruamel.yaml import YAML

from pedigree.generation.receipt import Receipt, of_process
from pedigree.ledger.ledger import Ledger
from tests.support.cli_runner import Shell
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.workspaces import RECIPE, make_workspace


@pytest.fixture
def ask(tmp_path, capsys):
    """Return a function that writes a recipe with such a generator and generates, or refuses to."""
    make_workspace(tmp_path)

    def generate(budget=None, status=3, **changes):
        generator = {"model": "openai/fake", "rows_per_call": 1, "retries": 1, "timeout": 5, "patience": 0, **changes}
        with (tmp_path / "recipes/pets.yaml").open("w") as file:
            YAML().dump({**RECIPE, "generators": [generator], "budget": budget or {}}, file)
        return Shell(tmp_path, capsys).refuse("generate", "pets", status=status)

    return generate


def count_held(root):
    return len(Ledger(root / ".pedigree/ledger"))


@pytest.mark.parametrize(
    ("changes", "status", "found", "hint"),
    [
        ({"model": "openai/gpt-4o-mini"}, 3, "openai/gpt-4o-mini needs OPENAI_API_KEY", "export OPENAI_API_KEY=..."),
        ({"model": "nosuch/thing"}, 3, "nosuch/thing: .*rovider", "PROVIDER/NAME"),
        ({"model": "thing"}, 3, "thing: .*rovider", "PROVIDER/NAME"),
        ({"api_base": "http://127.0.0.1:9/v1"}, 3, "openai/fake does not answer", "see that a server runs at http://127.0.0.1:9/v1"),
        ({"api_base": "http://127.0.0.1:9/v1", "budget": {"usd": 1}}, 2, "price of openai/fake is not known",
            "add 'prices:"),
        ({"model": "offline/nonsense"}, 2, "no model 'offline/nonsense'", "offline/template"),
        ({"model": "replay/data/seeds/pets"}, 2, "data/seeds/pets", "correct the generator's model"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_asked(ask, tmp_path, monkeypatch, changes, status, found, hint):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    said = ask(status=status, **changes)
    assert re.search(found, said) and re.search(f"(to do|expected): .*{re.escape(hint)}", said)
    assert count_held(tmp_path) == 0


ANSWERS = {
    "a wrong key": (error(401, "Incorrect API key provided"), "Incorrect API key", "OPENAI_API_KEY is"),
    "no quota": (error(402, "Payment required"), "Payment required", "top up the account"),
    "no quota, said otherwise": (error(429, "You exceeded your current quota"), "quota", "top up the account"),
    "too many for ever": (error(429, "slow down"), "does not answer: .*slow down", "run again when it does"),
    "errors for ever": (error(500, "oops"), "does not answer: .*oops", "run again when it does"),
    "an unknown model": (error(404, "The model does not exist"), "does not exist", "correct 'model'"),
    "HTML": (
        {"status": 200, "body": {}, "raw": b"<html>sign in</html>", "headers": {"content-type": "text/html"}},
        "openai/fake does not answer", "correct 'api_base' of the generator",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "found", "hint"), ANSWERS.values(), ids=ANSWERS)
def test_a_provider_that_refuses(ask, tmp_path, answer, found, hint):
    with Endpoint(lambda body: answer) as endpoint:
        endpoint.script = [rows("a cat on a mat that nobody saw")]
        said = ask(api_base=endpoint.url, concurrency=1)
    assert re.search(found, said) and re.search(f"to do: .*{re.escape(hint)}", said)
    assert count_held(tmp_path) == 1


def test_a_provider_that_is_too_slow(ask):
    with Endpoint(seconds=2) as endpoint:
        said = ask(api_base=endpoint.url, timeout=0.2, retries=0)
    assert re.search(r"no answer within 0\.2 s", said) and "raise 'timeout'" in said


def test_a_budget_that_is_used_up(ask, tmp_path):
    with Endpoint(lambda body: rows("the same again")) as endpoint:
        said = ask(api_base=endpoint.url, budget={"calls": 8})
    assert "the budget is used up: 8 of 8 calls are used" in said and "to do: raise 'budget' in the recipe" in said
    assert count_held(tmp_path) == 8


@pytest.fixture
def interruptible():
    """A shell starts its background jobs deaf to SIGINT; these tests may be such a job."""
    vars(of_process).update(vars(Receipt()))  # this process asked for what other tests wanted
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_keeps_what_was_received(ask, tmp_path, interruptible):
    with Endpoint() as endpoint:
        endpoint.script = [rows(f"cat {number} of them") for number in range(4)]
        endpoint.answer = lambda body: (os.kill(os.getpid(), signal.SIGINT), time.sleep(0.5), rows("late"))[2]
        said = ask(api_base=endpoint.url, concurrency=1, status=130)
    assert said.splitlines() == [
        "stopped; 4 calls paid for in this run, 600 tokens, cost unknown; 1 call without an answer may be charged; "
        "everything received is kept; 'pedigree generate pets' goes on from here"
    ]
    assert count_held(tmp_path) == 4
