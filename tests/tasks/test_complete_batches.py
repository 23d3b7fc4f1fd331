"""Requests that go through batches: as direct calls in all but the way, and nothing is submitted or paid for twice."""

import json
import sys

import pytest

from pedigree.errors import BudgetError, ProviderError, RecipeError, RunCancelled
from pedigree.generation.receipt import of_process
from pedigree.ledger.batch_journal import BatchJournal
from pedigree.ledger.ledger import Ledger
from pedigree.models.batches import collecting, pace
from pedigree.models.batches.batch_api import BatchApi
from pedigree.system import interrupt
from tasks.estimate import estimate
from tasks.ui.progress import LiveProgress
from tests.support.batch_endpoint import BatchEndpoint
from tests.support.batch_runs import MOMENTS, end_at
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.killable_processes import answer
from tests.support.make_completions import ask, held, job_for


@pytest.fixture
def endpoint():
    with BatchEndpoint(lambda body: rows("a text of which nobody says anything")) as served:
        yield served


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    figures = {"FIRST_PAUSE": 0.01, "LONGEST_PAUSE": 0.02, "QUIET": 0.02, "SETTLED": 0.02, "MAX_REQUESTS": 20}
    for name, value in figures.items():
        monkeypatch.setattr(pace, name, value)


def batched(endpoint, path, *others, **changes):
    return job_for(endpoint, path, *others, **{"batch": True, **changes})


def list_files(job):
    folder = job.workspace.batches
    return sorted(one.suffix for one in folder.iterdir() if one.name != "lock") if folder.is_dir() else []


def records(job):
    return sorted((one.to_record() for one in Ledger(job.workspace.ledger)), key=lambda one: one["completion_id"])


@pytest.mark.parametrize("form", ["native", "text"])
def test_the_bodies_and_the_records_are_those_of_direct_calls(tmp_path, form):
    changes = {"structured": form, "parameters": {"temperature": 0.5, "max_tokens": 90}}
    changes |= {"prices": {"input": 1, "output": 2}}
    with Endpoint(answer) as direct, BatchEndpoint(answer) as other:
        one, two = job_for(direct, tmp_path / "direct", **changes), batched(other, tmp_path / "batch", **changes)
        ask(one, 4)
        ask(two, 4)
    bodies = [{key: value for key, value in body.items() if key != "authorization"} for body in direct.requests]
    texts, others = ({json.dumps(body, sort_keys=True) for body in some} for some in (bodies, other.bodies.values()))
    assert texts == others and len(bodies) == len(other.bodies) == 4 and other.requests == []
    assert records(one) == records(two) and {*other.bodies} == {one["completion_id"] for one in records(two)}


def test_a_judge_and_two_generators_have_batches_of_their_own_models(endpoint, tmp_path):
    job = batched(endpoint, tmp_path, {"model": "openai/other"})
    ask(job, 3)
    models = [{endpoint.bodies[one]["model"] for one in ids} for ids in endpoint.list_inputs()]
    assert sorted(map(sorted, models)) == [["fake"], ["other"]] and held(job) == 6


def test_a_batch_and_direct_calls_go_side_by_side(endpoint, tmp_path):
    job = batched(endpoint, tmp_path, {"batch": False})
    done = ask(job, 3)
    assert len(endpoint.requests) == 3 and len(endpoint.answered) == 3 and len(done.completions) == 6


SHORT = ("after the batch is made", "while it waits", "between two lines")


@pytest.mark.parametrize(
    "moment", [pytest.param(moment, marks=[pytest.mark.full] * (moment not in SHORT)) for moment in MOMENTS]
)
def test_a_run_of_60_requests_that_ends_at_any_moment_goes_on(tmp_path, monkeypatch, moment):
    number = {"between two lines": 25, "after the last line": 1, "while it waits": 4}.get(moment, 2)
    with BatchEndpoint(answer) as endpoint:
        endpoint.plan = [{"status": "expired", "share": 0.4}, {"errors": 0.05}]
        job = batched(endpoint, tmp_path)
        with monkeypatch.context() as patched:
            patched.setattr(*end_at(moment, number, lambda: sys.exit(9)))
            with pytest.raises(SystemExit):
                ask(job, 60)
        made = len(endpoint.batches)
        done = ask(job, 60)
        assert len(done.completions) == held(job) == 60 and not any(one.failure for one in done.completions)
        assert len(endpoint.answered) == 60 and set(endpoint.answered.values()) == {1}
        assert len(endpoint.batches) <= 6 and made <= 5
        with BatchEndpoint(answer) as other:
            whole = batched(other, tmp_path / "whole")
            ask(whole, 60)
        assert records(whole) == records(job)
    assert ask(job, 60).paid.calls == 0


def test_a_server_without_the_metadata_is_asked_by_the_file(endpoint, tmp_path, monkeypatch):
    endpoint.sees_metadata = False
    job = batched(endpoint, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(*end_at("after the batch is made", 1, lambda: sys.exit(9)))
        with pytest.raises(SystemExit):
            ask(job, 5)
    ask(job, 5)
    assert len(endpoint.batches) == 1 and held(job) == 5


def test_errors_of_lines_are_sorted_as_those_of_direct_calls(endpoint, tmp_path):
    endpoint.plan = [{"errors": 0.1, "code": 400, "says": "content_policy_violation: not this"}]
    done = ask(batched(endpoint, tmp_path), 20)
    assert sorted(one.failure or "" for one in done.completions)[-3:] == ["", "content-filter", "content-filter"]
    assert len(endpoint.batches) == 1


def test_many_refused_prompts_of_a_batch_are_their_own_fault(endpoint, tmp_path):
    endpoint.plan = [{"errors": 0.4, "code": 400, "says": "No, thanks"}]
    done = ask(batched(endpoint, tmp_path), 20)
    assert [one.failure for one in done.completions].count("refused-request") == 8


def test_a_batch_of_refusals_alone_ends_the_run(endpoint, tmp_path):
    endpoint.plan = [{"errors": 1.0, "code": 400, "says": "No, thanks"}]
    with pytest.raises(ProviderError, match="No, thanks"):
        ask(batched(endpoint, tmp_path), 20)


def test_a_line_that_always_fails_is_given_up_after_some_batches(endpoint, tmp_path):
    endpoint.plan = [{"errors": 0.05}, *({"errors": 1.0} for _ in range(9))]
    done = ask(batched(endpoint, tmp_path), 20)
    assert [one.failure for one in done.completions if one.failure] == ["batch-line"]
    assert 2 < len(endpoint.batches) <= 4


def test_a_server_that_takes_no_schema_is_asked_in_words_by_the_next_batch(endpoint, tmp_path):
    endpoint.plan = [{"errors": 1.0, "code": 400, "says": "response_format json_schema is not supported"}]
    job = batched(endpoint, tmp_path)
    done = ask(job, 5)
    assert [one.failure for one in done.completions] == [None] * 5 and len(endpoint.batches) == 2
    assert not any("response_format" in body for body in endpoint.bodies.values())


def cut_last(lines):
    return [*lines[:-1], lines[-1][:40]]


@pytest.mark.parametrize(
    ("edit", "batches", "says"),
    [
        (lambda lines: [*lines, lines[0]], 1, "1 line about a request that has one"),
        (lambda lines: lines[1:], 2, "without 1 answer"),
        (lambda lines: [*lines, lines[0].replace(b'custom_id": "', b'custom_id": "f')], 1, "1 line about an unknown"),
        (cut_last, 2, "1 line that can't be read"),
        (lambda lines: [b"[3]", b"{broken", *lines], 1, "2 lines that can't be read"),
        (lambda lines: [b'{"custom_id": 3}', *lines], 1, "about an unknown request"),
    ],
)
def test_odd_lines_are_said_and_what_is_missing_is_submitted_again(endpoint, tmp_path, caplog, edit, batches, says):
    endpoint.plan = [{"edit": edit}]
    with caplog.at_level("INFO", "pedigree"):
        done = ask(batched(endpoint, tmp_path), 6)
    assert len(done.completions) == 6 and len(endpoint.batches) == batches
    assert says in caplog.text


@pytest.mark.parametrize("status", ["expired", "cancelled", "failed"])
def test_a_batch_that_never_answers_is_not_submitted_without_an_end(endpoint, tmp_path, status):
    endpoint.plan = [{"status": status, "share": 0.0} for _ in range(9)]
    with pytest.raises(ProviderError, match="submitted 3 times"):
        ask(batched(endpoint, tmp_path), 4)
    assert len(endpoint.batches) == 3


def test_polling_survives_errors_and_a_key_that_is_not_taken_ends_it(endpoint, tmp_path):
    endpoint.faults = {"GET /batches/": [error(429, "slow"), error(500), error(503)], "GET /files": [error(502)]}
    job = batched(endpoint, tmp_path)
    ask(job, 4)
    assert held(job) == 4 and len(endpoint.batches) == 1
    endpoint.faults = {"GET /batches/": [error(401, "Incorrect API key provided")]}
    with pytest.raises(ProviderError, match="Incorrect API key"):
        ask(job, 8)
    ask(job, 8)
    assert held(job) == 8 and len(endpoint.batches) == 2 and set(endpoint.answered.values()) == {1}


def test_a_batch_whose_making_got_no_answer_is_found_before_it_is_made_again(endpoint, tmp_path, monkeypatch):
    create = BatchApi.create
    tries = []

    async def lose(self, submission):
        made = await create(self, submission)
        tries.append(made)
        if len(tries) == 1:
            from pedigree.models.call_errors import TransientError

            raise TransientError("timeout", "no answer", may_be_charged=True)
        return made

    monkeypatch.setattr(BatchApi, "create", lose)
    job = batched(endpoint, tmp_path)
    ask(job, 4)
    assert len(endpoint.batches) == 1 and held(job) == 4


NO_API = error(404, "Not Found")


@pytest.mark.parametrize(
    ("fault", "says", "hint"),
    [
        ({"POST /files": [NO_API]}, "this server has no batch API", "batch: false"),
        ({"POST /batches": [NO_API]}, "this server has no batch API", "batch: false"),
        ({"POST /files": [{"status": 200, "body": []}]}, "no JSON object came", "batch: false"),
        ({"POST /files": [{"status": 200, "body": {}}]}, "names no id of a file", "batch: false"),
        ({"POST /files": [error(401, "Incorrect API key provided")]}, "Incorrect API key", "OPENAI_API_KEY"),
        ({"POST /batches": [error(403, "You have insufficient permissions")]}, "insufficient permissions", "key"),
        ({"POST /batches": [error(400, "Invalid endpoint")]}, "Invalid endpoint", "batch: false"),
        ({"GET /batches/": [NO_API]}, "does not know batch batch_0", "remove "),
        ({"GET /files": [NO_API]}, "is gone", "remove "),
    ],
)
def test_a_server_that_cannot_is_a_clear_error(endpoint, tmp_path, fault, says, hint):
    endpoint.faults = fault
    with pytest.raises(ProviderError, match=says) as raised:
        ask(batched(endpoint, tmp_path), 4)
    assert hint in raised.value.hint


def test_files_that_the_provider_removed_after_its_time_are_asked_for_again(endpoint, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(collecting, "DAYS_KEPT", -1)
    endpoint.faults = {"GET /files": [NO_API, NO_API]}
    job = batched(endpoint, tmp_path)
    ask(job, 4)
    assert held(job) == 4 and len(endpoint.batches) == 2 and "is lost, and is asked for again" in caplog.text


def test_a_file_that_is_refused_for_its_size_is_made_smaller(endpoint, tmp_path):
    endpoint.max_bytes = 3000
    job = batched(endpoint, tmp_path)
    ask(job, 12)
    assert held(job) == 12 and max(map(len, endpoint.files.values())) <= 3000
    endpoint.max_bytes = 10
    with pytest.raises(ProviderError, match="refuses a file with one request"):
        ask(job, 13)


def test_a_batch_that_fails_validation_is_told_with_its_lines(endpoint, tmp_path):
    endpoint.plan = [{"refused": [{"code": "model_not_found", "line": 1, "message": "no such model"}]}]
    job = batched(endpoint, tmp_path)
    with pytest.raises(ProviderError, match="line 1: no such model"):
        ask(job, 4)
    assert list_files(job) == []


def test_batches_get_smaller_where_too_much_waits_at_the_provider(endpoint, tmp_path):
    endpoint.plan = [{}, {"refused": [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]}]
    job = batched(endpoint, tmp_path)
    ask(job, 40)
    assert held(job) == 40 and [len(ids) for ids in endpoint.list_inputs()] == [20, 20, 10, 10]


def test_the_budget_makes_batches_smaller_and_is_kept(endpoint, tmp_path):
    prices = {"input": 0, "output": 1000}  # 0.05 USD an answer, of which 0.10 are reserved
    job = batched(endpoint, tmp_path, prices=prices, parameters={"max_tokens": 100}, budget={"usd": 0.42})
    with pytest.raises(BudgetError, match=r"of 0\.42 USD"):
        ask(job, 20)
    assert [len(ids) for ids in endpoint.list_inputs()] == [4, 2, 1] and held(job) == 7


def test_what_waits_in_a_batch_is_not_asked_for_directly(endpoint, tmp_path, monkeypatch):
    job = batched(endpoint, tmp_path / "one")
    endpoint.held = True
    with monkeypatch.context() as patched:
        patched.setattr(*end_at("while it waits", 2, lambda: sys.exit(9)))
        with pytest.raises(SystemExit):
            ask(job, 3)
    endpoint.held = False
    other = job_for(endpoint, tmp_path / "two")
    other.workspace.state.mkdir()
    job.workspace.batches.rename(other.workspace.batches)
    with pytest.raises(RecipeError, match="3 requests of generator 'zero-shot' were submitted in a batch") as raised:
        ask(other, 3)
    assert "batch: true" in raised.value.hint and endpoint.requests == []


def test_a_batch_at_another_address_is_told(endpoint, tmp_path, monkeypatch):
    job = batched(endpoint, tmp_path / "one")
    with monkeypatch.context() as patched:
        patched.setattr(*end_at("while it waits", 1, lambda: sys.exit(9)))
        with pytest.raises(SystemExit):
            ask(job, 3)
    with BatchEndpoint() as elsewhere:
        other = batched(elsewhere, tmp_path / "two")
        other.workspace.state.mkdir()
        job.workspace.batches.rename(other.workspace.batches)
        with pytest.raises(RecipeError, match=f"3 requests wait in a batch at {endpoint.url}"):
            ask(other, 3)


def test_a_submission_that_cannot_be_read_is_told(endpoint, tmp_path):
    job = batched(endpoint, tmp_path)
    job.workspace.batches.mkdir(parents=True)
    (job.workspace.batches / "20260101.json").write_text("{")
    with pytest.raises(Exception, match="can't be read") as raised:
        ask(job, 3)
    assert "remove it" in raised.value.hint and endpoint.batches == {}


def test_an_answer_that_no_prompt_asks_for_now_is_kept_for_later(endpoint, tmp_path, monkeypatch):
    job = batched(endpoint, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(*end_at("while it waits", 1, lambda: sys.exit(9)))
        with pytest.raises(SystemExit):
            ask(job, 5)
    ask(job, 3)
    assert held(job) == 3 and list_files(job) == [".answers", ".json"]
    ask(job, 5)
    assert held(job) == 5 and len(endpoint.batches) == 1 and list_files(job) == []


def test_the_journal_is_there_before_anything_is_sent(endpoint, tmp_path, monkeypatch):
    job = batched(endpoint, tmp_path)
    seen = []
    send = BatchApi._send

    async def watch(self, method, path, *arguments, **content):
        if method == "POST":
            seen.append([(one.input_file_id, one.batch_id) for one in BatchJournal(job.workspace.batches).read()])
        return await send(self, method, path, *arguments, **content)

    monkeypatch.setattr(BatchApi, "_send", watch)
    ask(job, 3)
    assert seen == [[(None, None)], [("file-0", None)]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": "offline/template"}, "offline/template has none: set batch: false"),
        ({"model": "replay/data/x.jsonl"}, "has none: set batch: false"),
        ({"transport": "litellm"}, "does not go with transport: litellm"),
        ({"turns": 2}, "batch: true goes with turns: 1"),
    ],
)
def test_what_cannot_be_batched_is_a_fault_of_the_recipe(endpoint, tmp_path, change, says):
    with pytest.raises(RecipeError, match=says):
        batched(endpoint, tmp_path, **change)


def test_a_provider_without_openais_batches_is_told_before_anything_is_sent(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    job = batched("http://127.0.0.1:9", tmp_path, model="anthropic/claude-3-5-haiku-latest", api_base=None)
    with pytest.raises(ProviderError, match="needs OpenAI's files and batches"):
        ask(job, 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RunCancelled("the run was cancelled")])
def test_a_person_who_stops_the_wait_is_told_what_goes_on_and_the_next_run_collects_it(
    endpoint, tmp_path, monkeypatch, caplog, error
):
    def update(self, in_flight):
        told.append(self.progress.format_calls(in_flight))
        if "3 batches" in told[-1]:
            raise error

    told = []
    endpoint.held = True
    job = batched(endpoint, tmp_path)
    with monkeypatch.context() as patched, pytest.raises(type(error)):
        patched.setattr(LiveProgress, "update", update)
        ask(job, 50)
    assert told[-1].endswith("0 of 50 calls answered; 3 batches, 50 requests: 0 done; submitted 0 min ago")
    left = "50 requests in 3 batches go on at the provider, and the same command collects them"
    assert interrupt.format_paid() == f"{of_process.format_usage()}; {left}"
    assert left in caplog.text and "in flight" not in caplog.text and "may be charged" not in caplog.text
    endpoint.held = False
    ask(job, 50)
    assert held(job) == 50 and len(endpoint.batches) == 3 and list_files(job) == []


def test_the_estimate_and_the_check_know_of_batches(endpoint, tmp_path):
    job = batched(endpoint, tmp_path, prices={"input": 1, "output": 2})
    [bill] = estimate(job, Ledger(job.workspace.ledger)).generators
    assert bill.price == "the recipe's 'prices', taken as the prices of a batch" and bill.seconds == 0


def test_a_retry_goes_on_where_the_process_ended(endpoint, tmp_path, monkeypatch):
    endpoint.plan = [{"errors": 0.5}]
    job = batched(endpoint, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(*end_at("after the batch is made", 2, lambda: sys.exit(9)))
        with pytest.raises(SystemExit):
            ask(job, 20)
    ask(job, 20)
    assert held(job) == 20 and len(endpoint.batches) == 2 and set(endpoint.answered.values()) == {1}
    assert list_files(job) == []
