"""Local models are read from folders of the workspace or the hub's cache; nothing is fetched or run."""

import json
import sys

import numpy as np
import pytest

from pedigree.errors import WorkspaceError
from pedigree.metrics.local_embedder import copy_model, open_local_model
from pedigree.recipe.embedder_name import parse_name
from tests.support.static_model import learn_model, write_model
from tests.support.workspaces import make_workspace

VECTORS = {"cat": (3, 0), "dog": (0, 1), "purrs": (1, 0), "barks": (0, 2)}
OWN = parse_name("model2vec/models/own")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return make_workspace(tmp_path / "w")


def test_a_text_lies_in_the_middle_of_its_words(workspace):
    write_model(workspace.root / "models/own", VECTORS)
    embedder = open_local_model(workspace, OWN)
    vectors = embedder.embed(["Cat", "a cat barks!", "dog dog", "unheard of", ""])
    middle = np.array([1.5, 1]) / np.hypot(1.5, 1)
    assert np.allclose(vectors, [[1, 0], middle, [0, 1], [0, 0], [0, 0]], atol=1e-6)
    assert (embedder.name, embedder.dimensions) == ("model2vec/models/own", 2)


def test_batches_and_order_make_no_difference(workspace):
    learn_model(workspace.root / "models/own", [f"the cat number {n % 40} and the dog {n % 7}" for n in range(300)], 8)
    texts = [f"the cat number {n}" for n in range(40)] * 20 + [f"dog {n} " * (n + 1) for n in range(300)]
    once = open_local_model(workspace, OWN).embed(texts)
    again = open_local_model(workspace, OWN)
    assert np.array_equal(np.vstack([again.embed([text]) for text in texts[::-1]])[::-1], once)


def test_the_hash_is_that_of_the_model_and_not_of_its_place_or_card(workspace):
    for name in ("own", "other"):
        write_model(workspace.root / "models" / name, VECTORS)
    (workspace.root / "models/other/README.md").write_text("another card")
    own, other = (open_local_model(workspace, parse_name(f"model2vec/models/{name}")) for name in ("own", "other"))
    assert own.sha256 == other.sha256 and len(own.sha256) == 64
    write_model(workspace.root / "models/other", {**VECTORS, "cat": (3, 0.001)})
    assert open_local_model(workspace, parse_name("model2vec/models/other")).sha256 != own.sha256


def refuse(workspace, name):
    with pytest.raises(WorkspaceError) as caught:
        open_local_model(workspace, parse_name(name))
    assert str(workspace.root) not in str(caught.value)
    return caught.value


def test_a_model_that_is_not_there_is_told_so_without_asking_anybody(workspace):
    error = refuse(workspace, "model2vec/somebody/potion")
    assert error.found == "model2vec/somebody/potion is not on this machine"
    assert "the Hugging Face cache" in error.expected
    assert "'hf download somebody/potion'" in error.hint


def test_a_model_in_the_hubs_cache_is_found(workspace, tmp_path):
    hub = tmp_path / "hub" / "models--somebody--potion"
    write_model(hub / "snapshots" / ("1" * 40), VECTORS)
    (hub / "refs").mkdir()
    (hub / "refs/main").write_text("1" * 40)
    embedder = open_local_model(workspace, parse_name("model2vec/somebody/potion"))
    assert np.allclose(embedder.embed(["cat"]), [[1, 0]])


def test_a_link_out_of_the_workspace_is_refused(workspace, tmp_path):
    write_model(tmp_path / "elsewhere", VECTORS)
    (workspace.root / "models").mkdir()
    (workspace.root / "models/own").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="leads out of the workspace"):
        open_local_model(workspace, OWN)


def test_a_model_of_the_workspace_goes_along_to_a_copy_of_it_and_nothing_else_does(workspace, tmp_path):
    write_model(workspace.root / "models/own", VECTORS)
    write_model(tmp_path / "elsewhere", VECTORS)
    (workspace.root / "models/linked").symlink_to(tmp_path / "elsewhere")
    for name in (OWN, *map(parse_name, ("model2vec/models/linked", "model2vec/recipes", "litellm/models/own"))):
        copy_model(workspace, name, tmp_path / "copy")
    assert [path.name for path in sorted((tmp_path / "copy").rglob("*")) if path.is_dir()] == ["models", "own"]
    assert (tmp_path / "copy/models/own/model.safetensors").is_file()


DAMAGE = {
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "weights cut off": lambda folder: (folder / "model.safetensors").write_bytes(
        (folder / "model.safetensors").read_bytes()[:-5]
    ),
    "weights of another kind": lambda folder: (folder / "model.safetensors").write_bytes(b"\x80\x04pickle"),
    "no tokenizer": lambda folder: (folder / "tokenizer.json").write_text("{}"),
    "broken config": lambda folder: (folder / "config.json").write_text("{"),
    "fewer vectors than words": lambda folder: _add_word(folder / "tokenizer.json"),
}


def _add_word(path):
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["vocab"]["surplus"] = len(tokenizer["model"]["vocab"])
    path.write_text(json.dumps(tokenizer))


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_model_is_told_so(workspace, what):
    DAMAGE[what](write_model(workspace.root / "models/own", VECTORS))
    assert refuse(workspace, "model2vec/models/own").found.startswith("model2vec/models/own can't be read: ")


def test_a_library_that_is_not_installed_is_told_so(workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    error = refuse(workspace, "model2vec/models/own")
    assert error.found == "model2vec/models/own: model2vec is not installed"
    assert error.hint == "pip install 'model2vec>=0.10,<0.11'"


def test_sentence_transformers_is_used_where_somebody_installed_it(workspace, tmp_path, monkeypatch):
    """A stand-in for the library: it says what it was told, and gives the length of each text."""
    (tmp_path / "sentence_transformers.py").write_text(
        "import numpy as np\n"
        "told = {}\n"
        "class SentenceTransformer:\n"
        "    def __init__(self, path, **options):\n"
        "        told.update(options, path=path)\n"
        "    def encode(self, texts, **options):\n"
        "        return np.array([[len(text), 1] for text in texts], dtype=np.float32)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (workspace.root / "models/own").mkdir(parents=True)
    embedder = open_local_model(workspace, parse_name("sentence-transformers/models/own"))
    assert np.allclose(embedder.embed(["four"]), np.array([[4, 1]]) / np.hypot(4, 1))
    told = sys.modules.pop("sentence_transformers").told
    assert told["path"].endswith("models/own")
    assert told["local_files_only"] and not told["trust_remote_code"]
    assert told["model_kwargs"] == {"use_safetensors": True}
