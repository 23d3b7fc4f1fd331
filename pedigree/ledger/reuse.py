"""Tells where the answers come from that a run takes from the ledger, before it asks for others."""

from collections.abc import Collection

import polars as pl

from pedigree.workspace import Workspace


def describe_reuse(workspace: Workspace, dataset: str, held: Collection[str], asked: int) -> str | None:
    """Return a sentence about answers of other datasets, or of earlier runs if all are there; else None.

    ``held`` are the completion_ids that the ledger has, ``asked`` the number of prompts still to be sent.
    """
    if not held:
        return None
    others = _find_others(workspace, dataset, set(held))
    if others:
        names = ", ".join(others)
        count = len(set().union(*others.values()))
        which = "all" if not asked and count == len(held) else f"{count:,} of"
        return (
            f"{which} {len(held) + asked:,} answers come from earlier runs of {names}, which asks the same: "
            "give the generator another 'draw' for new ones"
        )
    if asked:
        return None
    return (
        f"all {len(held):,} answers of the first round come from earlier runs of {dataset}, so nothing is asked for: "
        "another 'seed' alone changes no prompt without seed rows; give the generator another 'draw' for new ones"
    )


def _find_others(workspace: Workspace, dataset: str, held: set[str]) -> dict[str, set[str]]:
    """Return dataset -> which of these completions its table of prompts has, for each other one that has some."""
    found = {}
    for table in sorted((workspace.root / "data").glob("*/prompts.parquet")):
        if table.parent.name != dataset:
            try:
                ids = set(pl.read_parquet(table, columns=["completion_id"], memory_map=False)["completion_id"])
            except (pl.exceptions.PolarsError, OSError):
                continue  # a broken table of another dataset is no fault of this run
            if shared := ids & held:
                found[table.parent.name] = shared
    return found
