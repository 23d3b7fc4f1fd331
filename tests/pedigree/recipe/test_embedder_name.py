"""Embedders are named as LIBRARY/MODEL, and a name leads to no file outside of the workspace."""

import pytest

from pedigree.errors import RecipeError
from pedigree.recipe.embedder_name import EmbedderName, parse_name
from pedigree.recipe.yaml_file import load_recipe, set_keys
from tests.support.workspaces import make_workspace

GOOD = {
    "model2vec/minishlab/potion-base-8M": EmbedderName("model2vec", "minishlab/potion-base-8M"),
    "model2vec/models/own": EmbedderName("model2vec", "models/own"),
    "sentence-transformers/all-MiniLM-L6-v2": EmbedderName("sentence-transformers", "all-MiniLM-L6-v2"),
    "litellm/openai/text-embedding-3-small": EmbedderName("litellm", "openai/text-embedding-3-small"),
    "litellm/ollama/nomic-embed-text:latest": EmbedderName("litellm", "ollama/nomic-embed-text:latest"),
}
BAD = [
    "",
    "potion-base-8M",
    "openai/text-embedding-3-small",
    "model2vec",
    "model2vec/",
    "model2vec//etc/passwd",
    "model2vec/../own",
    "model2vec/models/../../own",
    "model2vec/~/own",
    "model2vec/.hidden",
    "model2vec/a b",
    "model2vec/a\\b",
    "model2vec/a:b",
    "model2vec/own/",
    "sentence-transformers/a\n",
    "litellm/",
    "litellm/openai/$(reboot)",
    "litellm/openai/<b>",
    "litellm/" + "m" * 300,
    "Model2Vec/own",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_name_says_library_and_model(text):
    assert parse_name(text) == GOOD[text]
    assert str(parse_name(text)) == text
    assert parse_name(text).is_paid == text.startswith("litellm/")


@pytest.mark.parametrize("text", BAD)
def test_what_names_no_embedder_is_refused(text):
    with pytest.raises(ValueError, match=r"names no (embedder|model)"):
        parse_name(text)


def test_a_recipe_names_one_or_none(tmp_path):
    workspace = make_workspace(tmp_path / "w")
    path = workspace.recipe_path("pets")
    assert load_recipe(path).evaluate.embedder is None
    assert set_keys(path, {"evaluate.embedder": "model2vec/own"}).evaluate.embedder == "model2vec/own"


def test_a_recipe_with_a_wrong_name_is_told_so_with_its_line(tmp_path):
    path = make_workspace(tmp_path / "w").recipe_path("pets")
    with pytest.raises(RecipeError) as caught:
        set_keys(path, {"evaluate.embedder": "word2vec/own"})
    assert "evaluate.embedder: 'word2vec/own' names no embedder: write model2vec/NAME-or-folder" in caught.value.found
    assert "line " in caught.value.found
