"""Strategy topic: a list is given or asked for, each call is about one topic of it, and the chain holds to the list."""

import json
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.errors import LinkError, ProviderError, RecipeError
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from pedigree.provenance.trace import trace_row
from pedigree.provenance.trace_text import format_chain
from tasks.estimate import estimate
from tests.support.fake_endpoint import Endpoint, error, said
from tests.support.make_list_requests import answer_all, generate_table, items, job_asking, read_brief
from tests.support.workspaces import make_job

OFFLINE = {"strategy": "topic", "topics": 6, "model": "offline/template", "rows_per_call": 4}


def topic_of(prompt):
    return json.loads(prompt["variables"])["topic"]


def test_topics_that_are_asked_for_head_each_label_and_are_taken_in_turn(tmp_path):
    job = make_job(tmp_path, rows=48, generators=[OFFLINE])
    prompts = generate_table(job)
    assert prompts.filter(slot=-1)["label"].to_list() == ["cat", "dog"]
    texts = dict(read_table(job.table("completions")).select("completion_id", "text").iter_rows())
    for label in ("cat", "dog"):
        (asked,) = prompts.filter(slot=-1, label=label).to_dicts()
        listed = [one["topic"] for one in json.loads(texts[asked["completion_id"]])["items"]]
        written = prompts.filter((pl.col("slot") >= 0) & (pl.col("label") == label)).to_dicts()
        assert all(prompt["parents"] == [asked["completion_id"]] for prompt in written)
        assert set(Counter(map(topic_of, written[:6])).values()) == {1} and {*map(topic_of, written)} == {*listed}


def test_the_stages_go_through_and_a_second_run_pays_for_nothing(tmp_path):
    job = make_job(
        tmp_path, rows=16, generators=[{**OFFLINE, "turns": 2, "parameters": {"faults": {"malformed": 0.3}}}]
    )
    assert "0 of them asked" not in stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    rows = pl.concat([read_table(job.table("train")), read_table(job.table("validation"))])
    asked = read_table(job.table("prompts")).filter(slot=-1)["completion_id"]
    assert rows.height == 16 and not set(rows["completion_id"]) & set(asked)
    before = (job.table("prompts").read_bytes(), job.table("completions").read_bytes())
    assert "0 of them asked for now" in stages.generate(job.workspace, "pets")
    assert (job.table("prompts").read_bytes(), job.table("completions").read_bytes()) == before


@pytest.mark.parametrize("given", [["naps", "food"], {"cat": ["naps"], "dog": ["walks", "bones"]}])
def test_given_topics_are_asked_of_nobody(tmp_path, given):
    job = make_job(tmp_path, generators=[{**OFFLINE, "topics": given}])
    prompts = generate_table(job)
    assert prompts["slot"].min() == 0
    for prompt in prompts.to_dicts():
        assert topic_of(prompt) in (given if isinstance(given, list) else given[prompt["label"]])


@pytest.mark.parametrize(
    "change, says",
    [
        ({"topics": []}, "strategy topic needs topics"),
        ({"topics": 1}, "1 topics can't be asked for in one call: 2 to 50 can"),
        ({"topics": ["naps", "naps"]}, "is no list of topics"),
        ({"topics": ["naps\nLabel: dog"]}, "is no list of topics"),
        ({"topics": {"cat": ["naps"]}}, "topics is given per label but not for exactly the labels"),
        ({"strategy": "zero-shot"}, "the key topics goes with strategy topic"),
    ],
)
def test_topics_that_can_not_serve_are_refused(tmp_path, change, says):
    with pytest.raises(RecipeError, match=says):
        make_job(tmp_path, generators=[{**OFFLINE, **change}])


def test_an_endpoint_is_asked_for_the_list_first_and_sent_its_schema(tmp_path):
    with Endpoint(answer_all) as endpoint:
        job = job_asking(endpoint, tmp_path, strategy="topic", topics=3, topics_per="recipe", structured="native")
        prompts = generate_table(job)
    first, *others = endpoint.requests
    assert "List: 3 x topic" in read_brief(first)
    item = first["response_format"]["json_schema"]["schema"]["properties"]["items"]["items"]
    assert item["required"] == ["topic"]
    assert all(f"Topic: cat topic {n}" in "".join(map(read_brief, others)) for n in range(3))
    assert prompts.filter(pl.col("slot") < 0)["label"].to_list() == [""]


def test_a_malformed_list_is_asked_for_again_and_both_answers_are_kept(tmp_path):
    with Endpoint(answer_all) as endpoint:
        endpoint.script = [said("1. naps 2. food"), error(500), items("topic", "only one", finish="length")]
        job = job_asking(endpoint, tmp_path, strategy="topic", topics=3, topics_per="recipe")
        prompts = generate_table(job)
    tries = prompts.filter(pl.col("slot") < 0).sort("turn").to_dicts()
    assert [one["turn"] for one in tries] == [0, 1, 2]
    assert tries[1]["parents"] == [tries[0]["completion_id"]] and tries[2]["parents"] == [tries[1]["completion_id"]]
    assert set(prompts.filter(pl.col("slot") >= 0)["parents"].explode()) == {tries[2]["completion_id"]}
    assert "it ends before the list does" in json.loads(tries[2]["messages"])[-1]["content"]


def test_a_model_that_never_gives_a_list_ends_the_run_and_the_next_one_asks_for_nothing(tmp_path):
    with Endpoint(lambda body: said("I'd rather not.")) as endpoint:
        job = job_asking(endpoint, tmp_path, strategy="topic", topics=3, topics_per="recipe")
        for _ in range(2):
            with pytest.raises(ProviderError, match="no topic list for the recipe in 4 answers"):
                stages.generate(job.workspace, "pets")
        assert len(endpoint.requests) == 4 and len(Ledger(job.workspace.ledger)) == 4


def test_a_list_that_was_refused_for_good_is_asked_for_again_when_told_to(tmp_path):
    with Endpoint(answer_all) as endpoint:
        endpoint.script = [error(400, "content management policy")]
        job = job_asking(endpoint, tmp_path, strategy="topic", topics=3, topics_per="recipe")
        for _ in range(2):
            with pytest.raises(ProviderError, match="--retry-failed") as raised:
                stages.generate(job.workspace, "pets")
        assert raised.value.found.startswith("openai/fake gave no topic list for generator 'topic': content-filter")
        assert len(endpoint.requests) == 1
        assert "every label has its rows" in stages.generate(job.workspace, "pets", retry_failed=True)


def test_an_estimate_counts_the_lists_before_and_after_they_are_there(tmp_path):
    job = make_job(tmp_path, rows=16, generators=[OFFLINE])
    with Ledger(job.workspace.ledger) as ledger:
        assert estimate(job, ledger).total.calls == 6  # two lists, and four calls of four rows
    stages.generate(job.workspace, "pets")
    with Ledger(job.workspace.ledger) as ledger:
        after = estimate(job, ledger).total
    assert after.calls == 0 and after.held == read_table(job.table("prompts")).height


def test_a_forged_list_breaks_the_chain_at_the_prompts(tmp_path):
    job = make_job(tmp_path, rows=16, generators=[OFFLINE])
    prompts, completions = generate_table(job), read_table(job.table("completions"))
    parameters = {"topic": {}}
    assert "are what recipe" in check_prompts(prompts, rebuild_prompts(job, prompts, completions, parameters))
    asked = prompts.filter(slot=-1, label="dog")["completion_id"][0]

    def forge(text):
        forged = pl.when(pl.col("completion_id") == asked).then(pl.lit(text)).otherwise(pl.col("text"))
        return completions.with_columns(text=forged)

    listed = json.loads(completions.filter(completion_id=asked)["text"][0])
    other = json.dumps({"items": [{"topic": f"{one['topic']}x"} for one in listed["items"]]})
    with pytest.raises(LinkError, match=r"prompts: prompts\.parquet"):
        check_prompts(prompts, rebuild_prompts(job, prompts, forge(other), parameters))
    with pytest.raises(LinkError, match="the request for a list is absent: generator topic, label 'dog'"):
        rebuild_prompts(job, prompts, forge("no list"), parameters)


def test_a_trace_leads_through_the_list_to_the_try_before_it(tmp_path):
    with Endpoint(answer_all) as endpoint:
        endpoint.script = [said("1. naps \u202e2. food")]
        job = job_asking(endpoint, tmp_path, strategy="topic", topics=3, topics_per="recipe", turns=2)
        generate_table(job)
    stages.curate(job.workspace, "pets")
    row = read_table(job.table("train"))["row_id"][0]
    chain = trace_row(job.workspace, row)
    assert [(one["slot"], one["turn"]) for one in chain["prompt"]["inquiries"]] == [(-1, 0), (-1, 1)]
    text = format_chain(chain, styled=False).plain
    assert "(prompts/ask-topics.j2, try 2), answered by fake" in text and '{"topic": "cat topic 1"}' in text
    assert "\u202e" not in text
    assert "prompts/topic.j2:" in text
