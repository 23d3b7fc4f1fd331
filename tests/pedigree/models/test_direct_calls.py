"""A call that is sent directly means the same as one that LiteLLM sends, whatever comes back."""

import asyncio
import gzip
import json
from itertools import product

import httpx
import pytest

from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from pedigree.ledger.completion import ProviderResponse
from pedigree.models.call_errors import CallFailure
from pedigree.models.gateway import Gateway
from pedigree.models.litellm_library import close_clients, load_litellm
from tests.support.fake_endpoint import DROP, Endpoint, error, said
from tests.support.make_completions import job_for

MODELS = ["openai/fake", "hosted_vllm/fake", "openai/gpt-4o-mini"]
CALLED = {"name": "f", "arguments": "{}"}
GZIP = {"content-encoding": "gzip"}
USAGE = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}


def answer(content, finish="stop", usage=USAGE, **message):
    made = said(content, finish, id="chatcmpl-1", model="m-1", usage=usage)
    made["body"]["choices"][0]["message"] |= message
    return made


def whole(body):
    return {"status": 200, "body": {}, "raw": body if isinstance(body, bytes) else json.dumps(body).encode()}


PLAIN = {
    "a text": answer('{"rows": []}'),
    "cut at the limit": answer("cut", "length"),
    "other scripts": answer("é 😀 漢字 \u2028"),
    "blanks around": answer("  {} \n"),
    "null fields": answer("x", refusal=None, tool_calls=None, annotations=[]),
    "details of 0": answer("x", usage=USAGE | {"prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}}),
    "details of null": answer("x", usage=USAGE | {"prompt_tokens_details": None, "completion_tokens_details": None}),
    "more counts": answer("x", usage=USAGE | {"queue_time": 0.1}),
    "a smaller than sign": answer("<b>x</b> a<b"),
    "a name of another version": answer("x") | {"headers": {"x-request-id": "7"}},
    "compressed": whole(gzip.compress(json.dumps(answer("é")["body"]).encode())) | {"headers": GZIP},
}
OTHERS = {
    "thoughts in the content": answer("<think>hm</think>{}"),
    "thoughts beside it": answer("x", reasoning_content="hm"),
    "a refusal": answer("no", refusal="I can't"),
    "a refusal alone": answer(None, refusal="I can't"),
    "a tool call": answer(None, tool_calls=[{"id": "1", "type": "function", "function": CALLED}]),
    "blocked": answer("x", "content_filter"),
    "an unknown end": answer("x", "eos"),
    "no text": answer("  "),
    "parts": answer([{"type": "text", "text": "x"}]),
    "half a surrogate pair": answer("a\ud800b"),
    "cached tokens": answer("x", usage=USAGE | {"prompt_tokens_details": {"cached_tokens": 64}}),
    "reasoning tokens": answer("x", usage=USAGE | {"completion_tokens_details": {"reasoning_tokens": 9}}),
    "no counts": answer("x", usage={}),
    "the sum alone": answer("x", usage={"total_tokens": 150}),
    "counts of 0": answer("x", usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
    "counts that are no numbers": answer("x", usage={"prompt_tokens": "many", "completion_tokens": True}),
    "an empty name": answer("x") | {"body": answer("x")["body"] | {"model": ""}},
    "no name": whole({key: value for key, value in answer("x")["body"].items() if key != "model"}),
    "a number as name and id": whole(answer("x")["body"] | {"model": 7, "id": 7}),
    "no choices": whole({"id": "r", "model": "m", "choices": [], "usage": USAGE}),
    "two choices": whole({"id": "r", "model": "m", "choices": answer("x")["body"]["choices"] * 2, "usage": USAGE}),
    "a list": whole([1]),
    "a web page": whole(b"<html>"),
    "nothing": whole(b""),
    "half of it": whole(json.dumps(answer("x")["body"]).encode()[:90]),
    "not compressed as it says": whole(b"{}") | {"headers": GZIP},
    "a redirection to nowhere": error(301, "moved"),
    "no UTF-8": whole(b'{"id": "\xff\xfe"}'),
    "an error with status 200": whole({"error": {"message": "overloaded", "code": 500}}),
    "400": error(400, "bad"),
    "400 for a parameter": error(400, "Unsupported parameter: use max_completion_tokens"),
    "400 for the schema": error(400, "response_format is not supported"),
    "400 too long": error(400, "This model's maximum context length is 10 tokens"),
    "401": error(401, "bad key"),
    "402": error(402, "no credit"),
    "403": error(403, "forbidden"),
    "404": error(404, "no such model"),
    "408": error(408, "late"),
    "422": error(422, "wrong"),
    "429": error(429, "slow down", 3),
    "429 in words": error(429, "quota; retry in 2.5s"),
    "429 of an empty account": error(429, "insufficient_quota: check your plan and billing details"),
    "500": error(500, "broken"),
    "503": error(503, "busy", 2),
    "529": error(529, "overloaded"),
    "a closed connection": DROP,
}  # fmt: skip


def ask(job, way=0, runner=None):
    """Return what a call of one of the job's generators gives, without the address, and how it was sent."""
    gateway, generator = Gateway(job), job.recipe.generators[way]
    prompt = PromptBuilder(job).build(Slot(generator, "cat", 0), 1, {"temperature": 0.5, "max_tokens": 90})

    async def call():
        try:
            return await gateway.ask(prompt)
        except CallFailure as failure:
            shown = {name: str(value).split(" of generator")[0] for name, value in vars(failure).items()}
            return type(failure).__name__, shown
        finally:
            if runner is None:
                await close_clients()

    return (runner.run if runner else asyncio.run)(call()), dict(gateway.sent_by)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return what a scripted answer means through LiteLLM and directly, after a look at how it was asked for."""
    with Endpoint() as endpoint, asyncio.Runner() as runner:
        jobs = {
            model: job_for(
                endpoint, tmp_path_factory.mktemp("job"), {"transport": "auto"}, model=model, transport="litellm"
            )
            for model in MODELS
        }

        def compare(scripted, model):
            seen, before = [], len(endpoint.requests)
            for way in (0, 1):
                endpoint.script = [scripted]
                seen.append(ask(jobs[model], way, runner))
                (jobs[model].workspace.state / "refused-forms.json").unlink(missing_ok=True)
            assert [sent for _, sent in seen] == [{"litellm": 1}, {"direct": 1}]
            first, *second = endpoint.requests[before:]
            assert second == [first]  # one call each way, and the same
            return [meaning for meaning, _ in seen]

        yield compare
        runner.run(close_clients())


@pytest.mark.parametrize(
    ("model", "name"),
    [*product(MODELS, PLAIN), *product(MODELS[:2], OTHERS)],  # the third is called as the first is
)
def test_an_outcome_means_the_same_either_way(both, model, name):
    through, direct = both((PLAIN | OTHERS)[name], model)
    assert direct == through


@pytest.mark.parametrize("name", ["no name", "an empty name", "a number as name and id", "a list", "half of it"])
def test_an_answer_that_names_no_model_is_of_an_unknown_one(both, name):
    assert [answered.model for answered in both(OTHERS[name], "openai/fake")] == [None, None]


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_answer_is_not_given_to_litellm(both, monkeypatch, name, tmp_path):
    async def refuse(**_):
        raise AssertionError("LiteLLM was called")

    monkeypatch.setattr(load_litellm(), "acompletion", refuse)
    with Endpoint(lambda body: PLAIN[name]) as endpoint:
        answered, _ = ask(job_for(endpoint, tmp_path))
    assert isinstance(answered, ProviderResponse) and answered.tokens_out == 50


def test_its_cost_is_the_same(both, tmp_path):
    through, direct = both(PLAIN["a text"], "openai/gpt-4o-mini")
    assert direct.cost_usd == through.cost_usd > 0
    with Endpoint(lambda body: PLAIN["a text"]) as endpoint:
        answered, _ = ask(job_for(endpoint, tmp_path, prices={"input": 1, "output": 2}))
    assert answered.cost_usd == pytest.approx((100 * 1 + 50 * 2) / 1e6)


def test_a_wrong_address_is_the_same_fault(tmp_path):
    seen = [
        ask(job_for("http://127.0.0.1:9/v1", tmp_path / way, transport=way, timeout=5))[0]
        for way in ("auto", "litellm")
    ]
    assert seen[0] == seen[1] and seen[0][1]["code"] == "provider-error" and seen[0][1]["may_be_charged"] == "False"


def test_no_answer_in_time_is_the_same_fault(tmp_path):
    with Endpoint(seconds=2) as endpoint:
        job = job_for(endpoint, tmp_path, {"transport": "litellm"}, timeout=0.5)
        seen = [ask(job, way)[0] for way in (0, 1)]
    assert seen[0] == seen[1] and seen[0][1]["may_be_charged"] == "True"


def test_another_providers_model_is_called_by_litellm(tmp_path):
    with Endpoint() as endpoint:
        _, sent = ask(job_for(endpoint, tmp_path, model="ollama/fake"))
    assert sent == {"litellm": 1}


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirection_is_followed_as_litellm_follows_it(both, status, tmp_path):
    with Endpoint(lambda body: PLAIN["a text"]) as other:
        moved = error(status, "moved") | {"headers": {"location": f"{other.url}/chat/completions"}}
        with Endpoint(lambda body: moved) as endpoint:
            direct = ask(job_for(endpoint, tmp_path))[0]
        assert len(other.requests) == 1
    assert direct == both(PLAIN["a text"], "openai/fake")[0]


def test_a_plain_answer_takes_none_of_the_layers_around_the_transport(both, monkeypatch, tmp_path):
    async def refuse(*_, **__):
        raise AssertionError("the layers were used")

    monkeypatch.setattr(httpx.AsyncClient, "send", refuse)
    with Endpoint(lambda body: PLAIN["a text"]) as endpoint:
        assert ask(job_for(endpoint, tmp_path))[0].tokens_in == 100


def test_without_its_connections_litellms_client_sends(both, monkeypatch, tmp_path):
    monkeypatch.setattr(load_litellm(), "disable_aiohttp_transport", True)
    with Endpoint(lambda body: PLAIN["a text"]) as endpoint:
        answered, sent = ask(job_for(endpoint, tmp_path))
    assert sent == {"direct": 1} and answered == both(PLAIN["a text"], "openai/fake")[0]


def test_a_form_is_made_once_and_not_sent(tmp_path, monkeypatch):
    with Endpoint() as endpoint:
        job = job_for(endpoint, tmp_path)
        gateway, made = Gateway(job), []
        make = gateway.direct._make_form
        monkeypatch.setattr(gateway.direct, "_make_form", lambda call: made.append(call) or make(call))
        prompts = [PromptBuilder(job).build(Slot(job.recipe.generators[0], "cat", place), 1, {}) for place in range(3)]

        async def call():
            for prompt in prompts:
                await gateway.ask(prompt)
            await close_clients()

        asyncio.run(call())
        assert len(made) == 1 and len(endpoint.requests) == 3
        assert {request["authorization"] for request in endpoint.requests} == {"Bearer none"}
