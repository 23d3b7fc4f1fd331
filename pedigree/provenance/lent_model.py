"""Lends a snapshot of a version the embedding model of its screens, which no version carries."""

from contextlib import suppress

from pedigree.dataset.results import Manifest, read_result
from pedigree.errors import PedigreeError
from pedigree.metrics.local_embedder import copy_model
from pedigree.recipe.embedder_name import parse_name
from pedigree.workspace import Workspace


def lend_model(workspace: Workspace, dataset: str, snapshot: Workspace) -> None:
    """Copy the model that a snapshot's manifest names from the workspace; do nothing where either has none."""
    with suppress(PedigreeError, ValueError):  # what is wrong with the manifest is told by those that check it
        manifest = read_result(Manifest, snapshot.dataset_folder(dataset) / "manifest.json")
        if manifest.embedder:
            copy_model(workspace, parse_name(manifest.embedder.name), snapshot.root)
