"""A provider's vectors: each text is paid for once, at the provider's pace, and what is no vector is never used."""

import logging
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pedigree.errors import ProviderError
from pedigree.models.pacing import request_queue
from pedigree.models.paid_embedder import PaidEmbedder, open_paid_embedder
from pedigree.models.vector_store import VectorStore
from pedigree.recipe.embedder_name import parse_name
from pedigree.recipe.generator import Generator
from tests.support.fake_endpoint import Endpoint, count_letters, error, vectors

NAME = parse_name("litellm/openai/fake")
TEXTS = [f"a bead number {n} {'b' * (n % 5)}" for n in range(200)]


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setattr(request_queue, "MAX_WAIT_SECONDS", 0.05)
    with Endpoint() as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-embedding-secret")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield endpoint


def make(folder, name=NAME, **settings):
    return PaidEmbedder(
        name, VectorStore(folder, name.model), Generator(model=name.model, **{"retries": 2, **settings})
    )


def expect(texts):
    lines = np.array([[text.count(letter) for letter in "abcdefgh"] + [1] for text in texts], dtype=float)
    return lines / np.linalg.norm(lines, axis=1, keepdims=True)


def test_vectors_come_in_batches_and_a_text_is_paid_for_once(endpoint, tmp_path):
    paid = make(tmp_path)
    assert np.allclose(paid.embedder.embed([*TEXTS, *TEXTS[:3], ""])[:200], expect(TEXTS), atol=1e-6)
    assert sorted(len(request["input"]) for request in endpoint.requests) == [8, 64, 64, 64]
    assert sorted(text for request in endpoint.requests for text in request["input"]) == sorted(TEXTS)
    assert (paid.bill.texts, paid.bill.tokens, paid.bill.usd) == (200, 1400, None)
    again = make(tmp_path)
    assert np.array_equal(again.embedder.embed(TEXTS), paid.embedder.embed(TEXTS))
    assert len(endpoint.requests) == 4 and again.bill.texts == 0


def test_what_a_known_model_costs_is_counted(endpoint, tmp_path, caplog):
    name = parse_name("litellm/openai/text-embedding-3-small")
    paid = make(tmp_path, name)
    with caplog.at_level(logging.INFO, "pedigree"):
        paid.embedder.embed(["a", "b"])
    assert paid.bill.usd == pytest.approx(14 * 0.02 / 1e6)
    assert caplog.messages == [
        "openai/text-embedding-3-small: 2 of 2 texts are sent to the provider, about 2 tokens, about 0.0000 USD"
    ]


def test_another_model_has_vectors_of_its_own(endpoint, tmp_path):
    make(tmp_path).embedder.embed(["a"])
    make(tmp_path, parse_name("litellm/openai/other")).embedder.embed(["a"])
    assert [request["model"] for request in endpoint.requests] == ["fake", "other"]


def test_long_texts_make_smaller_batches(endpoint, tmp_path):
    make(tmp_path).embedder.embed([f"{n} " + "word " * 1500 for n in range(11)])
    assert sorted(len(request["input"]) for request in endpoint.requests) == [1, 5, 5]


PASSING = {
    "too few": vectors([1.0, 2]),
    "too many": vectors([1.0, 2], [1, 2], [1, 2]),
    "two of one text": vectors([1.0, 2], [1, 2], indexes=[0, 0]),
    "another text's": vectors([1.0, 2], [1, 2], indexes=[1, 2]),
    "of two lengths": vectors([1.0, 2], [1]),
    "no number": vectors([1.0, float("nan")], [1, 2]),
    "a null": vectors([1.0, None], [1, 2]),
    "none": vectors([], []),
    "no data": {"status": 200, "body": {"object": "list"}},
    "no JSON": {"status": 200, "body": {}, "raw": b"<html>busy</html>"},
    "an outage": error(500),
    "too busy": error(429, retry_after=0),
}


@pytest.mark.parametrize("what", PASSING)
def test_a_malformed_answer_is_asked_for_again_and_never_used(endpoint, tmp_path, what):
    endpoint.script = [PASSING[what]]
    paid = make(tmp_path)
    assert np.allclose(paid.embedder.embed(["abc", "d"]), expect(["abc", "d"]), atol=1e-6)
    assert len(endpoint.requests) == 2
    assert len(VectorStore(tmp_path, NAME.model)) == 2


def test_vectors_in_another_order_find_their_texts(endpoint, tmp_path):
    endpoint.script = [vectors([0.0, 2], [3.0, 0], indexes=[1, 0])]
    assert make(tmp_path).embedder.embed(["first", "second"]).tolist() == [[1, 0], [0, 1]]


def test_retry_after_is_waited_for_and_uses_up_no_try(endpoint, tmp_path):
    endpoint.script = [error(429, retry_after=0.2)] * 2
    started = time.monotonic()
    make(tmp_path, retries=0).embedder.embed(["a"])
    assert len(endpoint.requests) == 3
    assert time.monotonic() - started > 0.4


def test_vectors_of_another_length_than_those_kept_are_never_used_and_not_paid_for_twice(endpoint, tmp_path):
    make(tmp_path).embedder.embed(["a"])
    endpoint.script = [vectors([1.0, 2]) for _ in range(9)]
    with pytest.raises(ProviderError, match="sent vectors of 2 numbers, before of 9") as caught:
        make(tmp_path).embedder.embed(["b"])
    assert caught.value.exit_status == 3 and "remove .pedigree/vectors" in caught.value.hint
    assert len(endpoint.requests) == 2
    assert len(VectorStore(tmp_path, NAME.model)) == 1


HOPELESS = {
    "a wrong key": (error(401), "OPENAI_API_KEY is set: check its value"),
    "no quota": (error(429, "insufficient_quota"), "top up the account"),
    "an unknown model": (error(404), "litellm/PROVIDER/NAME"),
    "a text too long": (error(400, "maximum context length is 8192 tokens"), "leave that text out"),
}


@pytest.mark.parametrize("what", HOPELESS)
def test_what_no_second_try_can_mend_stops_at_once(endpoint, tmp_path, what):
    endpoint.script, says = [HOPELESS[what][0]], HOPELESS[what][1]
    with pytest.raises(ProviderError) as caught:
        make(tmp_path).embedder.embed(["a"])
    assert says in caught.value.hint
    assert len(endpoint.requests) == 1
    assert "sk-embedding-secret" not in str(caught.value)


def test_what_was_received_before_an_outage_is_kept_and_not_paid_for_again(endpoint, tmp_path):
    endpoint.script = [count_letters, count_letters, *[error(401)] * 2]
    with pytest.raises(ProviderError):
        make(tmp_path, concurrency=1).embedder.embed(TEXTS)
    assert len(VectorStore(tmp_path, NAME.model)) == 128
    endpoint.script = []
    assert np.allclose(make(tmp_path).embedder.embed(TEXTS), expect(TEXTS), atol=1e-6)
    assert sum(len(request["input"]) for request in endpoint.requests) == 200 + 64


PAYING = """
import sys
from pathlib import Path
from pedigree.recipe.embedder_name import parse_name
from pedigree.models.paid_embedder import open_paid_embedder
with open_paid_embedder(parse_name("litellm/openai/fake"), Path(sys.argv[1])) as paid:
    paid.embedder.embed([f"text {n}" for n in range(64 * 30)])
"""


@pytest.mark.full
def test_a_kill_loses_at_most_what_was_in_flight(endpoint, tmp_path):
    endpoint.seconds, root = 0.1, Path(__file__).parents[3]
    paying = subprocess.Popen([sys.executable, "-c", PAYING, str(tmp_path)], cwd=root)
    while len(endpoint.requests) < 16 and paying.poll() is None:
        time.sleep(0.01)
    asked_before = len(endpoint.requests)
    paying.kill()
    paying.wait()
    held = len(VectorStore(tmp_path, NAME.model)) // 64
    assert asked_before - 8 <= held < 30
    endpoint.seconds = 0.0
    asked = len(endpoint.requests)
    make(tmp_path).embedder.embed([f"text {n}" for n in range(64 * 30)])
    assert len(endpoint.requests) - asked == 30 - held


def test_a_model_that_never_answers_is_given_up(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(ProviderError, match="openai/fake"):
        make(tmp_path, retries=1, patience=1).embedder.embed(["a"])


def test_a_key_that_is_not_there_is_told_before_anything_is_sent(endpoint, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ProviderError, match="openai/fake needs OPENAI_API_KEY"):
        make(tmp_path)
    assert not endpoint.requests


def test_no_secret_is_in_the_store(endpoint, tmp_path):
    make(tmp_path).embedder.embed(["a"])
    assert all(b"sk-embedding" not in path.read_bytes() for path in tmp_path.rglob("*"))


def test_damaged_answers_are_told_of_and_asked_for_again(endpoint, tmp_path, caplog):
    make(tmp_path).embedder.embed(["a"])
    segment = next(tmp_path.glob("*.vectors"))
    segment.write_bytes(segment.read_bytes().replace(b'"tokens":7', b'"tokens":8'))
    with open_paid_embedder(NAME, tmp_path) as paid:
        assert np.allclose(paid.embedder.embed(["a"]), expect(["a"]))
    assert "1 answer is passed over and asked for again" in caplog.text
    assert len(endpoint.requests) == 2
