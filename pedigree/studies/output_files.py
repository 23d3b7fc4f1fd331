"""The files of a study's results, below ``data/study-NAME/``, and which of them git or DVC keeps."""

import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from pedigree.dataset.results import write_result
from pedigree.system.atomic_write import replacing, write_text
from pedigree.workspace import Workspace

TABLE, CSV, JSON, COMPARISON, MANIFEST, REPORT = (
    "results.parquet", "results.csv", "results.json", "comparison.json", "manifest.json", "report.html",
)  # fmt: skip
CACHED = (TABLE, REPORT)  # kept by DVC
KEPT = (CSV, JSON, COMPARISON, MANIFEST)  # kept by git
CELL_RESULT = "result.json"  # what is kept of a finished dataset of a study, in its folder


def name_dataset(study: str) -> str:
    """Return the name under which a study's results are published."""
    return f"study-{study}"


def find_results(workspace: Workspace, study: str) -> Path:
    """Return the folder of a study's results."""
    return workspace.dataset_folder(name_dataset(study))


def find_cells(workspace: Workspace, study: str) -> Path:
    """Return the folder with a folder for each dataset of a study; neither git nor DVC keeps it."""
    return workspace.state / "studies" / study / "cells"


def write_results(folder: Path, table: pl.DataFrame) -> None:
    """Write the table as Parquet, CSV and JSON (a list of records); equal tables give equal bytes."""
    with replacing(folder / TABLE) as temporary:
        table.write_parquet(temporary, compression="zstd", statistics=False)
    out = io.StringIO()
    table.write_csv(out)
    write_text(folder / CSV, out.getvalue())
    write_result(table.to_dicts(), folder / JSON)


def read_study(manifest: bytes | None) -> dict[str, Any] | None:
    """Return the manifest of a study's results; None for that of any other dataset."""
    try:
        found = json.loads(manifest or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) and "study" in found else None
