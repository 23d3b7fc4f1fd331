"""A recipe is strict: each mistake is an error that names its line, what was expected and what to do."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pedigree.errors import CommandError, RecipeError, WorkspaceError, join_errors, list_parts
from pedigree.job import open_job
from pedigree.recipe.apportion import apportion
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe, set_keys, state_tracked_keys
from pedigree.workspace import Workspace, parse_dataset
from tests.support.workspaces import RECIPE, REPOSITORY, make_workspace

GOOD = """\
dataset: pets            # which
task: Which animal?
labels:
  cat: {share: 0.5, means: a cat, unlike: [dog]}
  dog: {share: 0.5, means: a dog}
rows: 10                 # for now
generators:
  - model: offline/template
    rows_per_call: 4     # small
"""


def write(tmp_path, text, name="pets"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["film-reviews", "flights", "shop-entailment", "shop-messages", "support-tickets"])
def test_the_shipped_recipes_are_right_and_state_every_tracked_key(name):
    path = REPOSITORY / "recipes" / f"{name}.yaml"
    recipe = load_recipe(path)
    assert sum(recipe.targets.values()) == recipe.rows
    assert state_tracked_keys(path) == []


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("task: Which animal?", "tsak: Which animal?", "line 2: tsak: unknown key"),
        ("    rows_per_call: 4", "    rows_per_cal: 4", "line 9: generators.0.rows_per_cal: unknown key"),
        ("share: 0.5, means: a dog", "share: 0.4, means: a dog", "the shares of the labels sum to 0.9, not to 1"),
        ("unlike: [dog]", "unlike: [cow]", "label 'cat' is unlike 'cow', which is no other label"),
        ("rows: 10 ", "rows: -10 ", "line 6: rows: found -10\n  expected: at least 1\n"),
        ("rows: 10 ", "rows: ten ", "line 6: rows: found 'ten'\n  expected: a whole number"),
        ("dataset: pets ", "dataset: ../pets ", "'../pets' is no dataset name"),
        ("dataset: pets ", "dataset: dogs ", "line 1: the recipe makes 'dogs'"),
        ("task: Which animal?\n", "", "task: this key is missing"),
        ("model: offline/template", "strategy: few-shot\n    model: offline/template", "strategy few-shot needs shots"),
        ("model: offline/template", "strategy: replay\n    model: openai/x", "it reads model replay/FILE"),
        ("rows_per_call: 4", "parameters: {api_key: abc}", "looks like a secret"),
        ("rows_per_call: 4", "parameters: {extra_headers: {a: b}}", "'extra_headers' looks like a secret"),
        ("rows_per_call: 4", "parameters: {extra_body: [{Authorization: b}]}", "'Authorization' looks like a secret"),
        (
            "rows_per_call: 4",
            "api_base: 'http://user:word@host/v1'",
            "line 9: generators.0.api_base: the address holds a secret",
        ),
        ("rows_per_call: 4", "api_base: 'http://host/v1?api-key=word'", "the address holds a secret"),
        ("rows_per_call: 4", "parameters: sk-a-key-in-the-wrong-place", "found '[secret]'"),
        ("rows_per_call: 4", "template: ../../etc/passwd", "must be a path below prompts/"),
        ("rows: 10 ", "seeds: /etc/passwd\nrows: 10 ", "must be a path below data/"),
        ("rows: 10 ", "rows: 10\nrows: 11 ", "not valid YAML"),
        ("rows: 10 ", "rows: [10 ", "not valid YAML"),
        ("rows: 10 ", "rows: 10\ncard: [? {[a]: b} : c]", "not valid YAML"),
        ("rows: 10 ", "rows: 10\ncard: {[a, b]: c}", ""),
        ("rows: 10 ", "rows: 10\ncard: {{a: b}: c}", ""),
        ("rows: 10 ", "rows: 10\n? {a: [b]}\n: c", ""),
        ("labels:\n", "fields: {label: {}}\nlabels:\n", "'label' is no field name"),
        (
            "  dog: {share: 0.5, means: a dog}\n",
            "",
            "line 3: labels: found a mapping with the key cat\n  expected: at least 2 entries",
        ),
        (
            "rows: 10 ",
            "screens: {near_duplicate: 85}\nrows: 10 ",
            "screens.near_duplicate: found 85\n  expected: at most 1\n",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, old, new, says):
    assert old in GOOD
    with pytest.raises(RecipeError) as raised:
        load_recipe(write(tmp_path, GOOD.replace(old, new)))
    assert says in str(raised.value) and raised.value.exit_status == 2


def test_two_generators_of_one_name_are_refused(tmp_path):
    with pytest.raises(RecipeError, match="two generators have the name 'zero-shot'"):
        load_recipe(write(tmp_path, GOOD + "  - model: offline/template\n"))


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"just text", b"\xff\xfe\x00", b"a: b: c", b"{" * 1000])
def test_what_is_no_recipe_at_all_is_said(tmp_path, content):
    path = tmp_path / "pets.yaml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"pets\.yaml"):
        load_recipe(path)


def test_an_absent_recipe_says_how_to_make_one(tmp_path):
    with pytest.raises(RecipeError, match="no such recipe"):
        load_recipe(tmp_path / "pets.yaml")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("r") / "pets.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(RecipeError):
        load_recipe(path)


def test_changes_keep_comments_and_a_wrong_one_changes_nothing(tmp_path):
    path = write(tmp_path, GOOD)
    assert set_keys(path, {"rows": 25, "generators.0.model": "openai/x"}).rows == 25
    text = path.read_text()
    assert "# which" in text and "# for now" in text and "# small" in text and "openai/x" in text
    with pytest.raises(RecipeError):
        set_keys(path, {"rows": -1})
    assert path.read_text() == text


def test_tracked_keys_that_are_missing_are_stated_once(tmp_path):
    path = write(tmp_path, GOOD)
    before = load_recipe(path)
    assert "screens" in state_tracked_keys(path)
    assert load_recipe(path) == before and state_tracked_keys(path) == []


@settings(max_examples=200)
@given(st.integers(0, 10**6), st.lists(st.floats(0.001, 1), min_size=1, max_size=20))
def test_largest_remainder_gives_whole_numbers_within_one_of_the_quota(total, weights):
    shares = {str(place): weight for place, weight in enumerate(weights)}
    counts = apportion(total, shares)
    assert sum(counts.values()) == total
    assert all(abs(counts[name] - total * share / sum(weights)) < 1 + 1e-6 for name, share in shares.items())


def test_largest_remainder_by_hand():
    assert apportion(10, {"a": 0.35, "b": 0.35, "c": 0.30}) == {"a": 4, "b": 3, "c": 3}


def test_seed_rows_are_checked_with_their_line(tmp_path):
    cases = {
        '{"text": "a", "label": "cow"}': "line 1: label 'cow'",
        '{"label": "cat"}': "line 1: text is missing",
        '{"text": "  ", "label": "cat"}': "line 1: text is '  '",
        '{"text": "a", "label": "cat"}\n{"text": ': "line 2: not JSON",
        '{"text": "a", "label": "cat"}\n[1]': "line 2: a list",
        "": "no rows",
    }
    for place, (content, says) in enumerate(cases.items()):
        workspace = make_workspace(tmp_path / str(place), seeds=[{"text": "x", "label": "cat"}])
        (workspace.seeds_folder("pets") / "seeds.jsonl").write_text(content)
        with pytest.raises(RecipeError) as raised:
            open_job(workspace, "pets")
        assert says in str(raised.value)


def test_seeds_in_another_encoding_say_how_to_convert_them(tmp_path):
    workspace = make_workspace(tmp_path, seeds=[{"text": "x", "label": "cat"}])
    (workspace.seeds_folder("pets") / "seeds.jsonl").write_bytes('{"text": "né", "label": "cat"}'.encode("latin1"))
    with pytest.raises(RecipeError, match="not UTF-8") as raised:
        open_job(workspace, "pets")
    assert "iconv" in raised.value.hint


def test_a_held_out_row_among_the_seeds_is_refused(tmp_path):
    row = {"text": "the cat sat", "label": "cat"}
    workspace = make_workspace(tmp_path, seeds=[row], held_out=[{"text": "x", "label": "dog"}, row])
    with pytest.raises(RecipeError, match=r"held_out\.jsonl, line 2: the same row is line 1 of .*seeds\.jsonl"):
        open_job(workspace, "pets")


def test_a_link_out_of_the_workspace_is_refused(tmp_path):
    workspace = make_workspace(tmp_path / "w", seeds=[{"text": "x", "label": "cat"}])
    seeds = workspace.seeds_folder("pets") / "seeds.jsonl"
    seeds.rename(tmp_path / "outside.jsonl")
    seeds.symlink_to(tmp_path / "outside.jsonl")
    with pytest.raises(WorkspaceError, match="leads out of the workspace"):
        open_job(workspace, "pets")


@pytest.mark.parametrize("name", ["../pets", "Pets", "", "a b", "pets.yml", "/etc/passwd", "recipes/../x.yaml"])
def test_what_is_no_dataset_of_this_workspace_is_refused(tmp_path, name):
    with pytest.raises(CommandError):
        parse_dataset(Workspace(tmp_path), name)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=4, unique=True),
    st.lists(st.floats(0.05, 1), min_size=2, max_size=6),
)
def test_no_label_loses_rows_when_a_dataset_grows(sizes, weights):
    *bases, rows = sorted(sizes)
    shares = [weight / sum(weights) for weight in weights]
    labels = {f"l{place}": {"share": share, "means": "x"} for place, share in enumerate(shares)}
    grown_from = [{"version": f"v1.{place}.0", "rows": size} for place, size in enumerate(bases)]
    steps = Recipe.model_validate({**RECIPE, "labels": labels, "rows": rows, "grown_from": grown_from}).steps
    assert [sum(step.values()) for step in steps] == [*bases, rows]
    for before, after in pairwise(steps):
        assert all(after[label] >= before[label] for label in labels)
    assert all(abs(steps[-1][f"l{place}"] - rows * share) <= len(sizes) for place, share in enumerate(shares))


@pytest.mark.parametrize(
    ("targets", "rows"),
    [({"cat": 4}, 4), ({"cat": 2, "dog": 1}, 4), ({"cat": 2, "cow": 2}, 4), ({"cat": 2, "dog": 1, "cow": 1}, 4)],
)
def test_targets_of_a_base_are_those_of_the_labels(targets, rows):
    grown_from = [{"version": "v1.0.0", "rows": rows, "targets": targets}]
    with pytest.raises(ValidationError, match=r"the targets of v1\.0\.0 are not those of the labels, 4 rows in all"):
        Recipe.model_validate({**RECIPE, "grown_from": grown_from})


def test_a_base_of_the_same_shares_states_no_targets():
    recipe = Recipe.model_validate({**RECIPE, "grown_from": [{"version": "v1.0.0", "rows": 4}]})
    assert recipe.model_dump()["grown_from"] == [{"version": "v1.0.0", "rows": 4}]


def test_of_several_mistakes_only_what_is_expected_is_told_as_expected():
    told = str(join_errors([RecipeError("one", expected="a"), RecipeError("two"), RecipeError("three", expected="b")]))
    assert told == "one\n  expected: a\n  also: two\n  also: three\n  expected: b"


def test_what_several_mistakes_share_is_told_once():
    one, two, three = (
        RecipeError(name, expected="a", hint=hint) for name, hint in (("1", "x"), ("2", "x"), ("3", "y"))
    )
    joined = join_errors([join_errors([one, two]), three])
    assert str(joined) == "1\n  also: 2\n  expected: a\n  to do: x\n  also: 3\n  expected: a\n  to do: y"
    assert list_parts(joined) == [one, two, three] and list_parts(one) == [one]
    many = str(join_errors([RecipeError(str(number), hint="x") for number in range(23)]))
    assert many.endswith("also: 19\n  to do: x\n  and 3 more")
