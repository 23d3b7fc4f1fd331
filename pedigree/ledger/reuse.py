"""Tells where the answers come from that are taken from the ledger, before others are asked for."""

from collections.abc import Collection

import polars as pl

from pedigree.workspace import Workspace

ELSEWHERE = "a preview, a pilot or a run that did not finish, of this recipe or of one that asks the same"
DRAW = "another 'draw' of the generator gives new ones"
SEED_ALONE = "another 'seed' alone changes no prompt without seed rows"


def describe_reuse(
    workspace: Workspace, dataset: str, held: Collection[str], asked: int, *, seed_alone: bool = False
) -> str | None:
    """Return a sentence about answers of other datasets, or about all if nothing is asked for; else None.

    ``held`` are the completion_ids that the ledger has, ``asked`` the number of prompts still to be sent. With
    ``seed_alone`` only the recipe's seed was changed, which the sentence then explains.
    """
    if not held:
        return None
    others = _find_others(workspace, dataset, set(held))
    if others:
        names = ", ".join(others)
        count = len(set().union(*others.values()))
        which = "all" if not asked and count == len(held) else f"{count:,} of"
        return f"{which} {len(held) + asked:,} answers come from earlier runs of {names}, which asks the same: {DRAW}"
    if asked:
        return None
    own = _read_ids(workspace, dataset) & set(held)
    source = f"come from earlier runs of {dataset}" if own else f"are from {ELSEWHERE}"
    which = f"all {len(held):,} answers of the first round" if len(held) > 1 else "the first answer"
    verb = source if len(held) > 1 else source.replace("come", "comes", 1).replace("are", "is", 1)
    advice = f"{SEED_ALONE}; {DRAW}" if seed_alone else DRAW
    free = "and cost nothing" if len(held) > 1 else "and costs nothing"
    return f"{which} {verb} {free}; later rounds ask for what is still missing ({advice})"


def name_origin(workspace: Workspace, dataset: str, held: Collection[str]) -> str:
    """Return what asked for completions that the ledger has, as it stands after 'of'."""
    if _read_ids(workspace, dataset) & set(held):
        return f"an earlier run of {dataset}"
    if others := _find_others(workspace, dataset, set(held)):
        return f"a run of {', '.join(others)}, which asks the same"
    return ELSEWHERE


def _find_others(workspace: Workspace, dataset: str, held: set[str]) -> dict[str, set[str]]:
    """Return dataset -> which of these completions its table of prompts has, for each other one that has some."""
    names = sorted(table.parent.name for table in (workspace.root / "data").glob("*/prompts.parquet"))
    found = {name: _read_ids(workspace, name) & held for name in names if name != dataset}
    return {name: shared for name, shared in found.items() if shared}


def _read_ids(workspace: Workspace, dataset: str) -> set[str]:
    """Return the completion_ids in a dataset's table of prompts; none where it is missing or broken."""
    table = workspace.table(dataset, "prompts")
    try:
        return set(pl.read_parquet(table, columns=["completion_id"], memory_map=False)["completion_id"])
    except (pl.exceptions.PolarsError, OSError):
        return set()  # a broken table of another dataset is no fault of this run
