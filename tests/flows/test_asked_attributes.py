"""Strategy attributes, requested: names for the recipe, values for each label, and those that fit no other label."""

import json
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.errors import LinkError, ProviderError, RecipeError
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from tasks.estimate import estimate
from tests.support.fake_endpoint import Endpoint, said
from tests.support.make_list_requests import LIST, answer_all, generate_table, items, job_asking, read_brief
from tests.support.workspaces import make_job

LABELS = {
    "cat": {"share": 0.5, "means": "about a cat", "unlike": ["dog"]},
    "dog": {"share": 0.5, "means": "about a dog"},
}
ASKED = {
    "strategy": "attributes",
    "attributes": {"channel": ["chat", "mail"], "tone": 4},
    "ask_attributes": 2,
    "values_asked": 6,
}
OFFLINE = {**ASKED, "model": "offline/template", "rows_per_call": 4}
FITS = "List those that don't"


def answers_of(job):
    texts = dict(read_table(job.table("completions")).select("completion_id", "text").iter_rows())
    return lambda id: [next(iter(one.values())) for one in json.loads(texts[id])["items"]]


@pytest.mark.full
def test_each_row_has_a_value_of_every_attribute_and_values_that_fit_another_label_are_out(tmp_path):
    job = make_job(tmp_path, rows=24, labels=LABELS, generators=[OFFLINE])
    prompts, listed = generate_table(job), answers_of(job)
    (names,) = prompts.filter(template="prompts/ask-attributes.j2").to_dicts()
    assert names["label"] == "" and len(listed(names["completion_id"])) == 2
    for label, fitted in (("cat", 3), ("dog", 0)):
        of_label = prompts.filter(label=label)
        values = of_label.filter(template="prompts/ask-values.j2").sort("slot", descending=True).to_dicts()
        fitting = of_label.filter(template="prompts/ask-fitting-values.j2").sort("slot", descending=True).to_dicts()
        assert (len(values), len(fitting)) == (3, fitted)
        for one, kept in zip(values, fitting, strict=False):
            assert kept["parents"] == [one["completion_id"]]
            assert {*listed(kept["completion_id"])} < {*listed(one["completion_id"])} or fitted
        rows = [
            row
            for text in of_label.filter(pl.col("slot") >= 0)["variables"]
            for row in json.loads(text)["row_attributes"]
        ]
        last = {json.loads(one["variables"])["attribute"]: one for one in [*values, *fitting]}
        assert {*rows[0]} == {"channel", *last}
        for name, one in last.items():
            assert {row[name] for row in rows} <= {*listed(one["completion_id"])}
            counts = Counter(row[name] for row in rows)
            assert max(counts.values()) - min(counts.values()) <= 1  # balanced, not drawn anew for each row
        parents = {one["completion_id"] for one in [names, *values, *fitting]}
        assert all({*ids} == parents for ids in of_label.filter(pl.col("slot") >= 0)["parents"])


def test_the_stages_go_through_and_the_chain_walks_through_every_list(tmp_path):
    job = make_job(tmp_path, rows=24, labels=LABELS, generators=[{**OFFLINE, "parameters": {"faults": {"cut": 0.1}}}])
    prompts = generate_table(job)
    stages.curate(job.workspace, "pets")
    assert "0 of them asked for now" in stages.generate(job.workspace, "pets")
    completions, parameters = read_table(job.table("completions")), {"attributes": {"faults": {"cut": 0.1}}}
    assert "are what recipe" in check_prompts(prompts, rebuild_prompts(job, prompts, completions, parameters))
    asked = prompts.filter(template="prompts/ask-fitting-values.j2").sort("slot", "turn").to_dicts()[-1]
    shown = json.loads(asked["variables"])["values"]
    forged = json.dumps({"items": [{"value": shown[0]}]})
    changed = pl.when(pl.col("completion_id") == asked["completion_id"]).then(pl.lit(forged)).otherwise(pl.col("text"))
    with pytest.raises(LinkError, match=r"prompts: prompts\.parquet"):
        check_prompts(prompts, rebuild_prompts(job, prompts, completions.with_columns(text=changed), parameters))


@pytest.mark.parametrize("label, calls", [("unlike", 1 + 3 + 3 + 3 + 6), ("none", 1 + 3 + 3 + 6)])
def test_an_estimate_counts_every_list(tmp_path, label, calls):
    labels = LABELS if label == "unlike" else {name: {**one, "unlike": []} for name, one in LABELS.items()}
    job = make_job(tmp_path, rows=24, labels=labels, generators=[OFFLINE])
    with Ledger(job.workspace.ledger) as ledger:
        assert estimate(job, ledger).total.calls == calls


@pytest.mark.parametrize(
    "step, bad, says",
    [
        ("attribute", said("tone and place"), "it is no JSON object"),
        ("value", items("value", "a", finish="length"), "it ends before the list does"),
        ("fits", items("value", "something else"), "'something else' in it is not on the list that was given"),
        pytest.param(
            *("fits", said('{"items": []}'), "it is no JSON object of the form that was asked for"),
            marks=pytest.mark.full,
        ),
    ],
)
def test_a_malformed_answer_at_any_step_is_asked_for_again_and_ends_the_run_when_it_stays(tmp_path, step, bad, says):
    tries = Counter()

    def answer(body, useless):
        brief = read_brief(body)
        asked = LIST.search(brief)
        here = asked and ("fits" if FITS in brief else asked[2]) == step
        of = brief.split("could not be used")[0].split("Earlier")[0]
        tries[of] += bool(here)
        if here and tries[of] <= useless:
            return bad
        if FITS in brief:
            listed = [line.split(": ", 1)[1] for line in brief.splitlines() if line.startswith("Value ")]
            return items("value", *listed[:2])
        return answer_all(body)

    with Endpoint(lambda body: answer(body, 1)) as endpoint:
        job = job_asking(endpoint, tmp_path / "once", labels=LABELS, **ASKED)
        prompts = generate_table(job)
    again = prompts.filter((pl.col("slot") < 0) & (pl.col("turn") == 1))
    assert again.height and all(says in json.loads(text)[-1]["content"] for text in again["messages"])
    with Endpoint(lambda body: answer(body, 99)) as endpoint:
        job = job_asking(endpoint, tmp_path / "always", labels=LABELS, **ASKED)
        with pytest.raises(ProviderError, match=r"list for .* in 4 answers") as raised:
            stages.generate(job.workspace, "pets")
    assert says in str(raised.value)


@pytest.mark.parametrize(
    "change, says",
    [
        ({"attributes": {}, "ask_attributes": 0}, "strategy attributes needs attributes or ask_attributes"),
        ({"attributes": {"tone": 1}}, "attribute 'tone': 2 to 50 values can be asked for, not 1"),
        ({"strategy": "zero-shot"}, "the key ask_attributes goes with strategy attributes"),
        ({"ask_attributes": 11}, "ask_attributes"),
    ],
)
def test_what_can_not_be_asked_is_refused(tmp_path, change, says):
    with pytest.raises(RecipeError, match=says):
        make_job(tmp_path, generators=[{**OFFLINE, **change}])
