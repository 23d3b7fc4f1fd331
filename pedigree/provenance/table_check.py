"""The tables of a dataset, compared with what its manifest says of them."""

import polars as pl

from pedigree.dataset.output_files import TABLES
from pedigree.dataset.results import Manifest
from pedigree.dataset.schemas import content_sha256, read_table
from pedigree.errors import LinkError, WorkspaceError
from pedigree.workspace import Workspace


def read_described_tables(workspace: Workspace, dataset: str, manifest: Manifest) -> dict[str, pl.DataFrame]:
    """Return a dataset's tables; raise LinkError for one that is not what the manifest describes."""
    tables = {}
    for name in TABLES:
        path = workspace.table(dataset, name)
        try:
            tables[name] = read_table(path)
            facts, sha256 = manifest.tables[name], content_sha256(tables[name], name)
        except (WorkspaceError, pl.exceptions.PolarsError, KeyError, TypeError, ValueError) as error:
            if not path.is_file():
                raise
            raise LinkError(f"tables: {path.name} is not what the manifest describes: {error}") from None
        if (facts.rows, facts.content_sha256) != (tables[name].height, sha256):
            raise LinkError(
                f"tables: {path.name} has {tables[name].height:,} rows of content {sha256}",
                expected=f"{facts.rows:,} rows of content {facts.content_sha256}, as the manifest says",
            )
    return tables
