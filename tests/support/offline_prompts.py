"""Prompts for the offline model: those of the repository's recipes, and small ones of any shape."""

import json
from collections.abc import Iterator

from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt
from pedigree.generation.slots import Slot
from pedigree.job import Job, open_job
from pedigree.models.offline.model import answer
from pedigree.workspace import Workspace
from tests.support.workspaces import REPOSITORY

FAULTLESS = {"temperature": 1.0}


def open_recipe(dataset: str) -> Job:
    """Return the job of a recipe of this repository."""
    return open_job(Workspace(REPOSITORY), dataset)


def write_prompts(job: Job, rows: int) -> Iterator[Prompt]:
    """Yield prompts of all labels and generators, with later turns, for at least so many rows in their shares."""
    builder = PromptBuilder(job)
    weights = sum(generator.weight for generator in job.recipe.generators)
    for label, settings in job.recipe.labels.items():
        for generator in job.recipe.generators:
            wanted = rows * settings.share * generator.weight / weights
            for index in range(-int(-wanted // (generator.rows_per_call * generator.turns))):
                prompt = builder.build(Slot(generator, label, index), 1, FAULTLESS)
                yield prompt
                for _ in range(1, generator.turns):
                    prompt = prompt.continue_with(answer(prompt.messages, FAULTLESS, prompt.sample).text)
                    yield prompt


def make_prompt(label: str, definition: str, **lines: str) -> list[dict]:
    """Return the messages of a brief with the named lines that are given: task, field, rows, unlike, more, language."""
    brief = [
        f"Task: {lines.get('task', 'What is it?')}",
        f"Label: {label}",
        f"Definition: {definition}",
        *([lines["unlike"]] if "unlike" in lines else []),
        f"Language: {lines.get('language', 'en')}",
        lines.get("field", "Field text: 10 to 300 characters"),
        f"Rows: {lines.get('rows', '5')}",
        lines.get("more", ""),
    ]
    return [{"role": "user", "content": "\n".join(brief)}]


def read_rows(messages: list[dict], sample: int = 0, **parameters) -> list[dict]:
    """Return the rows that the offline model answers."""
    return json.loads(answer(messages, parameters, sample).text)["rows"]
