"""How far each label of a real set is filled up, and what can't be filled up, from the library and from the shell."""

import json
from contextlib import chdir

import pytest
from ruamel.yaml import YAML

import flows.augment
from pedigree.errors import RecipeError
from pedigree.job import open_job
from pedigree.recipe.overrides import apply_overrides
from pedigree.recipe.yaml_file import load_recipe
from tasks.augmentation import describe_spread, plan_augmentation
from tests.support.cli_runner import Shell
from tests.support.workspaces import RECIPE, make_workspace

REAL = "data/seeds/pets/real.jsonl"
LABELS = {name: {"share": 0.25, "means": name} for name in ("cat", "dog", "owl", "v1.2 fish")}
ANIMALS = {"cat": "tabby", "dog": "terrier", "owl": "barn owl", "v1.2 fish": "goldfish"}


def tell(label, count):
    places = ("by the gate", "under a chair", "on my roof", "near the pond", "in our shed", "behind a wall")
    return [{"text": f"The {ANIMALS.get(label, label)} sat {place}", "label": label} for place in places[:count]]


def make(root, counts, **changes):
    rows = [row for label, count in counts.items() for row in tell(label, count)]
    return make_workspace(root, **{"labels": LABELS, "real": rows, **changes})


@pytest.mark.parametrize(
    ("fill_to", "filled", "targets"),
    [
        (0, "", {"cat": 10, "dog": 7, "owl": 6, "v1.2 fish": 5}),
        (3, "every", {"cat": 8, "dog": 5, "owl": 4, "v1.2 fish": 3}),
        (0, "rare", {"cat": 5, "dog": 5, "owl": 5, "v1.2 fish": 5}),
        (3, "rare", {"cat": 5, "dog": 3, "owl": 3, "v1.2 fish": 3}),
        (40, "rare", dict.fromkeys(LABELS, 40)),
    ],
)
def test_each_label_gets_so_many_rows_and_keeps_its_real_ones(tmp_path, fill_to, filled, targets):
    workspace = make(tmp_path, {"cat": 5, "dog": 2, "owl": 1})
    plan = plan_augmentation(workspace, "pets", fill_to=fill_to, filled=filled)
    assert (plan.real, plan.real_counts) == (REAL, {"cat": 5, "dog": 2, "owl": 1, "v1.2 fish": 0})
    assert plan.targets == targets


@pytest.mark.parametrize("fill_to", [3, 7, 999, 123_457])
def test_the_recipe_that_is_written_wants_exactly_these_rows(tmp_path, fill_to):
    workspace = make(tmp_path, {"cat": 6, "dog": 2, "owl": 1})
    path = workspace.recipe_path("pets")
    path.write_text("# ours\n" + path.read_text())
    plan = plan_augmentation(workspace, "pets", fill_to=fill_to)
    with apply_overrides(workspace, "pets", plan.make_overrides("openai/gpt-4o-mini", 2.5)):
        pass
    recipe = load_recipe(path)
    assert recipe.targets == plan.targets and recipe.rows == sum(plan.targets.values())
    assert (recipe.real, recipe.generators[0].model, recipe.budget.usd) == (REAL, "openai/gpt-4o-mini", 2.5)
    assert path.read_text().startswith("# ours\n")
    again = plan_augmentation(workspace, "pets", fill_to=fill_to).make_overrides("openai/gpt-4o-mini", 2.5)
    assert again.list_changes(path) == {}


def test_what_was_filled_up_further_stays_so_unless_less_is_asked_for(tmp_path):
    workspace = make(tmp_path, {"cat": 5, "dog": 2, "owl": 1})
    with apply_overrides(workspace, "pets", plan_augmentation(workspace, "pets", fill_to=8).make_overrides()):
        pass
    assert list(plan_augmentation(workspace, "pets").targets.values()) == [13, 10, 9, 8]
    assert list(plan_augmentation(workspace, "pets", fill_to=6).targets.values()) == [11, 8, 7, 6]


def test_a_published_set_whose_rare_labels_alone_were_filled_up_stays_so_unless_asked(tmp_path, monkeypatch):
    workspace = make(tmp_path, {"cat": 5, "dog": 2, "owl": 1})
    with apply_overrides(workspace, "pets", plan_augmentation(workspace, "pets", filled="rare").make_overrides()):
        pass
    assert list(plan_augmentation(workspace, "pets").targets.values()) == [10, 7, 6, 5]  # nothing is published yet
    monkeypatch.setattr("tasks.augmentation.find_branch", lambda _: "main")
    monkeypatch.setattr("tasks.augmentation.latest", lambda *_: "pets@v1.0.0")
    assert set(plan_augmentation(workspace, "pets").targets.values()) == {5}
    assert set(plan_augmentation(workspace, "pets", fill_to=8).targets.values()) == {8}
    assert list(plan_augmentation(workspace, "pets", filled="every").targets.values()) == [10, 7, 6, 5]


def test_rows_whose_author_tells_their_label_are_warned_of_before_anything_is_paid_for(tmp_path):
    workspace = make(tmp_path, {"cat": 6, "dog": 4, "owl": 2, "v1.2 fish": 1})
    warnings = {}
    for filled in ("rare", "every"):
        with apply_overrides(workspace, "pets", plan_augmentation(workspace, "pets", filled=filled).make_overrides()):
            warnings[filled] = describe_spread(open_job(workspace, "pets"))
    assert warnings["every"] is None
    assert warnings["rare"].startswith(
        "who wrote a row will tell its label: 83% of the rows of v1.2 fish are to be synthetic, 0% of cat."
    )
    assert "'pedigree augment pets --labels every'" in warnings["rare"]


def test_what_does_not_enter_does_not_count(tmp_path):
    pets = tell("cat", 4)
    rows = [*pets, pets[0], {"text": "Ask ann@example.org about the dog", "label": "dog"}, *tell("dog", 2)]
    plan = plan_augmentation(make(tmp_path, {}, real=rows), "pets")
    assert plan.real_counts == {"cat": 4, "dog": 2, "owl": 0, "v1.2 fish": 0}


def test_a_file_is_named_from_the_folder_where_somebody_is_or_from_the_workspaces_root(tmp_path):
    workspace = make(tmp_path, {"cat": 3, "dog": 1})
    for folder, name in (
        (tmp_path, REAL),
        (tmp_path / "data/seeds", "pets/real.jsonl"),
        ("/", str(tmp_path / REAL)),
        ("/", REAL),
    ):
        with chdir(folder):
            assert plan_augmentation(workspace, "pets", name).real == REAL


def test_a_recipe_whose_seeds_are_the_real_rows_to_come(tmp_path):
    """Without real rows it is no recipe: its generator would have nothing to show."""
    workspace = make(tmp_path, {"cat": 3, "dog": 2})
    recipe = {**RECIPE, "labels": LABELS}
    recipe["generators"] = [{"strategy": "few-shot", "shots": 2, "model": "offline/template"}]
    with workspace.recipe_path("pets").open("w") as file:
        YAML().dump(recipe, file)
    with pytest.raises(RecipeError, match="the recipe has no seeds"):
        load_recipe(workspace.recipe_path("pets"))
    with apply_overrides(workspace, "pets", plan_augmentation(workspace, "pets", REAL).make_overrides()):
        assert load_recipe(workspace.recipe_path("pets")).seed_file == REAL


WRONG = {
    "no such file": ({"cat": 3, "dog": 1}, ["--real", "data/seeds/pets/gone.jsonl"], "no such file",
        "name one below data/seeds/pets/"),
    "a file elsewhere": ({"cat": 3, "dog": 1}, ["--real", "/etc/hostname"], "is no file in the workspace",
        "copy it to data/seeds/pets/"),
    "a file outside of data/": ({"cat": 3, "dog": 1}, ["--real", "recipes/pets.yaml"], "must be a path below data/",
        ""),
    "a folder": ({"cat": 3, "dog": 1}, ["--real", "data/seeds/pets"], "data/seeds/pets: not a regular file",
        "correct the path"),
    "a name too long": ({"cat": 3, "dog": 1}, ["--real", "x" * 5000], "is no file in the workspace", "copy it"),
    "an empty file": ({}, [], "names no real rows", "--real data/seeds/pets/FILE"),
    "one label only": ({"cat": 4}, [], "every row has the label 'cat'", "add rows of the other labels"),
    "unknown labels": ({"cat": 3, "cow": 2, "eel": 1}, [],
        "labels that the recipe does not know, with their rows: cow 2, eel 1", "'cow: {share: 0.1, means: ...}'"),
    "labels that are spelt otherwise": ({"cat": 3, "Dog": 2, "dog ": 1}, [],
        "labels that the recipe does not know, with their rows: Dog 2, dog  1",
        "write 'dog' for 'Dog' (2 rows), 'dog' for 'dog ' (1 row)"),
    "a label that YAML reads otherwise": ({"cat": 3, "null": 2}, [], "with their rows: null 2",
        """'"null": {share: 0.1, means: ...}'"""),
    "nothing to fill": (dict.fromkeys(LABELS, 3), [],
        "every label has 3 real rows or more, so 3 rows of each fill up nothing", "raise --fill-to"),
    "below the smallest": (dict.fromkeys(LABELS, 3), ["--fill-to", "2"], "so 2 rows of each fill up nothing",
        "expected: more than 3 rows a label"),
    "a negative number": ({"cat": 3, "dog": 1}, ["--fill-to", "-1"], "Invalid value for '--fill-to'", ""),
    "no number": ({"cat": 3, "dog": 1}, ["--fill-to", "many"], "Invalid value for '--fill-to'", ""),
    "beyond the limit": ({"cat": 3, "dog": 1}, ["--fill-to", "1000001"], "Invalid value for '--fill-to'", ""),
    "a negative budget": ({"cat": 3, "dog": 1}, ["--budget-usd", "-1"], "Invalid value for '--budget-usd'", ""),
}  # fmt: skip


@pytest.fixture
def refuse(tmp_path, capsys, monkeypatch):
    """Return a function that augments with such counts and words, and returns the complaint; no flow may start."""
    monkeypatch.setattr(flows.augment, "augment", lambda *_, **__: pytest.fail("a flow was started"))

    def run(counts, *words, **changes):
        make(tmp_path, counts, **changes)
        before = (tmp_path / "recipes/pets.yaml").read_bytes()
        said = Shell(tmp_path, capsys).refuse("augment", "pets", "--no-publish", *words)
        assert (tmp_path / "recipes/pets.yaml").read_bytes() == before
        return said

    return run


@pytest.mark.parametrize("wrong", WRONG)
def test_what_can_not_be_filled_up_is_refused_with_a_mend_and_the_recipe_stays(refuse, wrong):
    counts, words, found, hint = WRONG[wrong]
    said = refuse(counts, *words)
    assert found in said.replace("\n", " ") and hint in said


def test_no_row_may_enter(refuse):
    said = refuse({}, real=[{"text": f"write to {name}@example.org", "label": name} for name in ("cat", "dog")])
    assert "none of its 2 rows may enter the dataset (pii 2)" in said and "'pii: off'" in said


def test_a_file_without_the_column_label_is_said(tmp_path):
    workspace = make(tmp_path, {"cat": 2, "dog": 1})
    (tmp_path / "data/seeds/pets/real.csv").write_text("Text,Label\nThe tabby sat,cat\n")
    with pytest.raises(RecipeError, match=r"real\.csv, line 1: no column label among Text, Label"):
        plan_augmentation(workspace, "pets", "data/seeds/pets/real.csv")


def test_more_rows_than_a_dataset_may_have(refuse):
    labels = {f"l{place}": {"share": 1 / 11, "means": "x"} for place in range(11)}
    said = refuse({"l0": 3, "l1": 2}, "--fill-to", "1000000", labels=labels)
    assert "expected: at most 10000000" in said


def test_a_label_without_enough_rows_to_show_is_said_before_a_flow_starts(refuse):
    generators = [{"strategy": "few-shot", "shots": 3, "model": "offline/template"}]
    said = refuse({"cat": 4, "dog": 3, "owl": 3}, generators=generators, rows=8)
    assert f"shows 3 seed rows a prompt; {REAL} has 0 of label 'v1.2 fish'" in said


def test_many_unknown_labels_are_counted_not_all_named(refuse):
    rows = [{"text": f"The beast number {place}", "label": f"b{place}"} for place in range(30)]
    said = refuse({}, real=rows)
    assert "b19 1, 10 more" in said and "b20" not in said


def test_a_row_without_a_label_is_no_label(refuse):
    said = refuse({}, real=[*tell("cat", 2), {"text": "The unnamed one"}, {"text": "x", "label": ""}])
    assert f"{REAL}, line 3: no label (rows without one: 2 of 4)" in said and "expected: one of cat, dog" in said


def test_json_and_csv_are_real_sets_too(tmp_path):
    workspace = make(tmp_path, {"cat": 1})
    rows = [*tell("cat", 3), *tell("dog", 1)]
    (tmp_path / "data/seeds/pets/real.json").write_text(json.dumps(rows))
    (tmp_path / "data/seeds/pets/real.csv").write_text(
        "text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows)
    )
    for name in ("real.json", "real.csv"):
        assert plan_augmentation(workspace, "pets", str(tmp_path / "data/seeds/pets" / name)).real_counts["cat"] == 3
