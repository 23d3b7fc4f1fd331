"""The strategies of pedigree/generation/methods: what is drawn, what is asked first, and what a recipe must give."""

import json
import re
from collections import Counter

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.errors import LinkError, ProviderError, RecipeError
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.generation.strategies import build_context
from pedigree.job import open_job
from pedigree.job_outputs import read_rows
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.attribute_coverage import tabulate_coverage
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from pedigree.provenance.trace import trace_row
from pedigree.provenance.trace_text import format_chain
from pedigree.recipe.yaml_file import set_keys
from tasks.estimate import estimate
from tasks.plan import plan
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.make_list_requests import answer_all, generate_table, hash_words, items, job_asking, read_brief
from tests.support.workspaces import make_job

OFFLINE = {"model": "offline/template", "rows_per_call": 4}
TRAITS = {"age": ["twelve", "thirty", "ninety"], "work": ["vet", "baker"]}
SECOND = {"name": "second", "model": "offline/template", "on_disagreement": "relabel", "calibrate": 0}
BORDERLINE = {"strategy": "borderline", "mix": [0.6, 0.9]}
ASKING = {  # strategies that ask for lists first: the generator, the item, and how many lists 16 rows take
    "persona": ({"strategy": "persona", "personas": {"age": 4, "work": ["vet"]}}, "value", 1),
    "taxonomy": ({"strategy": "taxonomy", "ways": 4}, "way", 2),
    "two-stage": ({"strategy": "two-stage", "contexts": 5}, "context", 2),
}
SAMPLE = [pytest.param(name, marks=() if name == "two-stage" else pytest.mark.full) for name in ASKING]
LISTS, ROWS = pl.col("slot") < 0, pl.col("slot") >= 0


def variables_of(prompts, label=None):
    chosen = prompts.filter(ROWS if label is None else ROWS & (pl.col("label") == label)).sort("slot", "label")
    return [json.loads(one) for one in chosen["variables"]]


def rebuild(job, prompts, completions):
    parameters = {one.title: dict(one.parameters) for one in job.recipe.generators}
    return check_prompts(prompts, rebuild_prompts(job, prompts, completions, parameters))


def test_a_call_is_written_as_one_person_and_a_labels_calls_cover_every_trait_evenly(tmp_path):
    job = make_job(tmp_path, rows=96, generators=[{**OFFLINE, "strategy": "persona", "personas": TRAITS}])
    for label in ("cat", "dog"):
        slots = [Slot(job.recipe.generators[0], label, index) for index in range(12)]
        persons = [build_context(job, slot).variables["person"] for slot in slots]
        for trait, values in TRAITS.items():
            assert Counter(one[trait] for one in persons) == dict.fromkeys(values, 12 // len(values))


def test_asked_traits_are_the_same_for_every_label(tmp_path):
    job = make_job(tmp_path, rows=32, generators=[{**OFFLINE, "strategy": "persona", "personas": 2, "values_asked": 3}])
    prompts = generate_table(job)
    assert prompts.filter(LISTS)["label"].to_list() == ["", "", ""]  # the traits' names, and the values of each
    asked = {*prompts.filter(LISTS)["completion_id"]}
    assert all({*parents} == asked for parents in prompts.filter(ROWS)["parents"])
    traits = {tuple(one["person"]) for one in variables_of(prompts)}
    assert len(traits) == 1 and len(traits.pop()) == 2


def test_every_row_has_a_way_of_its_own_label_and_the_report_counts_it(tmp_path):
    job = make_job(tmp_path, rows=32, generators=[{**OFFLINE, "strategy": "taxonomy", "ways": 4}])
    prompts = generate_table(job)
    stages.curate(job.workspace, "pets")
    texts = dict(read_table(job.table("completions")).select("completion_id", "text").iter_rows())
    for label in ("cat", "dog"):
        (asked,) = prompts.filter(LISTS & (pl.col("label") == label)).to_dicts()
        listed = [one["way"] for one in json.loads(texts[asked["completion_id"]])["items"]]
        drawn = Counter(row["way"] for one in variables_of(prompts, label)[:4] for row in one["row_attributes"])
        assert drawn == dict.fromkeys(listed, 4)
    coverage = tabulate_coverage(prompts, read_rows(job))
    assert {(one["label"], one["attribute"], one["values"], one["rows"]) for one in coverage} == {
        ("cat", "way", 4, 16), ("dog", "way", 4, 16)
    }  # fmt: skip


def test_contexts_are_asked_for_without_a_label_and_serve_every_label_alike(tmp_path):
    with Endpoint(answer_all) as endpoint:
        job = job_asking(endpoint, tmp_path, strategy="two-stage", contexts=3)
        prompts = generate_table(job)
        asked = [brief for brief in map(read_brief, endpoint.requests) if "\nList: 3 x context" in brief]
    assert len(asked) == 3 and not any(re.search(r"\b(cat|dog)\b", brief) for brief in asked)  # 8 rows a label
    of = {label: variables_of(prompts, label) for label in ("cat", "dog")}
    assert [one["row_attributes"] for one in of["cat"]] == [one["row_attributes"] for one in of["dog"]]
    lists = dict(prompts.filter(LISTS).select("completion_id", "slot").iter_rows())
    used = {index: {lists[one] for one in ids} for index, ids in prompts.filter(ROWS).select("slot", "parents").rows()}
    assert used == {0: {-1, -2}, 1: {-2, -3}}  # rows 0 to 3, and rows 4 to 7, of lists that serve three rows each


def test_a_row_is_mixed_with_the_labels_that_it_is_easily_confused_with_or_with_any_other(tmp_path):
    labels = {name: {"share": share, "means": f"about a {name}"} for name, share in
              {"cat": 0.5, "dog": 0.25, "cow": 0.25}.items()}  # fmt: skip
    labels["cat"]["unlike"] = ["cow"]
    job = make_job(tmp_path, labels=labels, generators=[{**OFFLINE, **BORDERLINE}], judges=[SECOND])
    generator, drawn = job.recipe.generators[0], {label: Counter() for label in labels}
    for label, pairs in drawn.items():
        briefs = [build_context(job, Slot(generator, label, index)).variables for index in range(8)]
        pairs.update((one["other"], one["percent"]) for one in briefs)
    assert drawn["cat"] == {("cow", 60): 4, ("cow", 90): 4}
    assert drawn["dog"] == {(other, percent): 2 for other in ("cat", "cow") for percent in (60, 90)}


def test_a_borderline_row_counts_under_the_label_that_the_judge_gives_it(tmp_path):
    def answer(body):
        brief = read_brief(body)
        if "Verdicts: " in brief:
            return said(json.dumps({"verdicts": [{"row": 1, "label": "dog" if "barks" in brief else "cat"}]}))
        strays = 1 if "Label: cat" in brief else 0  # one row of each call for a cat is a dog's in truth
        voices = ["barks" if place < strays or "Label: dog" in brief else "purrs" for place in range(4)]
        number = len(endpoint.requests)
        return rows(*(f"{hash_words(number, place)} {voice}" for place, voice in enumerate(voices)))

    with Endpoint(answer) as endpoint:
        asks = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 4, "retries": 1}
        judge = {**asks, "name": "second", "on_disagreement": "relabel", "calibrate": 0, "rows_per_call": 1}
        job = make_job(tmp_path, rows=16, generators=[{**asks, **BORDERLINE}], judges=[judge])
        stages.generate(job.workspace, "pets")
        stages.curate(job.workspace, "pets")
    kept = read_rows(job)
    assert Counter(kept["label"]) == {"cat": 8, "dog": 8}
    assert all((label == "dog") == ("barks" in text) for label, text in kept.select("label", "text").iter_rows())
    asked = read_table(job.table("prompts")).filter(ROWS)
    made_for = dict(asked.select("completion_id", "label").iter_rows())
    assert {made_for[id] for id, label in kept.select("completion_id", "label").iter_rows() if label == "dog"} >= {
        "cat"
    }


@pytest.mark.parametrize(
    "judges",
    [[], [{**SECOND, "question": "fits", "on_disagreement": "reject"}], [{**SECOND, "on": 0.5}],
        [{**SECOND, "on_disagreement": "keep"}]],
    ids=["none", "another question", "a share", "kept all the same"],
)  # fmt: skip
def test_mixed_rows_without_a_judge_of_each_are_refused(tmp_path, judges):
    with pytest.raises(RecipeError, match="'borderline' mixes two labels in a row, and no judge says which"):
        make_job(tmp_path, generators=[{**OFFLINE, **BORDERLINE}], judges=judges)


@pytest.mark.parametrize("name", SAMPLE)
def test_an_estimate_counts_the_lists_and_a_second_run_pays_for_nothing(tmp_path, name):
    way, _, lists = ASKING[name]
    job = make_job(tmp_path, rows=16, generators=[{**OFFLINE, **way}])
    with Ledger(job.workspace.ledger) as ledger:
        assert estimate(job, ledger).total.calls == lists + 4
    prompts = generate_table(job)
    assert prompts.height == lists + 4
    with Ledger(job.workspace.ledger) as ledger:
        after = estimate(job, ledger).total
    assert (after.calls, after.held) == (0, lists + 4)
    before = job.table("prompts").read_bytes()
    assert "0 of them asked for now" in stages.generate(job.workspace, "pets")
    assert job.table("prompts").read_bytes() == before


@pytest.mark.parametrize("name", SAMPLE)
def test_a_malformed_list_is_asked_for_again_and_ends_the_run_when_it_stays(tmp_path, name):
    way, item, lists = ASKING[name]
    with Endpoint(answer_all) as endpoint:
        endpoint.script = [said("I thought of a few."), items(item, "only one", finish="length")]
        job = job_asking(endpoint, tmp_path / "twice", concurrency=1, **way)
        prompts = generate_table(job)
    assert prompts.filter(LISTS).height == lists + 2
    assert rebuild(job, prompts, read_table(job.table("completions")))
    with Endpoint(lambda body: said("I'd rather not.")) as endpoint:
        job = job_asking(endpoint, tmp_path / "always", **way)
        with pytest.raises(ProviderError, match=f"no {item} list for .* in 4 answers"):
            stages.generate(job.workspace, "pets")


@pytest.mark.parametrize("name", SAMPLE)
def test_a_trace_shows_the_list_and_a_forged_one_breaks_the_chain(tmp_path, name):
    way, item, _ = ASKING[name]
    job = make_job(tmp_path, rows=16, generators=[{**OFFLINE, **way}])
    prompts, completions = generate_table(job), read_table(job.table("completions"))
    stages.curate(job.workspace, "pets")
    chain = trace_row(job.workspace, read_rows(job)["row_id"][0])
    shown = chain["prompt"]["inquiries"]
    assert {one["completion_id"] for one in shown} == {*chain["prompt"]["parents"]} and shown
    assert f'{{"{item}":' in format_chain(chain, styled=False).plain
    other = json.dumps({"items": [{item: f"another one, the {n}th"} for n in range(5)]})
    forged = pl.when(pl.col("completion_id") == shown[0]["completion_id"]).then(pl.lit(other)).otherwise(pl.col("text"))
    with pytest.raises(LinkError, match=r"prompts: prompts\.parquet"):
        rebuild(job, prompts, completions.with_columns(text=forged))


@pytest.mark.parametrize("name", [*SAMPLE, pytest.param("borderline", marks=pytest.mark.full)])
def test_growing_asks_for_what_is_added_alone(tmp_path, name):
    way, judges = (BORDERLINE, [SECOND]) if name == "borderline" else (ASKING[name][0], [])
    job = make_job(tmp_path, rows=16, generators=[{**OFFLINE, **way}], judges=judges)
    before = generate_table(job)
    grown = [{"version": "v1.0.0", "rows": 16, "targets": {"cat": 8, "dog": 8}}]
    set_keys(job.workspace.recipe_path("pets"), {"rows": 32, "grown_from": grown})
    after = generate_table(open_job(job.workspace, "pets"))
    assert {*before["completion_id"]} < {*after["completion_id"]}
    again = after.join(before, on="completion_id", how="semi").sort("completion_id")
    assert again.equals(before.sort("completion_id"))


def test_with_chaining_a_turn_rewrites_the_answer_before_and_both_are_in_the_chain(tmp_path):
    seeds = [{"text": f"the {label} of house {n} made a noise", "label": label} for label in ("cat", "dog")
             for n in range(6)]  # fmt: skip
    with Endpoint(answer_all) as endpoint:
        way = {"strategy": "rewrite", "incentives": ["chaining"], "turns": 3}
        job = job_asking(endpoint, tmp_path, seeds=seeds, **way)
        prompts = generate_table(job)
        last = max((body["messages"] for body in endpoint.requests), key=len)
    assert [message["role"] for message in last][-4:] == ["assistant", "user", "assistant", "user"]
    assert all("with your last answer as the sources" in one["content"] for one in (last[-3], last[-1]))
    chain = prompts.filter(turn=2).row(0, named=True)
    assert len(chain["parents"]) == 2 and chain["seed_row_ids"]  # forgetting a seed row finds every turn


def test_without_the_new_keys_a_recipe_is_the_same_as_before(tmp_path):
    job = make_job(tmp_path)
    assert not {"personas", "ways", "contexts", "mix"} & job.recipe.model_dump()["generators"][0].keys()


def test_the_next_list_of_contexts_is_asked_for_in_the_round_that_needs_it(tmp_path):
    job = make_job(tmp_path, rows=16, generators=[{**OFFLINE, "strategy": "two-stage", "contexts": 50}])
    batch = plan.fn(job, Rounds.for_job(job), PromptBuilder(job))
    assert len(batch.pending_requests()) == 1


@pytest.mark.parametrize(
    "change, says",
    [
        ({"strategy": "persona"}, "strategy persona needs personas"),
        ({"strategy": "persona", "personas": 11}, "11 traits can't be asked for: 1 to 10 can"),
        ({"strategy": "persona", "personas": {"age": 1}}, "1 values of trait 'age' can't be asked for in one call"),
        ({"strategy": "persona", "personas": {"age": []}}, "is no list of values of trait 'age'"),
        ({"strategy": "persona", "personas": {"a\nLabel: dog": 3}}, "is no name of a trait"),
        ({"strategy": "taxonomy"}, "strategy taxonomy needs ways"),
        ({"strategy": "taxonomy", "ways": {"cat": ["by its sound"]}}, "ways is given per label but not for exactly"),
        ({"strategy": "taxonomy", "ways": {"cat": ["a", "a"], "dog": ["b"]}}, "is no list of ways"),
        ({"strategy": "two-stage", "contexts": 1}, "strategy two-stage needs contexts, at least 2"),
        ({"strategy": "two-stage", "contexts": 51}, "found 51\n  expected: at most 50"),
        ({"strategy": "borderline"}, "strategy borderline needs mix"),
        ({"strategy": "borderline", "mix": [0.5]}, "a share of the label is 0.5, and it must be above 0.5"),
        ({"strategy": "borderline", "mix": [0.7, 0.701]}, "two shares are the same per cent"),
        ({"ways": 4}, "the key ways goes with strategy taxonomy, not with zero-shot"),
        ({"mix": [0.7]}, "the key mix goes with strategy borderline, not with zero-shot"),
        ({"strategy": "rewrite", "incentives": ["chaining"]}, "the incentive chaining needs turns: 2 or more"),
    ],
)
def test_what_can_not_serve_is_refused(tmp_path, change, says):
    with pytest.raises(RecipeError, match=says):
        make_job(tmp_path, generators=[{**OFFLINE, **change}])
