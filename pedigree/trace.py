"""Trace: the chain behind one row or reject, from the dataset's files."""

import json
from typing import Any

import polars as pl

from pedigree.errors import CommandError
from pedigree.recipe_file import load_recipe
from pedigree.tables import read_table
from pedigree.workspace import Workspace

TABLES = ("train", "validation", "rejects")
SHORTEST = 4  # characters of an id


def find_chain(workspace: Workspace, prefix: str, dataset: str | None = None) -> dict[str, Any]:
    """Return the chain of the one row whose id begins with ``prefix``: row, completion, prompt, recipe.

    Raises CommandError where no row or several rows match.
    """
    prefix = prefix.lower()
    if len(prefix) < SHORTEST or set(prefix) - set("0123456789abcdef"):
        raise CommandError(f"{prefix!r} is no row id", expected=f"at least {SHORTEST} of its hex digits")
    datasets = (
        [dataset] if dataset else sorted(path.parent.name for path in (workspace.root / "data").glob("*/train.parquet"))
    )
    found = [match for name in datasets for match in _search(workspace, name, prefix)]
    if not found:
        where = (
            f"in {', '.join(datasets)}"
            if datasets
            else "and no dataset is here: 'pedigree run' makes one, 'dvc pull' fetches one"
        )
        raise CommandError(f"no row {prefix}... {where}")
    if len({match["row"]["row_id"] for match in found}) > 1:
        raise CommandError(
            f"{len(found)} rows begin with {prefix}",
            mend="give more digits: " + ", ".join(match["row"]["row_id"][:12] for match in found[:5]),
        )
    return _walk_back(workspace, found[0])


def _search(workspace: Workspace, dataset: str, prefix: str) -> list[dict[str, Any]]:
    matches = []
    for table in TABLES:
        frame = read_table(workspace.table(dataset, table)).filter(pl.col("row_id").str.starts_with(prefix))
        matches += [{"dataset": dataset, "table": table, "row": row} for row in frame.head(20).iter_rows(named=True)]
    return matches


def _walk_back(workspace: Workspace, match: dict[str, Any]) -> dict[str, Any]:
    dataset, completion_id = match["dataset"], match["row"]["completion_id"]
    completion, prompt = (
        read_table(workspace.table(dataset, table)).filter(completion_id=completion_id).row(0, named=True)
        for table in ("completions", "prompts")
    )
    for record, keys in ((completion, ("parameters", "schema")), (prompt, ("variables", "messages"))):
        record |= {key: json.loads(record[key]) for key in keys}
    recipe = load_recipe(workspace.recipe(dataset))
    return {
        **match,
        "completion": completion,
        "prompt": prompt,
        "recipe": {"path": f"recipes/{dataset}.yaml", "seed": recipe.seed},
    }


def say_chain(chain: dict[str, Any]) -> str:
    """Return a chain as text for people, the row first and the recipe last."""
    row, completion, prompt = chain["row"], chain["completion"], chain["prompt"]
    own = {"row_id", "completion_id", "position", "generator", "weight"}
    tokens = f"{_known(completion['tokens_in'])} in, {_known(completion['tokens_out'])} out"
    cost = "unknown" if completion["cost_usd"] is None else f"{completion['cost_usd']:.6f} USD"
    lines = [
        f"row         {row['row_id']}",
        f"            {chain['dataset']}, {chain['table']}",
        *(f"            {name}: {value}" for name, value in row.items() if name not in own and value is not None),
        f"completion  {completion['completion_id']}",
        f"            position {row['position']}; asked of {completion['model']}, answered by {completion['model_answered']}",
        f"            parameters {json.dumps(completion['parameters'], ensure_ascii=False)}",
        f"            finish reason {completion['finish_reason']}; tokens {tokens}; cost {cost}; provider's id {completion['response_id']}",
        f"            {completion['text'] if completion['failure'] is None else completion['failure_detail']}",
        f"prompt      {prompt['prompt_id']}",
        f"            generator {prompt['generator']}, label {prompt['label']}, round {prompt['round']}, slot {prompt['slot']}, turn {prompt['turn']}",
        f"            template {prompt['template']} ({prompt['template_sha256'][:12]})",
        f"            seed rows shown: {', '.join(one[:12] for one in prompt['seed_row_ids']) or 'none'}",
    ]
    for message in prompt["messages"]:
        lines += [
            f"            [{message['role']}]",
            *(f"            {line}" for line in message["content"].splitlines()),
        ]
    return "\n".join([*lines, f"recipe      {chain['recipe']['path']}, seed {chain['recipe']['seed']}"])


def _known(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"
