"""Every strategy end to end: through all stages with the offline model and over an endpoint, and mixed by weight.

Malformed answers to list requests are tested in test_topics.py and test_asked_attributes.py;
here it is a conversation's further turns.
"""

import json
from collections import Counter

import polars as pl
import pytest
from rich.console import Console
from ruamel.yaml import YAML

from flows import stages
from pedigree.dataset.output_files import TABLES
from pedigree.dataset.schemas import read_table
from pedigree.generation.batch import resolve_parameters
from pedigree.generation.failures.kept_rows import read_kept_rows
from pedigree.generation.strategies import STRATEGIES
from pedigree.job import open_job
from pedigree.job_outputs import read_rows
from pedigree.provenance.prompt_check import check_prompts, rebuild_prompts
from pedigree.recipe.generator import Generator
from pedigree.recipe.judge import JUDGE
from pedigree.recipe.scaffold import write_new_recipe
from pedigree.workspace import Workspace
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.make_list_requests import answer_all, hash_words, job_asking, read_brief
from tests.support.repository import settle
from tests.support.workspaces import make_workspace

CORPUS, WRITTEN = "data/seeds/pets/corpus.jsonl", "data/seeds/pets/written.jsonl"
TRIPLES = "data/seeds/pets/triples.csv"
PLACES = ("sofa", "gate", "attic", "meadow", "kitchen", "harbour")
SEEDS = [
    *({"text": f"she naps and purrs in the {place} from noon to four", "label": "cat"} for place in PLACES),
    *({"text": f"he barks at whoever walks by the {place} at night", "label": "dog"} for place in PLACES),
]
HELD_OUT = [{"text": f"nobody has shown this {label} to a model", "label": label} for label in ("cat", "dog")]
DOCUMENTS = [f"a note on the door of house {n}: the {place} was left open" for n, place in enumerate(PLACES)]
LABELS = {
    "cat": {"share": 0.5, "means": "about a cat", "unlike": ["dog"]},
    "dog": {"share": 0.5, "means": "about a dog"},
}
# Of each way to set a strategy up: the generator, what its prompts say, and how many lists are asked for first.
NO_TEXT = {"table"}  # for rows without a text: test_table_generation.py
WAYS = {
    "zero-shot": ({"strategy": "zero-shot"}, "Definition: about a ", 0),
    "zero-shot in three turns": ({"strategy": "zero-shot", "turns": 3}, "Definition: about a ", 0),
    "topics given": ({"strategy": "topic", "topics": ["vets", "food"]}, "Topic: ", 0),
    "topics asked for": ({"strategy": "topic", "topics": 4, "turns": 2}, "Topic: ", 2),
    "one-shot": ({"strategy": "one-shot", "shots": 1}, "Shot 1: ", 0),
    "few-shot": ({"strategy": "few-shot", "shots": 3}, "Shot 3: ", 0),
    "attributes given": ({"strategy": "attributes", "attributes": {"tone": ["calm", "cross"]}}, "Row 4: tone = ", 0),
    "attributes asked for": ({"strategy": "attributes", "ask_attributes": 2, "values_asked": 4}, "Row 4: ", 1 + 4 + 2),
    "personas given": ({"strategy": "persona", "personas": {"age": ["twelve", "ninety"]}}, "Person: age = ", 0),
    "personas asked for": ({"strategy": "persona", "personas": 2, "values_asked": 3}, "Person: ", 1 + 2),
    "ways given": ({"strategy": "taxonomy", "ways": {"cat": ["a sound"], "dog": ["a walk"]}}, "Row 4: way = a ", 0),
    "ways asked for": ({"strategy": "taxonomy", "ways": 4, "turns": 2}, "Row 4: way = ", 2),
    "contexts asked for": ({"strategy": "two-stage", "contexts": 6}, "Row 4: context = ", 2),
    "facts": ({"strategy": "knowledge", "knowledge": {"file": TRIPLES, "size": 4}, "turns": 2}, "Row 4: fact = ", 0),
    "labels mixed": ({"strategy": "borderline", "mix": [0.7, 0.9]}, "Mixed: ", 0),
    "answers chained": ({"strategy": "rewrite", "incentives": ["chaining"], "turns": 2}, "Source 4: ", 0),
    "records transformed": ({"strategy": "transform", "corpus": CORPUS}, "Source 4: ", 0),
    "seeds rewritten": ({"strategy": "rewrite", "incentives": ["taboo", "hints"]}, "Hint 2: ", 0),
    "failures": ({"strategy": "failures", "shots": 2, "failures": {"then": "plain"}}, "Shot 2: ", 0),
    "a corpus rewritten": ({"strategy": "rewrite", "corpus": CORPUS}, "Source 4: ", 0),
    "replay": ({"strategy": "replay", "model": f"replay/{WRITTEN}", "replay": {"fields": {"text": "said"}}},
        "Records: ", 0),
}  # fmt: skip
SAMPLE = ("replay",)  # it alone does not go over an endpoint
LIKE_OTHERS = {
    "records transformed",
    "attributes given",
    "one-shot",
    "personas given",
    "seeds rewritten",
    "topics given",
    "ways asked for",
    "ways given",
    "facts",
    "answers chained",
}  # over an endpoint they are like others of WAYS
COVERED = {"knowledge", "topic", "attributes", "persona", "taxonomy", "two-stage", "borderline"}
JUDGES = {"labels mixed": [{"name": "second", "model": "offline/template", "on_disagreement": "relabel"}]}
FAR_TURN = "as unlike them as possible"


def make_pets(root, *generators, **changes):
    given = {
        "rows": 16,
        "seeds": SEEDS,
        "held_out": HELD_OUT,
        "labels": LABELS,
        "gates": {"class_floor": 1, "label_distance": 0},
    }
    workspace = make_workspace(root, generators=list(generators), **given | changes)
    (root / CORPUS).write_text("".join(json.dumps({"text": text}) + "\n" for text in DOCUMENTS))
    facts = [f"{thing},UsedFor,{use}" for thing, use in zip(PLACES, PLACES[::-1], strict=True)]
    (root / TRIPLES).write_text("\n".join(["head,relation,tail", *facts]))
    written = [
        {"said": f"{hash_words(label, n)} as a model put it", "label": label} for label in LABELS for n in range(9)
    ]
    (root / WRITTEN).write_text("".join(json.dumps(row) + "\n" for row in written))
    return open_job(workspace, "pets")


def run_stages(job):
    """Go through all four stages; return the rows, the prompts and the metrics."""
    stages.generate(job.workspace, job.dataset)
    stages.curate(job.workspace, job.dataset)
    stages.validate(job.workspace, job.dataset, Console(quiet=True))
    stages.measure(job.workspace, job.dataset)
    kept = pl.concat([read_table(job.table("train")), read_table(job.table("validation"))])
    return kept, read_table(job.table("prompts")), json.loads((job.folder / "metrics.json").read_text())


def check_chain(job, prompts):
    parameters = {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
    tables = {name: read_table(job.table(name)) for name in TABLES} if job.recipe.failures else {}
    kept = read_kept_rows(job, tables) if tables else None
    made = rebuild_prompts(job, prompts, read_table(job.table("completions")), parameters, kept)
    assert "are what recipe, templates and seeds say" in check_prompts(prompts, made)


def answer_anew(endpoint):
    """Answer list requests as usual, and no two requests for rows alike, not even two samples of one prompt."""

    def answer(body):
        if "\nList: " in read_brief(body):
            return answer_all(body)
        return rows(*(f"{hash_words(len(endpoint.requests), place)} is what I saw" for place in range(4)))

    return answer


def test_no_strategy_is_left_out():
    assert {way["strategy"] for way, *_ in WAYS.values()} == {*STRATEGIES} - NO_TEXT


def test_what_a_new_recipe_says_of_them_is_right(tmp_path):
    (path, _) = write_new_recipe(Workspace(tmp_path), "pets", ["cat", "dog"], "Which animal?")
    said = [line.strip("# ").strip("- ") for line in path.read_text().splitlines() if "# - {strategy" in line]
    generators = [Generator(**YAML(typ="safe").load(line.replace("model: ...", "model: x/y"))) for line in said]
    assert {one.strategy for one in generators} == {*STRATEGIES} - NO_TEXT - {"one-shot"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.full) for name in WAYS]
)
def test_offline_it_goes_through_all_stages_and_its_chain_holds(tmp_path, name):
    way, says, lists = WAYS[name]
    job = make_pets(tmp_path, {"model": "offline/template", "rows_per_call": 4, **way}, judges=JUDGES.get(name, []))
    kept, prompts, metrics = run_stages(job)
    prompts = prompts.filter(pl.col("strategy") != JUDGE)
    assert Counter(kept["label"]) == {"cat": 8, "dog": 8} and kept["text"].n_unique() == 16
    asked = prompts.filter(pl.col("slot") >= 0)
    assert {*asked["strategy"]} == {way["strategy"]} and asked["messages"].str.contains(says, literal=True).all()
    assert prompts.filter(pl.col("slot") < 0).height == lists
    assert {*asked["turn"]} == {*range(way.get("turns", 1))}
    assert bool(metrics["coverage"]) == (way["strategy"] in COVERED)
    check_chain(job, prompts)
    assert "0 of them asked for now" in stages.generate(job.workspace, "pets")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.full] * (name in LIKE_OTHERS)) for name in WAYS if name != "replay"],
)
def test_over_an_endpoint_it_says_the_same_and_shows_no_held_out_row(tmp_path, name):
    way, says, lists = WAYS[name]
    with Endpoint() as endpoint:
        endpoint.answer = answer_anew(endpoint)
        asks = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 4, "retries": 1}
        job = make_pets(tmp_path, {**asks, **way}, judges=JUDGES.get(name, []))
        stages.generate(job.workspace, job.dataset)
        stages.curate(job.workspace, job.dataset)
        sent = endpoint.requests
    kept, prompts = read_rows(job), read_table(job.table("prompts")).filter(pl.col("strategy") != JUDGE)
    assert Counter(kept["label"]) == {"cat": 8, "dog": 8}
    assert len(sent) == prompts.height and sum("\nList: " in read_brief(body) for body in sent) == lists
    assert all(says in read_brief(body) or "\nList: " in read_brief(body) for body in sent)
    assert not any("nobody has shown this" in json.dumps(body) for body in sent)
    assert max(len(body["messages"]) for body in sent) == 2 * way.get("turns", 1)
    check_chain(job, prompts)


@pytest.mark.full
def test_the_recipe_that_shows_them_goes_through_all_stages(tmp_path):
    job = open_job(Workspace(settle(tmp_path / "work").root), "film-reviews")
    kept, prompts, metrics = run_stages(job)
    assert kept.height == job.recipe.rows and {*kept["generator"]} == {one.title for one in job.recipe.generators}
    assert {*prompts["strategy"]} == {"topic", "attributes", "rewrite", "few-shot"}
    asked = prompts.filter(pl.col("slot") < 0)["template"].value_counts().sort("template")["count"].to_list()
    assert asked[0] == 1 and asked[2] == 1 and asked[3] == 6  # names and topics once, two attributes' values a label
    assert {line["attribute"] for line in metrics["coverage"]} >= {"topic", "writer", "occasion"}
    check_chain(job, prompts)


@pytest.mark.full
def test_all_of_them_in_one_recipe_share_the_rows_by_weight_and_stand_side_by_side(tmp_path):
    with Endpoint() as endpoint:
        endpoint.answer = answer_anew(endpoint)
        asks = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 4, "retries": 1}
        job = make_pets(
            tmp_path,
            {**asks, "name": "one", "strategy": "topic", "topics": 3, "weight": 2},
            {"name": "two", "model": "offline/template", "rows_per_call": 4, "strategy": "rewrite", "weight": 1},
            {**asks, "name": "three", "model": "openai/other", "ask_attributes": 1, "strategy": "attributes",
                "weight": 1},
            rows=64,
        )  # fmt: skip
        kept, prompts, metrics = run_stages(job)
    share = Counter(kept["generator"])  # a call has 4 rows, and a screen may take some
    assert all(abs(share[name] - rows) <= 4 for name, rows in {"one": 32, "two": 16, "three": 16}.items())
    assert Counter(kept["label"]) == {"cat": 32, "dog": 32}
    compared = metrics["generators"]
    assert {name: one["model"] for name, one in compared.items()} == {
        "one": "openai/fake", "two": "offline/template", "three": "openai/other"
    }  # fmt: skip
    assert all(
        one["kept"] and one["variety"]["rows"] >= 12 and one["read_as_asked"] is not None for one in compared.values()
    )
    check_chain(job, prompts)


@pytest.mark.parametrize(
    "bad, reason",
    [
        (said("Of course! Shall I write about kittens?"), "malformed"),
        (said("I'm sorry, but I can't help with that."), "refusal"),
        (said('{"rows": [{"text": "it ends before its'), "cut"),
        (said('{"rows": [{"text": "it ends before its', finish="length"), "cut"),
        (said(None), "empty"),
        (said(json.dumps({"rows": [{"text": "it says another label", "label": "dog"}]})), "wrong-label"),
        (said(json.dumps({"rows": [{"body": "it has another field"}]})), "missing-field"),
    ],
    ids=["prose", "refusal", "broken", "cut", "empty", "another label", "another field"],
)  # fmt: skip
@pytest.mark.parametrize("turn", [pytest.param(0, marks=pytest.mark.full), 1])
def test_a_malformed_turn_is_a_reject_and_its_rows_are_asked_for_anew(tmp_path, turn, bad, reason):
    """One conversation goes wrong once, at its first or its further turn; nothing of that answer becomes a row."""
    went_wrong = []

    def answer(body):
        later = FAR_TURN in body["messages"][-1]["content"]
        if later == bool(turn) and "Label: cat" in read_brief(body) and not went_wrong:
            went_wrong.append(body)
            return bad
        return answer_anew(endpoint)(body)

    with Endpoint(answer) as endpoint:
        job = job_asking(endpoint, tmp_path, strategy="zero-shot", turns=2, concurrency=1)
        stages.generate(job.workspace, "pets")
    stages.curate(job.workspace, "pets")
    kept = pl.concat([read_table(job.table("train")), read_table(job.table("validation"))])
    prompts, rejects = read_table(job.table("prompts")), read_table(job.table("rejects"))
    (faulty,) = rejects.filter(pl.col("reason") != "surplus").to_dicts()
    asked = prompts.filter(completion_id=faulty["completion_id"]).row(0, named=True)
    assert (faulty["reason"], asked["turn"], asked["label"]) == (reason, turn, "cat")
    assert faulty["completion_id"] not in {*kept["completion_id"]}
    assert Counter(kept["label"]) == {"cat": 8, "dog": 8}
    again = prompts.filter(pl.col("round") > asked["round"])
    assert {*again["label"]} == {"cat"} and not {*again["completion_id"]} & {faulty["completion_id"]}
    check_chain(job, prompts)
