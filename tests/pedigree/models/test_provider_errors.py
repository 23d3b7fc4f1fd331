"""An error of a provider is sorted by what it says, whichever provider says it, and shown in the provider's words."""

import json
import time
from email.utils import formatdate

import pytest

from pedigree.models.call_errors import FatalError, PermanentError, TransientError
from pedigree.models.provider_errors import classify_error
from pedigree.models.request_faults import Caller

CALLER = Caller("openai/fake", 120, "generator 'zero-shot'", None, {"temperature": 1.5, "max_tokens": 4000})
LOWER = "lower 'parameters.max_tokens' (now 4000)"


class Raised(Exception):
    """An error as LiteLLM raises it."""

    def __init__(self, status: int, text: str, **headers: str):
        super().__init__(text)
        self.status_code = status
        self.litellm_response_headers = {name.replace("_", "-"): value for name, value in headers.items()}


def sort_out(status: int, text: str, **headers: str):
    return classify_error(Raised(status, text, **headers), CALLER)


FAULTS = [
    ("no-quota", 400, "Your credit balance is too low. Please go to Plans & Billing to purchase credits.", "top up"),
    ("no-quota", 400, "You have reached your specified API usage limits.", "raise its limit"),
    ("no-quota", 400, "Arrearage: make sure your account is in good standing.", "top up"),
    ("no-quota", 403, "Your account is suspended due to insufficient balance", "top up"),
    ("no-quota", 429, "You exceeded your current quota", "top up"),
    (
        "wrong-parameter",
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "write 'parameters.max_completion_tokens' in place of 'parameters.max_tokens' (now 4000)",
    ),
    ("wrong-parameter", 400, "temperature must be at most 1", "'parameters.temperature' (now 1.5)"),
    ("wrong-parameter", 400, "max_tokens: 8192 > 4096, the most output tokens of claude-3", "parameters.max_tokens"),
    ("wrong-parameter", 400, "Unknown parameter: 'foo'", "look at 'parameters' of generator 'zero-shot'"),
    ("unknown-model", 404, "model: claude-x", "correct 'model' of generator 'zero-shot', which is openai/fake"),
    ("unknown-model", 400, "nosuch/thing is not a valid model ID", "correct 'model'"),
    ("unknown-model", 400, "Model Not Exist", "correct 'model'"),
    ("unknown-model", 400, "The model `gpt-9` has been deprecated", "correct 'model'"),
    ("wrong-region", 400, "User location is not supported for the API use.", "region"),
    ("wrong-region", 403, "Country, region, or territory not supported", "region"),
    ("wrong-key", 400, "API key not valid. Please pass a valid API key.", "comes from the environment"),
    ("too-long", 400, "The maximum context length is 2048 tokens, you requested 5000 (1000 + 4000).", LOWER),
]


@pytest.mark.parametrize(("code", "status", "says", "hint"), FAULTS)
def test_what_no_prompt_can_help_is_fatal_and_says_what_to_do(code, status, says, hint):
    failure = sort_out(status, f"litellm.BadRequestError: OpenAIException - {says}")
    assert isinstance(failure, FatalError)
    assert (failure.code, failure.detail) == (code, says) and hint in failure.hint


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("openai/fake", "OPENAI_API_KEY"),
        ("gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
        ("together_ai/x", "TOGETHERAI_API_KEY"),
    ],
)
def test_a_refused_key_names_its_variable_and_whether_it_is_set(monkeypatch, model, name):
    refused, caller = Raised(401, "Incorrect API key provided"), Caller(model, 120, "generator 'zero-shot'")
    monkeypatch.delenv(name, raising=False)
    assert f"where {name} is not set: export {name}=..." in classify_error(refused, caller).hint
    monkeypatch.setenv(name, "sk-planted-secret")
    hint = classify_error(refused, caller).hint
    assert f"where {name} is set: check its value" in hint and "planted" not in hint


def test_a_refused_key_of_an_unknown_provider_names_no_variable():
    caller = Caller("hosted_vllm/x", 120, "generator 'zero-shot'")
    assert "check the provider's key in the environment" in classify_error(Raised(401, "no"), caller).hint


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("content-filter", 400, "The response was filtered: content management policy"),
        ("content-filter", 400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy"),
        ("too-long", 400, "The maximum context length is 4096 tokens, you requested 5000 (1000 + 4000)."),
        ("too-long", 413, "Request Entity Too Large"),
        ("too-long", 429, "Request too large on tokens per min: Limit 10000, Requested 20000, try again in 3s"),
        ("refused-request", 400, "Invalid 'messages[0].content': temperature of the text is too high"),
        ("refused-request", 400, "can't read 'I was told that my credit balance is too low, and by the bank at that'"),
        ("refused-request", 400, "Something that nobody has seen"),
    ],
)
def test_what_may_concern_one_prompt_is_not_fatal(code, status, says):
    failure = sort_out(status, says)
    assert isinstance(failure, PermanentError) and failure.code == code


MESSAGE = "Your credit balance\n is too low"
BODY = {"type": "error", "error": {"type": "invalid_request_error", "message": MESSAGE}}


@pytest.mark.parametrize(
    "text",
    [
        f"litellm.BadRequestError: AnthropicException - {json.dumps(BODY, indent=2)}",
        f"litellm.BadRequestError: GeminiException BadRequestError - {json.dumps([BODY])}",
        f"litellm.BadRequestError: OpenAIException - Error code: 400 - {BODY}",
        json.dumps({"error": {"message": MESSAGE, "metadata": {"raw": ""}}}),
        json.dumps({"detail": [{"msg": MESSAGE}]}),
        json.dumps({"error": MESSAGE}),
        f"litellm.BadRequestError: OpenAIException - {MESSAGE}",
    ],
)
def test_the_providers_own_words_are_found_in_any_body(text):
    assert sort_out(400, text).detail == "Your credit balance is too low"


def test_the_words_of_the_provider_behind_another_are_shown():
    raw = json.dumps({"error": {"message": "temperature is bad"}})
    text = json.dumps({"error": {"message": "Provider returned error", "metadata": {"raw": raw}}})
    assert sort_out(400, text).detail == "Provider returned error: temperature is bad"


def test_an_error_without_words_is_named():
    assert sort_out(400, "").detail == "Raised"


QUOTA = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("seconds", "status", "says", "headers"),
    [
        (2.5, 429, f"{QUOTA}\nPlease retry in 2.5s.", {}),
        (36, 429, json.dumps({"error": {"message": QUOTA, "details": [{"retryDelay": "36s"}]}}), {}),
        (36, 429, str([{"error": {"message": QUOTA, "details": [{"retryDelay": "36s"}]}}]), {}),
        (62.3, 429, "Rate limit reached. Please try again in 1m2.3s. Visit our site.", {}),
        (0.25, 429, "Try again in 250ms.", {}),
        (65, 429, "Please wait 1 minute and 5 seconds before you retry", {}),
        (10800, 429, "The quota of the day is used up and resets in 3 hours", {}),
        (1200, 429, "Please retry your request after 1,200 seconds", {}),
        (7, 429, QUOTA, {"retry_after": "7"}),
        (1.5, 429, QUOTA, {"retry_after_ms": "1500", "retry_after": "2"}),
        (62, 429, QUOTA, {"x_ratelimit_reset_tokens": "1m2s"}),
        (
            60,
            429,
            "slow down",
            {
                "x_ratelimit_reset_requests": "1m0s",
                "x_ratelimit_remaining_requests": "0",
                "x_ratelimit_reset_tokens": "1h",
                "x_ratelimit_remaining_tokens": "90",
            },
        ),
        (0, 429, "slow down", {"anthropic_ratelimit_requests_reset": "2020-01-01T00:00:00Z"}),
        (20, 503, json.dumps({"error": "Model is loading", "estimated_time": 20.0}), {}),
        (9, 403, "You have exceeded a secondary rate limit", {"retry_after": "9"}),
        (None, 429, "Rate limit: 10 requests per 60 seconds. Please try again later.", {}),
        (None, 429, "slow down", {"retry_after": "soon"}),
    ],
)
def test_a_wait_that_is_named_anywhere_is_read_and_is_no_empty_account(seconds, status, says, headers):
    failure = sort_out(status, says, **headers)
    assert isinstance(failure, TransientError) and failure.alive
    assert failure.retry_after == (None if seconds is None else pytest.approx(seconds))


def test_a_date_in_a_header_is_read():
    later = formatdate(time.time() + 3600, usegmt=True)
    assert sort_out(429, QUOTA, retry_after=later).retry_after == pytest.approx(3600, abs=60)
    assert sort_out(429, QUOTA, x_ratelimit_reset=f"{1000 * (time.time() + 3600):.0f}").retry_after > 3500


def test_an_empty_account_is_not_waited_for_because_of_a_reset_header():
    failure = sort_out(429, "insufficient_quota", x_ratelimit_reset_requests="1s")
    assert isinstance(failure, FatalError) and failure.code == "no-quota"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Cannot connect to host api.example.com:443 ssl:<ssl.SSLContext object at 0x7f2a> [Connect call failed]",
            "Cannot connect to host api.example.com:443 [Connect call failed]",
        ),
        ("Cannot connect to host 127.0.0.1:9 ssl:default [refused]", "Cannot connect to host 127.0.0.1:9 [refused]"),
        ("<class 'httpx.ReadError'> the peer closed <httpcore.Stream object at 0x7f>", "the peer closed"),
    ],
)
def test_inner_words_of_a_client_library_are_not_shown(text, says):
    assert sort_out(500, text).detail == says
