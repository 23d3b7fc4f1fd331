"""An estimate says beforehand what a run then uses, within a tenth, and where its figures come from."""

import json
from collections import Counter
from itertools import product

import pytest
from rich.console import Console

from flows.preview import preview_dataset
from flows.stages import generate
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.models.offline.model import answer
from pedigree.recipe.yaml_file import load_recipe, set_keys
from tasks.estimate import estimate
from tests.support.fake_endpoint import Endpoint, said
from tests.support.workspaces import REPOSITORY, make_job, make_workspace

PRICES = {"input": 0.15, "output": 0.6}
SIZES = {"support-tickets": 400, "shop-entailment": 600}
SAMPLE = [("support-tickets", "none", "faulty"), ("shop-entailment", "preview", "clean")]
FAULTS = {"malformed": 0.02, "cut": 0.05, "refusal": 0.02, "duplicate": 0.02, "label_named": 0.01}


def make_model(faults):
    """Return what an endpoint answers: the offline model's rows, with counts as a tokenizer of its own makes them."""
    times = Counter()  # so that the order of arrival does not matter

    def reply(body):
        asked = "".join(message["content"] for message in body["messages"])
        times[asked] += 1
        text, reason, *_ = vars(answer(body["messages"], {"faults": faults}, times[asked])).values()
        usage = {"prompt_tokens": round(len(asked) / 4.2) + 8, "completion_tokens": round(len(text) / 4.1)}
        return said(text, reason, usage=usage)

    return reply


def open_shipped(root, dataset, rows, url):
    """Return a workspace with a shipped recipe that asks an endpoint."""
    shipped = load_recipe(REPOSITORY / f"recipes/{dataset}.yaml").model_dump(mode="json", exclude_defaults=True)
    generators = [
        one | {"model": "openai/fake", "api_base": url, "prices": PRICES, "parameters": {"temperature": 1.0}}
        for one in shipped["generators"]
    ]
    people = {
        key: [json.loads(line) for line in (REPOSITORY / shipped.pop(key)).read_text().splitlines()]
        for key in ("seeds", "held_out")
    }
    return make_workspace(root, **shipped | people | {"rows": rows, "generators": generators, "budget": {}})


def foresee(workspace, dataset):
    return estimate(open_job(workspace, dataset), Ledger(workspace.ledger))


def count_used(workspace):
    ledger = Ledger(workspace.ledger)
    return sum((Usage(1, one.tokens, one.cost_usd) for one in ledger), NO_USAGE)


CASES = [
    pytest.param(*case, marks=() if case in SAMPLE else pytest.mark.full)
    for case in product(SIZES, ("none", "preview", "smaller run"), ("clean", "faulty"))
]


@pytest.mark.parametrize(("dataset", "history", "answers"), CASES)
def test_it_lies_within_a_tenth_of_what_the_run_then_uses(tmp_path, dataset, history, answers):
    rows = SIZES[dataset]
    with Endpoint(make_model(FAULTS if answers == "faulty" else {})) as endpoint:
        workspace = open_shipped(tmp_path, dataset, rows, endpoint.url)
        if history == "preview":
            preview_dataset(workspace, dataset, None, True, Console(quiet=True))
        if history == "smaller run":
            set_keys(workspace.recipe_path(dataset), {"rows": 200})
            generate(workspace, dataset)
            set_keys(workspace.recipe_path(dataset), {"rows": rows})
        before, asked = count_used(workspace), len(endpoint.requests)
        total = foresee(workspace, dataset).total
        assert len(endpoint.requests) == asked
        generate(workspace, dataset)
        used = count_used(workspace) - before
    assert total.calls == pytest.approx(used.calls, rel=0.1)
    assert total.tokens_in + total.tokens_out == pytest.approx(used.tokens, rel=0.1)
    assert total.usd == pytest.approx(used.usd, rel=0.1)


def test_what_the_ledger_holds_is_free_and_shown_as_such(tmp_path):
    job = make_job(tmp_path, rows=20)
    generate(job.workspace, "pets")
    found = foresee(job.workspace, "pets")
    assert (found.total.calls, found.total.usd) == (0, 0.0)
    assert found.total.held == found.held.calls == len(Ledger(job.workspace.ledger))


def test_what_was_pulled_is_free_too(tmp_path):
    job = make_job(tmp_path, rows=20)
    generate(job.workspace, "pets")
    for segment in job.workspace.ledger.iterdir():
        segment.unlink()
    assert foresee(job.workspace, "pets").total.calls == 0
    assert len(Ledger(job.workspace.ledger)) == 0  # an estimate writes nothing


def test_every_assumption_names_its_source(tmp_path):
    rows = [{"text": "a cat of twenty letter", "label": "cat"}, {"text": "a dog of twenty letter", "label": "dog"}]
    generator = {"model": "openai/fake", "prices": PRICES, "rows_per_call": 4}
    cold = estimate(make_job(tmp_path / "cold", seeds=rows, generators=[generator]), Ledger(tmp_path / "none"))
    assumed = cold.assumed["zero-shot"]
    assert assumed.rows_kept.source == "default: 96%"
    assert assumed.tokens_out_per_row.source.startswith("the rows of data/seeds/pets/seeds.jsonl, times 1.15")
    assert assumed.tokens_out_per_row.value == pytest.approx(1.15 * len('{"text": "a cat of twenty letter"}') / 4)
    with Endpoint() as endpoint:
        workspace = make_workspace(tmp_path / "warm", generators=[generator | {"api_base": endpoint.url}], rows=40)
        preview_dataset(workspace, "pets", None, True, Console(quiet=True))
        assumed = foresee(workspace, "pets").assumed["zero-shot"]
    assert assumed.tokens_out_per_row.source == "2 completions in the ledger"
    assert assumed.rows_kept.source.startswith("2 completions in the ledger: 2 of 8 rows, averaged with 96%")
    assert assumed.tokens_out_per_row.value == pytest.approx(50 / 4)  # the endpoint's 50 tokens for 4 rows
    # A time without a timed call would rest on nothing.
    assert cold.assumed["zero-shot"].seconds_per_call.value is None
    assert cold.total.seconds is None and [bill.seconds for bill in cold.generators] == [None]
    assert "no call of openai/fake was timed" in cold.assumed["zero-shot"].seconds_per_call.source
    warm = foresee(workspace, "pets")
    assert warm.total.seconds > 0 and warm.total.seconds == warm.generators[0].seconds


def test_the_time_of_a_judge_that_was_never_timed_is_unknown_and_so_is_the_sum(tmp_path):
    judge = {"name": "second", "model": "openai/judge", "prices": PRICES, "question": "relabel"}
    found = estimate(make_job(tmp_path, judges=[judge]), Ledger(tmp_path / "none"))
    made, judged = found.generators
    assert made.seconds > 0 and judged.calls > 0
    assert (judged.seconds, found.total.seconds) == (None, None)


def test_an_unknown_price_stays_unknown_and_a_budget_in_usd_names_the_mend(tmp_path):
    job = make_job(tmp_path, generators=[{"model": "openai/nobody-knows-this"}], budget={"usd": 1})
    found = estimate(job, Ledger(tmp_path / "none"))
    (usd,) = [limit for limit in found.budget if limit.name == "usd"]
    assert found.total.usd is None and found.generators[0].usd is None
    assert (usd.needed, usd.enough) == (None, None) and "prices: {input:" in usd.hint


def test_it_says_which_limits_of_the_budget_are_too_low(tmp_path):
    generator = {"model": "openai/fake", "prices": PRICES, "rows_per_call": 4}
    job = make_job(tmp_path, generators=[generator], rows=400, budget={"calls": 101, "tokens": 10**7, "rounds": 1})
    limits = {limit.name: limit for limit in estimate(job, Ledger(tmp_path / "none")).budget}
    assert {name: limit.enough for name, limit in limits.items()} == {"calls": True, "tokens": True, "rounds": False}
    assert limits["rounds"].hint == "raise budget.rounds, or lower 'rows'"


def write_made(job, counts, *models):
    tables = {name: {"rows": 1, "content_sha256": "0"} for name in ("train", "validation", "rejects")}
    manifest = {
        "schema_version": 1, "dataset": "pets", "base": None, "recipe_sha256": "0", "inputs": {}, "labels": {},
        "fields": {}, "models": {model: {} for model in models}, "tables": tables, "tokens_in": 1, "tokens_out": 1,
        "cost_usd": None, "gates": {"passed": True, "suite": "s", "gates": []},
    }  # fmt: skip
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / "manifest.json").write_text(json.dumps(manifest))
    (job.folder / "metrics.json").write_text(json.dumps({"counts": counts}))


def test_the_share_that_the_dataset_kept_is_taken_where_the_ledger_holds_no_answer(tmp_path):
    job = make_job(tmp_path)
    assumed = estimate(job, Ledger(job.workspace.ledger)).assumed
    [before] = [one.rows_kept.value for one in assumed.values()]
    counts = {"made": 200, "yield": 0.5, "rejects": {"surplus": 20, "review": 10, "near-duplicate": 70}}
    write_made(job, counts, "offline/template")
    [now] = [one.rows_kept for one in estimate(job, Ledger(job.workspace.ledger)).assumed.values()]
    assert before == 0.96 and now.value == 0.65  # what people rejected had passed
    assert now.source == "the dataset in the workspace: 130 of 200 candidates of this model passed"
    write_made(job, counts, "offline/template", "openai/other")  # whose rows they are is not known
    [other] = [one.rows_kept.value for one in estimate(job, Ledger(job.workspace.ledger)).assumed.values()]
    assert other == before
