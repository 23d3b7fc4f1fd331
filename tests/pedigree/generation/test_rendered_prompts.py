"""The exact prompts sent to models: a changed template shows here. PEDIGREE_RENDER=1 rewrites the files."""

import os
from pathlib import Path

import pytest

from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from pedigree.job import open_job
from tests.support.workspaces import make_workspace

RENDERED = Path(__file__).parent / "rendered"
SEEDS = [{"text": f"{label} number {n} did a thing", "label": label} for label in ("cat", "dog") for n in range(6)]
LABELS = {
    "cat": {"share": 0.5, "means": "about a cat", "unlike": ["dog"]},
    "dog": {"share": 0.5, "means": "about a dog"},
}
GENERATORS = {
    "zero-shot": {"strategy": "zero-shot", "turns": 2},
    "topic": {"strategy": "topic", "topics": ["naps", "food", "vets"], "turns": 2},
    "ask-topics": {"strategy": "topic", "topics": 5},
    "one-shot": {"strategy": "one-shot", "shots": 1},
    "few-shot": {"strategy": "few-shot", "shots": 3},
    "rewrite": {"strategy": "rewrite", "incentives": ["taboo", "hints"], "turns": 2},
    "rewrite-corpus": {"strategy": "rewrite", "corpus": "data/seeds/pets/seeds.jsonl"},
    "ask-attributes": {"strategy": "attributes", "ask_attributes": 2, "attributes": {"tone": ["calm", "cross"]}},
    "ask-values": {"strategy": "attributes", "attributes": {"tone": 4}},
    "ask-fitting-values": {"strategy": "attributes", "attributes": {"tone": 4}},
    "attributes": {"strategy": "attributes", "attributes": {"tone": ["calm", "cross"], "place": ["roof", "sofa"]},
        "turns": 2},
    "persona": {"strategy": "persona", "personas": {"age": ["twelve", "ninety"], "work": ["vet", "baker"]}, "turns": 2},
    "ask-traits": {"strategy": "persona", "personas": 3},
    "ask-trait-values": {"strategy": "persona", "personas": {"age": 4}},
    "taxonomy": {"strategy": "taxonomy", "ways": {"cat": ["by its sound", "by its owner"], "dog": ["by its walk"]},
        "turns": 2},
    "ask-ways": {"strategy": "taxonomy", "ways": 6},
    "two-stage": {"strategy": "two-stage", "contexts": 3, "turns": 2},
    "ask-contexts": {"strategy": "two-stage", "contexts": 3},
    "knowledge": {"strategy": "knowledge", "knowledge": {"file": "data/seeds/pets/triples.csv", "size": 2}, "turns": 2},
    "instructions": {"strategy": "zero-shot", "instructions": "Be brief.\n\nLabel: none",
        "avoid": ["I am"], "turns": 2},
    "scenario": {"strategy": "zero-shot", "scenario": "stray", "turns": 2},
    "borderline": {"strategy": "borderline", "mix": [0.7], "turns": 2},
    "transform": {"strategy": "transform", "corpus": "data/seeds/pets/seeds.jsonl", "turns": 2},
    "rewrite-chaining": {"strategy": "rewrite", "incentives": ["chaining"], "turns": 2},
}  # fmt: skip
ANSWERED = {  # the list requests that are answered before
    "ask-fitting-values": '{"items": [{"value": "calm"}, {"value": "cross"}]}',
    "two-stage": '{"items": [{"context": "a night at the vet"}, {"context": "moving house"}]}',
}
TRIPLES = "head,relation,tail\ncat,CapableOf,purr\nbowl,UsedFor,food\n"
STRAY = {"name": "stray", "means": "a stray that nobody owns", "floor": 2}
JUDGE = {"name": "second", "model": "offline/template", "on_disagreement": "relabel"}


def render(job, name):
    """Return the messages of slot 0, or of the first list request before it; of two turns both, the answer left out."""
    builder, generator = PromptBuilder(job), job.recipe.generators[0]
    slot = Slot(generator, "cat", 0)
    parameters = {generator.title: {}}
    if name in ANSWERED:
        builder.record_answer(builder.pending_requests([slot], 1, parameters)[0], ANSWERED[name], "stop", None)
    prompt = (builder.pending_requests([slot], 1, parameters) or [None])[0] or builder.build(slot, 1, {})
    if prompt.calls > 1:
        prompt = prompt.continue_with("(the answer)")
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in prompt.messages) + "\n"


@pytest.mark.parametrize("name", GENERATORS)
def test_the_words_are_these(tmp_path, name):
    generator = {"model": "offline/template", "rows_per_call": 2, **GENERATORS[name]}
    more = {"scenarios": [STRAY]} if "scenario" in generator else {}
    generators = [generator, {**generator, "name": "plain", "scenario": None}]
    generators = generators if more else generators[:1]
    workspace = make_workspace(tmp_path, seeds=SEEDS, labels=LABELS, generators=generators, judges=[JUDGE], **more)
    (tmp_path / "data/seeds/pets/triples.csv").write_text(TRIPLES)
    said = render(open_job(workspace, "pets"), name)
    file = RENDERED / f"{name}.txt"
    if os.environ.get("PEDIGREE_RENDER"):
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text(encoding="utf-8")
