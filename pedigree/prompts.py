"""Prompts: what is said to a model for a slot, with everything that is needed to say it again."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from pedigree import ids, tables
from pedigree.errors import RecipeError
from pedigree.job import Job
from pedigree.strategies import Brief, Slot, row_schema, write_brief
from pedigree.templates import Template

Message = dict[str, str]


@dataclass(frozen=True)
class Prompt:
    """One asking: the messages, and the slot, turn and sample that it stands for."""

    slot: Slot
    turn: int
    round: int
    sample: int
    messages: list[Message]
    brief: Brief
    template: Template
    parameters: dict[str, Any]
    schema: dict[str, Any]
    parents: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """Return the prompt's id."""
        return ids.prompt_id(self.messages)

    @cached_property
    def completion_id(self) -> str:
        """Return the id that the answer to this prompt has."""
        model = self.slot.generator.model
        return ids.completion_id(model, self.messages, self.parameters, self.schema, self.sample)

    def continue_with(self, answer: str) -> "Prompt":
        """Return the next turn of the same conversation, after a model's answer to this one."""
        more = self.template.render("more", self.brief.variables)
        messages = [*self.messages, {"role": "assistant", "content": answer}, {"role": "user", "content": more}]
        return Prompt(
            self.slot, self.turn + 1, self.round, self.sample, messages, self.brief, self.template,
            self.parameters, self.schema, (*self.parents, self.completion_id),
        )  # fmt: skip


class Press:
    """Writes the prompts of slots and numbers the samples of equal ones; the same reads give the same numbers."""

    def __init__(self, job: Job):
        self._job = job
        self._templates: dict[str, Template] = {}
        self._samples: dict[str, int] = {}
        self._label_of: dict[str, str] = {}

    def write(self, slot: Slot, round_: int, parameters: dict[str, Any]) -> Prompt:
        """Return the first prompt of a slot.

        Raises RecipeError where the template is wrong, or where two labels would be asked for in the same words.
        """
        generator = slot.generator
        template = self.template(generator.template_path)
        brief = write_brief(self._job, slot)
        said = {"system": template.render("system", brief.variables), "user": template.render("user", brief.variables)}
        messages = [{"role": role, "content": text} for role, text in said.items() if text]
        if generator.turns > 1 and template.render("more", brief.variables) is None:
            raise RecipeError(
                f"{template.path}: no block 'more'", mend=f"add one, or set turns of {generator.title!r} to 1"
            )
        first = self._label_of.setdefault(ids.prompt_id(messages), slot.label)
        if first != slot.label:
            raise RecipeError(
                f"{template.path} says the same for the labels {first!r} and {slot.label!r}",
                expected="a prompt that states its label or definition",
            )
        asked = ids.sha256_of([generator.model, messages, parameters])
        sample = self._samples[asked] = self._samples.get(asked, -1) + 1
        schema = row_schema(self._job, generator.rows_per_call)
        return Prompt(slot, 0, round_, sample, messages, brief, template, parameters, schema)

    def template(self, path: str) -> Template:
        """Return a template, read once."""
        if path not in self._templates:
            self._templates[path] = Template(self._job.workspace, path)
        return self._templates[path]


def to_frame(prompts: list[Prompt]) -> pl.DataFrame:
    """Return prompts as rows of the table ``prompts`` (columns: tables.PROMPTS)."""
    return pl.DataFrame([_row(prompt) for prompt in prompts], schema=tables.PROMPTS, orient="row")


def _row(prompt: Prompt) -> tuple:
    slot = prompt.slot
    return (
        prompt.completion_id,
        prompt.id,
        prompt.sample,
        slot.generator.title,
        slot.generator.strategy,
        prompt.template.path,
        prompt.template.sha256,
        slot.label,
        prompt.round,
        slot.index,
        prompt.turn,
        ids.canonical_json(prompt.brief.variables),
        ids.canonical_json(prompt.messages),
        list(prompt.brief.seed_row_ids),
        list(prompt.parents),
    )
