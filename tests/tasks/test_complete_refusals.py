"""A refusal is final for a prompt only where the prompt is at fault; else the run ends and asks for what is missing."""

import itertools

import pytest

from pedigree.errors import ProviderError
from pedigree.ledger.ledger import Ledger
from pedigree.models import refusals
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.make_completions import ask, held, job_for

CONTEXT = "This model's maximum context length is 4096 tokens. However, you requested 5000 (1000 + 4000)."
CREDIT = "Your credit balance is too low to access the API. Please go to Plans & Billing to purchase credits."


@pytest.fixture
def endpoint():
    with Endpoint() as served:
        yield served


def topics_job(endpoint, path, **changes):
    """Return a job whose prompts have ten different contents."""
    topics = [f"topic {letter}" for letter in "abcdefghij"]
    changes = {"parameters": {"max_tokens": 4000}, "concurrency": 1, "structured": "text", **changes}
    return job_for(endpoint, path, strategy="topic", topics=topics, **changes)


@pytest.mark.parametrize(
    ("says", "hint", "calls"),
    [
        (CREDIT, "top up", 1),
        ("Use 'max_completion_tokens' instead.", "write 'parameters.max_completion_tokens'", 1),
        (CONTEXT, "lower 'parameters.max_tokens' (now 4000)", refusals.FIRST),
        ("Something that nobody has seen", "correct model, parameters or address", refusals.FIRST),
    ],
)
def test_a_request_that_cannot_go_well_ends_the_run_and_writes_nothing_off(endpoint, tmp_path, says, hint, calls):
    endpoint.answer = lambda body: error(400, says)
    job = topics_job(endpoint, tmp_path)
    with pytest.raises(ProviderError) as raised:
        ask(job, 10)
    assert says in str(raised.value) and hint in raised.value.hint
    assert len(endpoint.requests) == calls and held(job) == 0
    endpoint.answer = lambda body: rows("a made-up text")  # the user has mended it
    assert ask(job, 10).paid.calls == 10


@pytest.mark.parametrize("says", [CREDIT, "Something that nobody has seen"])
@pytest.mark.parametrize("rest", [2, refusals.IN_A_ROW + 5])
def test_an_account_that_runs_empty_leaves_exactly_the_missing_prompts_to_be_paid(endpoint, tmp_path, says, rest):
    job = job_for(endpoint, tmp_path, concurrency=4)
    endpoint.script = [rows("a made-up text")] * 6
    endpoint.answer = lambda body: error(400, says)
    with pytest.raises(ProviderError, match=says[:20]):
        ask(job, 6 + rest)
    assert held(job) == 6
    endpoint.answer = lambda body: rows("a made-up text")
    assert ask(job, 6 + rest).paid.calls == rest


@pytest.mark.parametrize("at", [0, 4, 8], ids=["first", "middle", "last but one"])
def test_a_prompt_that_is_refused_for_its_content_is_a_failure_of_that_prompt_only(endpoint, tmp_path, at):
    asked = itertools.count()
    endpoint.answer = lambda body: error(400, "No, thanks") if next(asked) == at else rows("a made-up text")
    job = topics_job(endpoint, tmp_path)
    done = ask(job, 10)
    assert sorted(one.failure or "" for one in done.completions) == [""] * 9 + ["refused-request"]
    assert done.paid.calls == len(endpoint.requests) == held(job) == 10
    assert ask(job, 10).paid.calls == 0  # final until --retry-failed


@pytest.mark.parametrize("rest", [1, refusals.FIRST - 1])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_last_prompts_refused_in_the_same_unknown_words_are_asked_again(
    endpoint, tmp_path, rest, concurrency, caplog
):
    job = topics_job(endpoint, tmp_path, concurrency=concurrency)
    ask(job, 10 - rest)
    endpoint.answer = lambda body: error(400, f"Request {len(endpoint.requests)} is outside your contract")
    done = ask(job, 10)  # the run goes on to what it has
    assert [one.failure for one in done.completions if one.failure] == [refusals.UNCLEAR] * rest
    assert "the next run asks again: Request" in caplog.text
    endpoint.answer = lambda body: rows("a made-up text")
    assert ask(job, 10).paid.calls == rest and ask(job, 10).paid.calls == 0
    assert len(list(Ledger(job.workspace.ledger))) == held(job) == 10


def test_the_last_prompts_refused_in_different_words_are_failures_of_theirs(endpoint, tmp_path):
    job = topics_job(endpoint, tmp_path)
    ask(job, 8)
    endpoint.script = [error(400, "No, thanks"), error(400, "Not this one")]
    assert [one.failure for one in ask(job, 10).completions if one.failure] == ["refused-request"] * 2
    assert ask(job, 10).paid.calls == 0


def test_a_generator_whose_calls_are_all_refused_is_not_helped_by_another(endpoint, tmp_path):
    other = {"parameters": {"presence": 7}, "name": "bad"}
    job = job_for(endpoint, tmp_path, other, concurrency=2)
    endpoint.answer = lambda body: error(400, "Nope") if "presence" in str(body) else rows("a made-up text")
    with pytest.raises(ProviderError, match="Nope"):
        ask(job, 3)
    assert held(job) == 3


def test_refused_calls_count_against_the_budget(endpoint, tmp_path):
    job = topics_job(endpoint, tmp_path, budget={"calls": 10})
    endpoint.script = [error(400, "No, thanks")]
    ask(job, 10)
    assert len(endpoint.requests) == 10


def test_a_grammar_that_a_server_cannot_build_ends_the_run_and_names_the_key(endpoint, tmp_path):
    endpoint.answer = lambda body: error(400, "failed to parse grammar")
    job = topics_job(endpoint, tmp_path, structured="native")
    with pytest.raises(ProviderError, match="failed to parse grammar") as raised:
        ask(job, 10)
    assert raised.value.hint == "set 'structured: text' for generator 'topic'"
    assert held(job) == 0 and len(endpoint.requests) == 2


def test_a_list_request_that_is_refused_is_asked_again_after_the_mend(endpoint, tmp_path):
    from pedigree.generation.batch import Batch
    from pedigree.generation.prompt_builder import PromptBuilder
    from pedigree.generation.slots import Slot
    from tasks.complete import complete

    job = job_for(endpoint, tmp_path, strategy="topic", topics=3, structured="text")
    endpoint.answer = lambda body: error(400, "Something that nobody has seen")
    generator = job.recipe.generators[0]
    batch = Batch(builder=PromptBuilder(job), slots=[Slot(generator, "cat", 0)], parameters={generator.title: {}})
    with Ledger(job.workspace.ledger) as ledger, pytest.raises(ProviderError, match="Something that nobody"):
        complete.fn(job, batch, ledger)
    assert held(job) == 0
