"""A body that came with status 200 is an answer that may be paid for; a call that brought none may be charged too."""

import json
import logging
import socket
import threading

import pytest

from pedigree.errors import BudgetError, ProviderError
from pedigree.ledger.ledger import Ledger
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.make_completions import ask, held, job_for

PRICES = {"input": 1000, "output": 10_000}
BODIES = {
    "a list": b'[{"text": "a cat sat"}]',
    "a text": b"a cat sat",
    "a JSON text": b'"a cat sat"',
    "null": b"null",
    "a number": b"3",
    "cut": b'{"choices": [{"message": {"content": "a cat',
}
NO_ANSWERS = {"empty": b" ", "a web page": b"<!DOCTYPE html><html>a gateway</html>", "no part of an answer": b"{}"}
MODELS = ("openai/fake", "hosted_vllm/fake", "ollama_chat/fake")


def send(body, kind="application/json"):
    return {"status": 200, "body": {}, "raw": body, "headers": {"content-type": kind}}


def priced_job(endpoint, path, **changes):
    changes = {"budget": {"calls": None, "usd": 5}, "concurrency": 1, **changes}
    return job_for(endpoint, path, prices=PRICES, parameters={"max_tokens": 50}, **changes)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("model", MODELS)
def test_a_body_that_is_no_object_is_an_answer_without_text(tmp_path, model, body):
    with Endpoint(lambda asked: rows("a cat sat")) as endpoint:
        endpoint.script = [send(body)]
        job = priced_job(endpoint, tmp_path, model=model)
        kept = ask(job, 1).completions[0]
        assert ask(job, 1).paid.calls == 0 and len(endpoint.requests) == 1
    assert (kept.text, kept.finish_reason, kept.tokens, kept.cost_usd, kept.failure) == (
        "",
        "unreadable",
        None,
        None,
        None,
    )
    told = json.loads(kept.other_fields)["body"]  # LiteLLM quotes a decoded body for openai/
    assert told == body.decode() or (model == "openai/fake" and (b"a cat" not in body or "a cat" in told))
    assert next(iter(Ledger(job.workspace.ledger))) == kept


def test_such_a_body_counts_with_its_reservation(tmp_path):
    with Endpoint(lambda asked: send(b"[1, 2]", "text/plain")) as endpoint:
        with pytest.raises(BudgetError, match=r"of 5\.00 USD"):
            ask(priced_job(endpoint, tmp_path), 80)
        assert 1 < len(endpoint.requests) <= 8


@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_body_that_is_no_answer_of_a_model_is_asked_again_and_counts(tmp_path, body, caplog):
    with Endpoint(lambda asked: rows("a cat sat")) as endpoint:
        endpoint.script = [rows("a cat ran"), send(body)]
        job = priced_job(endpoint, tmp_path)
        with caplog.at_level(logging.WARNING, "pedigree"):
            assert [one.failure for one in ask(job, 3).completions] == [None] * 3
    assert "1 call without an answer: up to 0." in caplog.text and held(job) == 3


def test_a_web_page_at_the_address_ends_the_run_and_writes_nothing_off(tmp_path):
    with Endpoint(lambda asked: send(NO_ANSWERS["a web page"], "text/html")) as endpoint:
        job = job_for(endpoint, tmp_path)
        with pytest.raises(ProviderError, match=r"status 200 and no answer: .?<!DOCTYPE html>"):
            ask(job, 9)
    assert held(job) == 0


def test_an_error_with_status_200_costs_nothing(tmp_path, caplog):
    with Endpoint(lambda asked: rows("a cat sat")) as endpoint:
        endpoint.script = [rows("a cat ran"), {**error(500, "boom"), "status": 200}, error(500)]
        ask(priced_job(endpoint, tmp_path), 3)
    assert "without an answer" not in caplog.text


class Drop:
    """Takes requests and closes the connection, before or after the head of an answer."""

    def __init__(self, head=b""):
        self.requests, self._head = 0, head
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/v1"

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                self.requests += 1
                connection.sendall(self._head)


HEAD = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"choices": ['


@pytest.mark.parametrize("head", [b"", HEAD], ids=["before", "within"])
@pytest.mark.parametrize("model", MODELS)
def test_a_dropped_connection_counts_against_the_budget(tmp_path, model, head):
    with Drop(head) as endpoint:
        job = priced_job(endpoint, tmp_path, model=model, budget={"calls": None, "usd": 1})
        with pytest.raises(BudgetError, match=r"the budget is used up.*1 call without an answer included") as raised:
            ask(job, 9)
        assert endpoint.requests == 1 and raised.value.exit_status == 3
    assert held(job) == 0


def test_a_call_that_timed_out_counts_against_the_budget_of_calls(tmp_path, caplog):
    gone = threading.Event()
    with Endpoint(lambda asked: (gone.wait(3), rows("late"))[1]) as endpoint:
        with pytest.raises(BudgetError, match=r"2 of 2 calls are used \(2 calls without an answer included\)"):
            ask(job_for(endpoint, tmp_path, timeout=0.2, budget={"calls": 2, "usd": None}, concurrency=1), 5)
        gone.set()
    assert "2 calls without an answer may be charged" in caplog.text


def test_a_call_that_was_never_sent_counts_nothing(tmp_path, caplog):
    with pytest.raises(ProviderError, match="does not answer"):
        ask(job_for("http://127.0.0.1:9/v1", tmp_path, budget={"calls": 1}, retries=0), 5)
    assert "without an answer" not in caplog.text
