"""The tables of a dataset: their columns, reading, writing, and content hash.

Equal content gives equal bytes with equal package versions: rows are sorted by id, and no time is stored. Across polars
versions the bytes may differ (the footer names the build); the content sha256 does not.
"""

import hashlib
from pathlib import Path
from typing import Any

import polars as pl

from pedigree.errors import WorkspaceError
from pedigree.ids import canonical_json
from pedigree.recipe.judge import AGREED
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import REAL, Recipe
from pedigree.recipe.spans.slot_fit import SPANS
from pedigree.recipe.tables.column_types import POLARS_TYPE
from pedigree.system.atomic_write import replacing

SCHEMA_VERSION = 1
LABELS = "labels"  # the column of a row's labels where it may have several; ``label`` is the name of the set

PROMPTS = {
    "completion_id": pl.String,  # of the request that this prompt led to
    "prompt_id": pl.String,
    "sample": pl.Int32,
    "generator": pl.String,
    "strategy": pl.String,
    "template": pl.String,
    "template_sha256": pl.String,
    "label": pl.String,
    "round": pl.Int32,
    "slot": pl.Int32,
    "turn": pl.Int32,
    "variables": pl.String,  # JSON
    "messages": pl.String,  # JSON
    "seed_row_ids": pl.List(pl.String),
    "parents": pl.List(pl.String),  # completions that the prompt uses
}
COMPLETIONS = {
    "completion_id": pl.String,
    "prompt_id": pl.String,
    "sample": pl.Int32,
    "model": pl.String,
    "model_answered": pl.String,
    "parameters": pl.String,  # JSON
    "schema": pl.String,  # JSON
    "text": pl.String,
    "finish_reason": pl.String,
    "tokens_in": pl.Int64,
    "tokens_out": pl.Int64,
    "tokens_cached": pl.Int64,
    "cost_usd": pl.Float64,  # null when unknown, never 0
    "response_id": pl.String,
    "failure": pl.String,  # null, or the code of a final failure
    "failure_detail": pl.String,
}
REJECTS = {
    "row_id": pl.String,  # of the candidate; null if a whole completion failed
    "completion_id": pl.String,
    "position": pl.Int32,
    "label": pl.String,
    "generator": pl.String,
    "candidate": pl.String,  # JSON of the fields, or the raw text
    "reason": pl.String,
    "detail": pl.String,
    "rival": pl.String,  # id of the row, seed row or held-out row that it matches
}
SORT = {
    "prompts": ["completion_id"],
    "completions": ["completion_id"],
    "train": ["row_id"],
    "validation": ["row_id"],
    "rejects": ["completion_id", "position", "reason", "detail"],
}
SPAN = {"slot": pl.String, "value": pl.String, "start": pl.Int32, "end": pl.Int32}  # text[start:end] is the value


def rows_schema(recipe: Recipe) -> dict[str, Any]:
    """Return the columns of ``train`` and ``validation``: row_id, the recipe's fields, label, weight, origin.

    With slots in the recipe, the column ``spans`` follows the fields.

    If rows have several labels, ``label`` names the set and ``labels`` lists them. If the recipe has several languages,
    a column names the row's; if it has real rows, a column marks them; if it has judges, a last one says whether they
    agree with the label. A real row has no completion, the generator ``real``, and its line in the file as position.
    """
    fields = {name: POLARS_TYPE[field.type] for name, field in recipe.fields.items()}
    return {
        "row_id": pl.String,
        **fields,
        **_span_column(recipe),
        "label": pl.String,
        **({LABELS: pl.List(pl.String)} if recipe.labels_per_row is not None else {}),
        "weight": pl.Float64,
        "generator": pl.String,
        "completion_id": pl.String,
        "position": pl.Int32,
        **({LANGUAGE: pl.String} if recipe.languages else {}),
        **({REAL: pl.Boolean} if recipe.real else {}),
        **({AGREED: pl.Boolean} if recipe.judges else {}),
    }


def candidates_schema(recipe: Recipe) -> dict[str, Any]:
    """Return the columns of parsed candidates, in the order of curation: origin, the fields, the seed rows shown."""
    fields = {name: POLARS_TYPE[field.type] for name, field in recipe.fields.items()}
    return {
        "row_id": pl.String,
        "completion_id": pl.String,
        "position": pl.Int32,
        "label": pl.String,
        "generator": pl.String,
        **fields,
        **_span_column(recipe),
        "seed_row_ids": pl.List(pl.String),
        **({LANGUAGE: pl.String} if recipe.languages else {}),
    }


def _span_column(recipe: Recipe) -> dict[str, Any]:
    return {SPANS: pl.List(pl.Struct(SPAN))} if recipe.slots else {}


def stratum_of(recipe: Recipe) -> pl.Expr:
    """Return the name of each row's stratum (recipe.strata): its label, in its language if there are several."""
    return pl.format("{} [{}]", "label", LANGUAGE) if recipe.languages else pl.col("label")


def prompt_language(recipe: Recipe) -> pl.Expr:
    """Return the language that each prompt of the table ``prompts`` asks for; "" in a recipe of one."""
    return pl.col("variables").str.json_path_match(f"$.{LANGUAGE}") if recipe.languages else pl.lit("")


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as Parquet (zstd), sorted by its ids, atomically; the file's stem names the table."""
    with replacing(path) as temporary:
        frame.sort(SORT[path.stem], nulls_last=False, maintain_order=True).write_parquet(
            temporary, compression="zstd", statistics=False, row_group_size=100_000
        )


def read_table(path: Path) -> pl.DataFrame:
    """Read a table; raise WorkspaceError, with the way to get it, if it is missing or no Parquet file."""
    if not path.is_file():
        raise WorkspaceError(
            f"{path} is not here",
            hint=f"'pedigree run {path.parent.name}' makes it; 'dvc pull' fetches a published one",
        )
    try:
        return pl.read_parquet(path, memory_map=False)
    except pl.exceptions.PolarsError as error:
        raise WorkspaceError(
            f"{path} can't be read: {error}", hint="'dvc checkout --force' brings back the published one"
        ) from None


def content_sha256(frame: pl.DataFrame, table: str) -> str:
    """Return the sha256 of a table's sorted rows as lines of canonical JSON; equal on every polars version."""
    digest = hashlib.sha256()
    for row in frame.sort(SORT[table], nulls_last=False, maintain_order=True).iter_rows(named=True):
        digest.update(canonical_json(row).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()
