"""Seed rows of one profile are shown, and those alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.generation.methods.shown_profile import keep_profile, name_profile
from pedigree.job import Job
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace

WORDS = {"cat": ["purrs", "meows", "naps"], "dog": ["barks", "wags", "digs"]}


def make_job(fields, values):
    generator = {"strategy": "few-shot", "model": "offline/template", "shots": 2, "shots_from": "hard"}
    labels = {label: {"share": 0.5, "means": label} for label in WORDS}
    content = {"dataset": "pets", "task": "which?", "labels": labels, "fields": fields, "generators": [generator],
               "seeds": "data/seeds/pets/seeds.csv", "rows": 10}  # fmt: skip
    seeds = [Example(f"{place:03d}", one, label, place + 1) for place, (one, label) in enumerate(values)]
    return Job(Workspace(Path("/nowhere")), Recipe.model_validate(content), seeds)


def show(job, kind):
    slot = SimpleNamespace(generator=job.recipe.generators[0].model_copy(update={"shots_from": kind}))
    return {*keep_profile(job, slot, {one.id: one for one in job.seeds})}


def test_each_row_has_one_profile_and_wrong_labels_are_hard():
    labels = ["cat", "dog"] * 24
    rows = [({"x": (1.0 if label == "cat" else -1.0) * (1 + place / 50)}, label) for place, label in enumerate(labels)]
    rows[-4:] = [({"x": -one["x"]}, label) for one, label in rows[-4:]]
    for fields, values in (
        ({"x": {"type": "number"}}, rows),
        (
            {"text": {"type": "text"}},
            [({"text": f"it {WORDS[label][place % 3]}"}, label) for place, (_, label) in enumerate(rows)],
        ),
    ):
        job = make_job(fields, values)
        kinds = [show(job, kind) for kind in ("easy", "ambiguous", "hard")]
        assert set.union(*kinds) == show(job, "all") and sum(map(len, kinds)) == 48
        again = Job(job.workspace, job.recipe, job.seeds[::-1])
        assert [show(again, kind) for kind in ("easy", "ambiguous", "hard")] == kinds
    assert {"044", "045", "046", "047"} <= show(make_job({"x": {"type": "number"}}, rows), "hard")
    assert name_profile(SimpleNamespace(generator=SimpleNamespace(shots_from="all"))) == ""


def test_few_rows_have_no_profiles_and_a_recipe_without_shots_or_with_sets_is_refused():
    few = [({"x": 1.0}, "cat"), ({"x": 2.0}, "dog")] * 14
    with pytest.raises(RecipeError, match="28 different rows of 2 labels"):
        show(make_job({"x": {"type": "number"}}, few), "easy")
    content = make_job({"x": {"type": "number"}}, few).recipe.model_dump(mode="json", exclude_defaults=True)
    content["generators"] = [{"strategy": "attributes", "model": "offline/template", "attributes": {"a": ["b", "c"]},
                              "shots_from": "easy"}]  # fmt: skip
    with pytest.raises(ValueError, match="no shots"):
        Recipe.model_validate(content)
    several = {"min": 1, "max": 2}
    kept = [{"strategy": "few-shot", "model": "offline/template", "shots": 2, "shots_from": "hard"}]
    with pytest.raises(ValueError, match="sets of labels"):
        Recipe.model_validate({**content, "fields": {"text": {}}, "generators": kept, "labels_per_row": several})
