"""No file crashes the reader of recipes: it is a recipe, or an error for people that names the file."""

import copy
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pedigree.errors import RecipeError
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe
from tests.support.workspaces import REPOSITORY

SHIPPED = {name: (REPOSITORY / f"recipes/{name}.yaml").read_bytes() for name in ("support-tickets", "shop-entailment")}
PIECES = [b": ", b"- ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!python/object:os.system ", b"<<: ", b"\t", b"#",
    b"'", b'"',
          b"\xff", b"\x00", b"null", b"2001-01-01", b".nan", b".inf", b"-1", b"0x1f", b"1e400", b"? ", b"|\n", b"%",
              b"---\n", b"9" * 400]  # fmt: skip
LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(st.characters(codec="utf-8"), max_size=20)
)
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LEAF, inner, max_size=3), max_leaves=5
)


def read(folder, content, name="support-tickets"):
    """Return the recipe, or the error after checking that it names the file."""
    path = folder / f"{name}.yaml"
    path.write_bytes(content)
    try:
        recipe = load_recipe(path)
    except RecipeError as error:
        assert path.name in str(error) and error.exit_status == 2
        return error
    assert isinstance(recipe, Recipe) and sum(recipe.targets.values()) == recipe.rows
    return recipe


def list_places(node, place=()):
    """Yield the path of every node of a tree."""
    yield place
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield from list_places(part, (*place, key))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(SHIPPED)), st.randoms(use_true_random=False), VALUE, st.booleans())
def test_any_value_in_any_place_is_taken_or_refused(tmp_path_factory, name, chance, value, remove):
    tree = YAML(typ="safe").load(SHIPPED[name])
    *parents, last = chance.choice([place for place in list_places(tree) if place])
    node = tree = copy.deepcopy(tree)
    for key in parents:
        node = node[key]
    if remove:
        del node[last]
    else:
        node[last] = value
    out = io.BytesIO()
    YAML(typ="safe").dump(tree, out)
    read(tmp_path_factory.mktemp("r"), out.getvalue(), name)


def damage(content, chance):
    data = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        at, length = chance.randrange(len(data)), chance.choice([0, 0, 1, 10, 200])
        data[at : at + length] = chance.choice([*PIECES, bytes([chance.randrange(256)])])
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_taken_or_refused(tmp_path, seed):
    chance = random.Random(seed)
    outcomes = {type(read(tmp_path, damage(SHIPPED["support-tickets"], chance))) for _ in range(25)}
    assert RecipeError in outcomes


@pytest.mark.parametrize(
    "content",
    [
        b"&a [*a]",
        b"dataset: support-tickets\nlabels: &a {x: *a}\n",
        b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c, *%c]\n" % (c + 1, c + 1, c, c, c) for c in range(97, 120)),
        b"!!python/object/apply:os.system ['true']",
        b"? [a, b]\n: 1\n? {c: d}\n: 2\n",
        b"dataset: 2001-01-01\nrows: 1_000\nlabels: {1: {share: 1, means: x}}\n",
        b"%YAML 9.9\n---\na: b\n",
        b"a: b\n---\nc: d\n",
        b"labels: &a\n  x: *a\n",
        b"rows: 2001-13-01\n",
        b"rows: " + b"9" * 5000,
        b"labels: {" + b"x: {" * 3000,
    ],
)
def test_what_yaml_allows_and_no_recipe_needs_is_refused(tmp_path, content):
    assert isinstance(read(tmp_path, content), RecipeError)
