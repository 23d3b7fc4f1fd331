"""A model in whose answers no row can be read is not paid for long, and the run says what it answered."""

import pytest

from flows.stages import curate, generate
from pedigree.errors import GateError, ProviderError
from pedigree.job import open_job
from tasks.distribution import check_labels
from tasks.validate import require_gates, validate
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.workspaces import make_workspace


def make(root, endpoint, wanted: int):
    own = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 2, "concurrency": 1}
    return make_workspace(root, rows=wanted, generators=[own], screens={"near_duplicate": None})


def test_a_small_round_without_a_row_is_the_last_that_a_run_pays_for(tmp_path):
    with Endpoint(lambda body: said("Here you are: a lovely cat.")) as endpoint:
        workspace = make(tmp_path, endpoint, 16)
        assert "brought no row" in generate(workspace, "pets")
        assert len(endpoint.requests) == 8
        curate(workspace, "pets")
        job = open_job(workspace, "pets")
        gates = validate.fn(job, check_labels.fn(job))
        with pytest.raises(GateError, match="no row could be read in any of 8 answers; most often: malformed") as error:
            require_gates(gates)
        assert error.value.found.count("Here you are: a lovely cat.") == 2
        assert "structured: native" in error.value.hint

        generate(workspace, "pets")  # tries as many calls again, of the same size, and gives up
        assert len(endpoint.requests) == 16
        generate(workspace, "pets")
        assert len(endpoint.requests) == 16


def test_an_endpoint_whose_bodies_cannot_be_read_is_named_and_not_the_model(tmp_path):
    with Endpoint(lambda body: {"status": 200, "body": {}, "raw": b"it works!"}) as endpoint:
        workspace = make(tmp_path / "small", endpoint, 16)
        generate(workspace, "pets")
        curate(workspace, "pets")
        job = open_job(workspace, "pets")
        with pytest.raises(GateError, match="most often: unreadable-answer") as error:
            require_gates(validate.fn(job, check_labels.fn(job)))
        assert "correct 'api_base'" in error.value.hint and "rows_per_call" not in error.value.hint
        with pytest.raises(ProviderError, match=r"20 calls in a row brought no text; .*it works!") as error:
            generate(make(tmp_path / "large", endpoint, 200), "pets")
        assert "correct 'api_base'" in error.value.hint


def test_the_next_run_goes_on_if_the_model_answers_in_another_way(tmp_path):
    with Endpoint(lambda body: said("no")) as endpoint:
        workspace = make(tmp_path, endpoint, 8)
        generate(workspace, "pets")
        held = len(endpoint.requests)
        numbers = iter(range(100))
        endpoint.answer = lambda body: rows(f"purring number {next(numbers)}", f"barking number {next(numbers)}")
        assert "every label has its rows" in generate(workspace, "pets")
        assert held == 4 and len(endpoint.requests) == 8


def test_a_large_round_stops_after_its_first_answers(tmp_path):
    with Endpoint(lambda body: said("I would say: cats are nice.")) as endpoint:
        workspace = make(tmp_path, endpoint, 200)
        with pytest.raises(ProviderError, match="no row can be read in any of its first 10 answers") as error:
            generate(workspace, "pets")
        assert len(endpoint.requests) <= 11
    assert error.value.found.count("I would say: cats are nice.") == 2 and "structured: native" in error.value.hint


def test_a_model_that_once_gave_a_row_may_fail_after_that(tmp_path):
    with Endpoint(lambda body: said("no")) as endpoint:
        endpoint.script = [rows("a made-up text of a cat", "another text of a dog")]
        workspace = make(tmp_path, endpoint, 48)
        generate(workspace, "pets")
        assert len(endpoint.requests) >= 24
