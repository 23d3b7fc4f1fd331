"""A schema is sent in the form that the server takes: OpenAI's, else the one of llama.cpp's server."""

import json

import pytest

from pedigree.errors import ProviderError
from pedigree.job import Job
from pedigree.models.refused_forms import DAY, RefusedForms
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.make_completions import ask, job_for

PICKY = "1 validation error: response_format.type: Input should be 'text' or 'json_object'"


def serve(*forms: str) -> Endpoint:
    """Return an endpoint that takes these forms only and answers others as llama-cpp-python does, with status 500."""

    def answer(body):
        form = body.get("response_format", {}).get("type", "text")
        return rows("a made-up text") if form in forms else error(500, PICKY)

    return Endpoint(answer)


def forms_of(endpoint):
    return [body.get("response_format", {}).get("type", "text") for body in endpoint.requests]


def test_a_server_that_refuses_one_form_is_asked_in_the_other_from_then_on(tmp_path):
    with serve("json_object") as endpoint:
        done = ask(job_for(endpoint, tmp_path, structured="native", concurrency=1), 3)
    assert forms_of(endpoint) == ["json_schema", "json_object", "json_object", "json_object"]
    assert endpoint.requests[1]["response_format"]["schema"]["properties"]["rows"]["items"]["required"] == ["text"]
    assert [one.failure for one in done.completions] == [None] * 3


def test_a_server_that_refuses_both_ends_the_run_and_says_what_to_do(tmp_path):
    with serve("text") as endpoint, pytest.raises(ProviderError, match="Input should be") as raised:
        ask(job_for(endpoint, tmp_path, structured="native", concurrency=1), 3)
    assert raised.value.hint == "set 'structured: text' for generator 'zero-shot'"
    assert forms_of(endpoint) == ["json_schema", "json_object"]


def test_the_way_of_asking_is_no_part_of_a_completions_identity(tmp_path):
    with serve("json_object") as endpoint:
        native = ask(job_for(endpoint, tmp_path / "native", structured="native"), 1).completions
    with serve("text") as endpoint:
        text = ask(job_for(endpoint, tmp_path / "text", structured="text"), 1).completions
    assert [one.completion_id for one in native] == [one.completion_id for one in text]


def test_by_default_a_server_at_an_own_address_is_asked_with_a_schema_and_its_refusal_is_remembered(tmp_path):
    with serve("json_schema", "text") as endpoint:
        ask(job_for(endpoint, tmp_path / "takes", concurrency=1), 2)
    assert forms_of(endpoint) == ["json_schema", "json_schema"]
    with serve("text") as endpoint:
        done = ask(job_for(endpoint, tmp_path / "refuses", concurrency=1), 3)
    assert forms_of(endpoint) == ["json_schema", "text", "text", "text"]
    assert [one.failure for one in done.completions] == [None] * 3


def test_the_next_run_does_not_make_the_refused_call_again_and_native_forces_it(tmp_path):
    with serve("text") as endpoint:
        job = job_for(endpoint, tmp_path / "one", concurrency=1)
        ask(job, 1)
        ask(job, 2)  # a new gateway, as a new run has
        assert forms_of(endpoint) == ["json_schema", "text", "text"]
        forced = job.recipe.generators[0].model_copy(update={"structured": "native"})
        job = Job(job.workspace, job.recipe.model_copy(update={"generators": [forced]}))
        with pytest.raises(ProviderError, match="Input should be"):
            ask(job, 3)
        assert forms_of(endpoint)[3:] == ["json_schema", "json_object"]


KEY = ("openai/m", "https://a.example.org/v1", "json_schema")


def remembers(folder, seconds=0.0, key=KEY):
    return RefusedForms(folder, lambda: 1e9 + seconds).holds(*key, of_this_run=False)


def test_a_refusal_is_remembered_for_a_day_and_for_its_model_address_and_form(tmp_path):
    RefusedForms(tmp_path, lambda: 1e9).add(*KEY)
    assert remembers(tmp_path, DAY - 1) and not remembers(tmp_path, DAY + 1)
    others = (("openai/n", *KEY[1:]), (KEY[0], None, KEY[2]), (*KEY[:2], "json_object"))
    assert not any(remembers(tmp_path, key=other) for other in others)
    assert not RefusedForms(tmp_path, lambda: 1e9).holds(*KEY, of_this_run=True)
    RefusedForms(tmp_path, lambda: 1e9 + 5).add("openai/n", None, "json_schema")
    assert remembers(tmp_path)


def test_another_version_of_litellm_tries_again(tmp_path):
    RefusedForms(tmp_path, lambda: 1e9).add(*KEY)
    path = tmp_path / "refused-forms.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"litellm": "0.0.1"}))
    assert not remembers(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"forms": 3}', b"\xff"])
def test_a_file_that_cannot_be_read_is_written_anew(tmp_path, content):
    (tmp_path / "refused-forms.json").write_bytes(content)
    RefusedForms(tmp_path, lambda: 1e9).add(*KEY)
    assert remembers(tmp_path)
