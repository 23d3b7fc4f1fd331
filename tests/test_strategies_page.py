"""docs/strategies.md is true: it has every strategy, and each of its recipes loads, plans, and makes its rows."""

import json
import re
import shutil

import pytest
from ruamel.yaml import YAML

from flows import stages
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.generation.strategies import STRATEGIES
from pedigree.job import open_job
from pedigree.job_outputs import read_rows
from tasks.plan import plan
from tests.support.workspaces import REPOSITORY, make_workspace

PAGE = (REPOSITORY / "docs/strategies.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## ([\w-]+)\n\n```yaml\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
TRIPLES = "data/seeds/film-opinions/triples.csv"
FILMS = "data/seeds/film-opinions/films.csv"
WRITTEN, OTHER = "data/seeds/film-opinions/written.jsonl", "data/seeds/film-opinions/questions.jsonl"


def open_recipe(root, name):
    """Return the job of a recipe of the page, in a workspace with the repository's seeds and a file to replay."""
    workspace = make_workspace(root)
    shutil.copytree(REPOSITORY / "data/seeds", root / "data/seeds", dirs_exist_ok=True)
    (root / WRITTEN).parent.mkdir(parents=True)
    reviews = [{"review": f"{place} things of {place * 7} I saw", "opinion": place % 2} for place in range(10, 60)]
    lines = [json.dumps({**one, "opinion": ("good", "bad")[one["opinion"]]}) for one in reviews]
    (root / WRITTEN).write_text("".join(f"{line}\n" for line in lines))
    facts = [f"scene {place},{('UsedFor', 'Causes')[place % 2]},thing {place}" for place in range(40)]
    (root / TRIPLES).write_text("\n".join(["head,relation,tail", *facts]))
    asked = [{"question": f"Which film has {place} scenes in a {place * 3}?", "answer": place} for place in range(30)]
    (root / OTHER).write_text("".join(f"{json.dumps(one)}\n" for one in asked))
    films = [f"{60 + place},{place % 50 / 10},drama,{('won', 'none')[place % 2]}" for place in range(80)]
    (root / FILMS).write_text("\n".join(["minutes,stars,genre,label", *films]))
    workspace.recipe_path("film-opinions").write_text(RECIPES[name], encoding="utf-8")
    return open_job(workspace, "film-opinions")


def test_it_has_a_row_and_a_recipe_of_every_strategy():
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| [")]
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == {*STRATEGIES}
    assert {re.search(r"\(#([\w-]+)\)", row).group(1) for row in rows} == RECIPES.keys() - {"incentives"}
    shown = [one["strategy"] for text in RECIPES.values() for one in YAML(typ="safe").load(text)["generators"]]
    assert {*shown} == {*STRATEGIES} - {"one-shot"}


@pytest.mark.parametrize("name", RECIPES)
def test_its_recipes_load_and_have_a_plan(tmp_path, name):
    job = open_recipe(tmp_path, name)
    assert len(RECIPES[name].splitlines()) <= 13
    batch = plan.fn(job, Rounds.for_job(job), PromptBuilder(job))
    while requests := batch.pending_requests():
        for prompt in requests:
            batch.assume_answer(prompt)
    assert {prompt.slot.label for prompt in batch.build()} == {*job.recipe.labels}


@pytest.mark.full
@pytest.mark.parametrize("name", RECIPES)
def test_its_recipes_make_their_rows_offline(tmp_path, name):
    job = open_recipe(tmp_path, name)
    stages.generate(job.workspace, job.dataset)
    stages.curate(job.workspace, job.dataset)
    assert read_rows(job).height == job.recipe.rows
