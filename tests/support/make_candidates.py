"""Jobs, answers and candidates for tests of curation, all in memory."""

from pathlib import Path
from typing import Any

import polars as pl

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import COMPLETIONS, PROMPTS, candidates_schema
from pedigree.ids import row_id, sha256_of
from pedigree.job import Job
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace
from tests.support.workspaces import RECIPE

PAIR = {"premise": {"min_chars": 1}, "hypothesis": {"min_chars": 1}}


def make_recipe(**changes: Any) -> Recipe:
    """Return the recipe ``pets``, changed as told."""
    return Recipe(**{**RECIPE, "seeds": "data/seeds.jsonl", "held_out": "data/held-out.jsonl", **changes})


def make_job(seeds: tuple[Example, ...] = (), held_out: tuple[Example, ...] = (), **changes: Any) -> Job:
    """Return a job of that recipe, with the rows that people wrote."""
    return Job(Workspace(Path("/nowhere")), make_recipe(**changes), seeds, held_out)


def make_example(label: str = "cat", **fields: Any) -> Example:
    """Return a row that somebody wrote."""
    return Example(sha256_of({"fields": fields, "label": label}), fields, label, 1)


def make_answers(*answers: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return prompts and completions; each answer says what is not as usual, at least ``text``."""
    prompts, completions = [], []
    for place, said in enumerate(answers):
        usual = {"completion_id": f"c{place}", "generator": "zero-shot", "label": "cat", "round": 1, "slot": place}
        line = {**usual, "turn": 0, "seed_row_ids": [], "finish_reason": "stop", **said}
        prompts.append({name: line.get(name) for name in PROMPTS})
        completions.append({name: line.get(name) for name in COMPLETIONS})
    return pl.DataFrame(prompts, PROMPTS), pl.DataFrame(completions, COMPLETIONS)


def make_candidates(job: Job, *rows: str | dict[str, Any]) -> pl.DataFrame:
    """Return candidates: a text each, or what is not as usual; row ids are ``r0``, ``r1`` and so on."""
    lines = []
    for place, row in enumerate(rows):
        said = {"text": row} if isinstance(row, str) else row
        usual = {"row_id": f"r{place}", "completion_id": "c", "position": place, "label": "cat", "seed_row_ids": []}
        lines.append({**usual, "generator": "zero-shot", **said})
    return pl.DataFrame(lines, candidates_schema(job.recipe))


def id_of(answer: int, position: int) -> str:
    """Return the id of a row of ``make_answers``."""
    return row_id(f"c{answer}", position)
