"""Which of the rows that people wrote enter a dataset, and why others do not."""

import json

import pytest

from pedigree.errors import RecipeError, WorkspaceError
from pedigree.job import open_job
from pedigree.recipe.yaml_file import set_keys
from tests.support.workspaces import make_job, make_workspace

CAT = {"text": "The tabby sleeps on the warm stove all day", "label": "cat"}
DOG = {"text": "A terrier dug up the whole flower bed again", "label": "dog"}
HELD_OUT = [
    {"text": "Nobody has seen the old ginger tom since the storm on Friday night blew the shed down", "label": "cat"},
    {"text": "Our spaniel barks at the postman", "label": "dog"},
]


def screen_real_rows(root, *real, **changes):
    return make_job(root, real=list(real), **changes).screen_real_rows()


def name_real(root, path):
    """Open the job of a recipe that names this file."""
    workspace = make_workspace(root, held_out=HELD_OUT)
    set_keys(workspace.recipe_path("pets"), {"real": path})
    return open_job(workspace, "pets")


def read_reasons(found):
    return [(row["position"], row["reason"]) for row in found.rejects.sort("position").iter_rows(named=True)]


def test_a_real_row_is_a_candidate_of_nobody_with_the_id_of_its_example(tmp_path):
    job = make_job(tmp_path, real=[CAT, DOG])
    assert job.screen_real_rows().rows.to_dicts() == [
        {"row_id": one.id, "completion_id": None, "position": line, "label": one.label, "generator": "real",
         **one.fields, "seed_row_ids": None}
        for line, one in enumerate(job.real, start=1)
    ]  # fmt: skip
    assert job.screen_real_rows().rejects.is_empty()


def test_no_real_rows_are_no_trouble(tmp_path):
    job = make_job(tmp_path)
    assert job.screen_real_rows().rows.is_empty() and job.screen_real_rows().rejects.is_empty() and job.seeds == ()


def test_what_says_the_same_twice_enters_once(tmp_path):
    job = make_job(tmp_path, real=[CAT, DOG, {**CAT, "text": CAT["text"].upper() + "!"}, CAT])
    assert read_reasons(job.screen_real_rows()) == [(3, "exact-duplicate"), (4, "exact-duplicate")]
    assert set(job.screen_real_rows().rejects["rival"]) == {job.real[0].id}


def test_what_is_held_out_stays_out_and_is_shown_to_nobody(tmp_path):
    shared = "she says the old ginger tom since the storm on Friday night blew the shed down the hill"
    job = make_job(tmp_path, real=[CAT, HELD_OUT[1], {"text": shared, "label": "cat"}, DOG], held_out=HELD_OUT)
    assert read_reasons(job.screen_real_rows()) == [(2, "held-out-overlap"), (3, "held-out-overlap")]
    assert [seed.fields["text"] for seed in job.seeds] == [CAT["text"], DOG["text"]]


@pytest.mark.parametrize(("screens", "reasons"), [({}, [(1, "pii")]), ({"pii": "off"}, [])])
def test_personal_data_are_the_recipes_choice(tmp_path, screens, reasons):
    row = {"text": "Write to anna.keller@example.org about the kitten", "label": "cat"}
    found = screen_real_rows(tmp_path, row, DOG, screens=screens)
    assert read_reasons(found) == reasons


def test_the_recipes_lengths_bind_people_too(tmp_path):
    assert read_reasons(screen_real_rows(tmp_path, {"text": "a" * 500, "label": "cat"}, DOG)) == [(1, "length")]


def test_no_other_screen_turns_a_persons_row_away(tmp_path):
    rows = [CAT, {**CAT, "text": CAT["text"] + "s"}, {"text": "This cat is a [name] cat", "label": "cat"},
            {"text": "As an AI language model, I bark", "label": "dog"}]  # fmt: skip
    assert screen_real_rows(tmp_path, *rows).rows.height == 4


def test_several_typed_fields(tmp_path):
    fields = {"text": {}, "stars": {"type": "integer"}, "kind": {"type": "category", "values": ["a", "b"]}}
    row = {**CAT, "stars": "3", "kind": "a"}
    found = screen_real_rows(tmp_path, row, fields=fields)
    assert found.rows.select("stars", "kind").row(0) == (3, "a")


def test_without_a_text_the_values_make_the_duplicate(tmp_path):
    fields = {"stars": {"type": "integer"}}
    found = screen_real_rows(tmp_path, {"stars": 1, "label": "cat"}, {"stars": 1, "label": "dog"}, fields=fields)
    assert read_reasons(found) == [(2, "exact-duplicate")]


def test_seeds_that_the_recipe_names_are_shown_instead(tmp_path):
    job = make_job(tmp_path, real=[CAT], seeds=[DOG])
    assert [seed.label for seed in job.seeds] == ["dog"]
    assert job.recipe.seed_file == job.recipe.seeds


@pytest.mark.parametrize(
    ("path", "content", "error"),
    [
        ("data/seeds/pets/gone.jsonl", None, "no such file"),
        ("data/seeds/pets/empty.jsonl", "", "no rows"),
        ("data/seeds/pets/odd.jsonl", json.dumps({"text": "x y z", "label": "cow"}), "label 'cow'"),
        ("data/seeds/pets/bare.jsonl", json.dumps({"label": "cat"}), "text is missing"),
        ("data/seeds/pets/bad.jsonl", "{", "not JSON"),
        ("data/seeds/pets/bad.csv", "words,label\na b c,cat\n", "no column text"),
        ("elsewhere/real.jsonl", None, "must be a path below data/"),
        ("data/../real.jsonl", None, "must be a path below data/"),
        ("data/seeds/pets/held_out.jsonl", None, "is held out, too"),
    ],
)
def test_what_is_no_file_of_real_rows_is_said(tmp_path, path, content, error):
    if content is not None:
        (tmp_path / "data/seeds/pets").mkdir(parents=True)
        (tmp_path / path).write_text(content)
    with pytest.raises(RecipeError, match=error):
        name_real(tmp_path, path)


def test_a_link_out_of_the_workspace_is_refused(tmp_path):
    root = tmp_path / "work"
    (root / "data/seeds/pets").mkdir(parents=True)
    (tmp_path / "real.jsonl").write_text(json.dumps(CAT))
    (root / "data/seeds/pets/link.jsonl").symlink_to(tmp_path / "real.jsonl")
    with pytest.raises(WorkspaceError):
        name_real(root, "data/seeds/pets/link.jsonl")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"generators": [{"name": "real", "model": "offline/template"}]}, "a generator or judge is named 'real'"),
        ({"fields": {"text": {}, "real": {}}}, "a field is named 'real'"),
    ],
)
def test_names_that_mark_real_rows_are_taken(tmp_path, changes, error):
    with pytest.raises(RecipeError, match=error):
        make_job(tmp_path, real=[CAT], **changes)
