"""Loads local embedding models: the only module that imports model2vec, sentence-transformers and huggingface_hub.

Nothing is downloaded: a model is a folder of the workspace or is in the cache of the Hugging Face hub. Weights are read
from safetensors, never from pickles, and no code of a model is run.
"""

import os
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from pedigree.errors import WorkspaceError
from pedigree.ids import sha256_of, sha256_of_file
from pedigree.metrics.embedder import Embedder
from pedigree.recipe.embedder_name import ENCODER, EmbedderName
from pedigree.workspace import Workspace

INSTALL = {
    "model2vec": "pip install 'model2vec>=0.10,<0.11'",
    "sentence-transformers": "pip install sentence-transformers",
}
BATCH = 256  # texts
PADDED_BATCH = 32  # texts that are made equally long for the model
Encode = Callable[[list[str]], np.ndarray]


def open_local_model(workspace: Workspace, name: EmbedderName, *, alone: bool = False) -> Embedder:
    """Return a local embedder; its ``sha256`` covers the paths and the bytes of its files.

    ``alone``: a model of sentence-transformers reads the texts one by one, which is slower. In a batch, a text's vector
    depends a little on the other texts; vectors that decide something must not.
    Raises WorkspaceError if the library or the model is missing, or the model can't be read.
    """
    folder = locate_model(workspace, name)
    load = {"model2vec": _load_model2vec, "sentence-transformers": _load_sentence_transformers}[name.kind]
    try:
        encode = load(folder, alone)
    except Exception as error:  # the libraries raise many kinds for a file that is missing, truncated or invalid
        message = (str(error).replace(str(folder), name.model).splitlines() or [""])[0][:300]
        raise WorkspaceError(
            f"{name} can't be read: {type(error).__name__}: {message}",
            expected=f"a folder written by {name.kind}, with weights in safetensors",
            hint="save or download the model again",
        ) from error
    return Embedder(str(name), encode, hash_model_files(folder), _find_version(name.kind))


def identify_model(workspace: Workspace, name: EmbedderName) -> tuple[str, str | None]:
    """Return the ``sha256`` and ``library`` of a local embedder without loading it; raises as ``locate_model`` does."""
    return hash_model_files(locate_model(workspace, name)), _find_version(name.kind)


def locate_model(workspace: Workspace, name: EmbedderName) -> Path:
    """Return the folder of a local model, in the workspace or else in the hub's cache; nothing is loaded.

    Raises WorkspaceError if it is in neither, or its library is not installed.
    """
    if find_spec(name.kind.replace("-", "_")) is None:
        raise WorkspaceError(f"{name}: {name.kind} is not installed", hint=INSTALL[name.kind])
    return find_model_folder(workspace, name)


def find_model_folder(workspace: Workspace, name: EmbedderName) -> Path:
    """Return the folder of a local model, in the workspace or else in the hub's cache.

    Raises WorkspaceError if it is in neither.
    """
    folder = workspace.resolve_inside(name.model)
    return folder if folder.is_dir() else _find_cached(name)


def copy_model(workspace: Workspace, name: EmbedderName, root: Path) -> None:
    """Copy a local model that is a folder of the workspace to the same path below ``root``; ignore others."""
    folder = workspace.root / name.model
    inside = folder.resolve().is_relative_to(workspace.root.resolve())
    if not name.is_paid and inside and any(folder.rglob("*.safetensors")):
        shutil.copytree(folder, root / name.model, dirs_exist_ok=True)


def _find_version(library: str) -> str | None:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return None


def _find_cached(name: EmbedderName) -> Path:
    from huggingface_hub import snapshot_download

    model = name.model if "/" in name.model or name.kind == ENCODER else f"{name.kind}/{name.model}"
    try:
        return Path(snapshot_download(model, local_files_only=True))
    except Exception as error:  # the client has many classes of errors for a missing model
        raise WorkspaceError(
            f"{name} is not on this machine",
            expected=f"the folder {name.model} in the workspace, or the model {model} in the Hugging Face cache",
            hint=f"copy the folder there, or run 'hf download {model}'; Pedigree downloads no models",
        ) from error


def _load_model2vec(folder: Path, _alone: bool) -> Encode:
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(folder, normalize=False)
    return lambda texts: model.encode(texts, batch_size=BATCH, use_multiprocessing=False)


def _load_sentence_transformers(folder: Path, alone: bool) -> Encode:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer  # ty: ignore[import-not-found]  # an optional library

    model = SentenceTransformer(
        str(folder),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    batch = 1 if alone else PADDED_BATCH
    return lambda texts: model.encode(texts, batch_size=batch, show_progress_bar=False, convert_to_numpy=True)


def hash_model_files(folder: Path) -> str:
    """Return the sha256 of a folder's files by path, without Markdown and hidden files."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".md"]
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return sha256_of({name: sha256_of_file(path) for name, path in named.items() if "/." not in f"/{name}"})
