"""Prompts that ask a judge about rows. They depend on the recipe, the rows and the number of the vote alone."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from pedigree import ids
from pedigree.generation.prompts import Prompt, render_messages
from pedigree.generation.slots import JudgeSlot, PromptContext
from pedigree.generation.tables.known_rows import tell_known_rows
from pedigree.generation.templates import Template
from pedigree.job import Job
from pedigree.recipe.judge import PREDICT, SEVERAL, Judge
from pedigree.recipe.label_groups.groups import NONE, choose_group, list_near
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe

KEYS = {"relabel": "label", PREDICT: "label", "fits": "fits", "pairwise": "label", "labels": "labels"}  # of a verdict
YES_NO = ("yes", "no")


class VerdictPrompts:
    """Builds the prompts of a job's judges, and numbers them; the same calls give the same prompts."""

    def __init__(self, job: Job):
        self._job = job
        self._calls: Counter[str] = Counter()  # of each judge
        self._samples: Counter[str] = Counter()  # equal requests so far
        self._near = list_near(job.recipe.single_labels)
        self._templates = {judge.name: Template(job.workspace, judge.template_path) for judge in job.recipe.judges}

    def build(self, judge: Judge, rows: pl.DataFrame, round_: int, parameters: dict[str, Any]) -> list[Prompt]:
        """Return the prompts about rows (row_id, completion_id, label and the fields), in their order.

        Each call is about ``rows_per_call`` of them; for each of its votes there is a call of its own.
        """
        lines = rows.to_dicts()
        calls = [lines[first : first + judge.rows_per_call] for first in range(0, len(lines), judge.rows_per_call)]
        return [
            self._build(judge, call, vote, round_, parameters) for call in calls for vote in range(1, judge.votes + 1)
        ]

    def _build(
        self, judge: Judge, rows: Sequence[dict[str, Any]], vote: int, round_: int, parameters: dict[str, Any]
    ) -> Prompt:
        template = self._templates[judge.name]
        variables = self._list_variables(judge, rows, vote)
        parents = tuple(dict.fromkeys(row["completion_id"] for row in rows if row["completion_id"]))
        people = tuple(dict.fromkeys(row["row_id"].split("/")[0] for row in rows if not row["completion_id"]))
        shown: tuple[str, ...] = ()
        if judge.question == PREDICT:
            told, shown = tell_known_rows(self._job, judge, rows)
            variables |= told
        context = PromptContext(variables, (*people, *shown), parents)
        messages = render_messages(template, variables)
        schema = _schema(variables["key"], variables["texts"])
        asked = ids.sha256_of([judge.model, messages, parameters, schema, judge.names])
        sample, self._samples[asked] = self._samples[asked], self._samples[asked] + 1
        self._calls[judge.name] += 1
        slot = JudgeSlot(judge, -self._calls[judge.name])
        return Prompt(slot, 0, round_, sample, messages, context, template, parameters, schema, parents)

    def _list_variables(self, judge: Judge, rows: Sequence[dict[str, Any]], vote: int) -> dict[str, Any]:
        recipe = self._job.recipe
        fields = [{name: row[name] for name in recipe.fields} for row in rows]
        chance = ids.seeded(recipe.seed, "options", judge.question, fields, vote)
        answers = chance.sample(YES_NO, 2)
        labels, texts = recipe.single_labels, []
        for row, shown in zip(rows, fields, strict=True):
            text: dict[str, Any] = {"fields": shown, "shown": None, "options": list(labels)}
            if judge.question == "fits":
                text |= {"shown": row["label"], "options": list(YES_NO)}
            elif judge.question == "pairwise":
                pair = [row["label"], self._find_rival(row["label"], shown, vote)]
                text |= {"shown": chance.sample(pair, 2), "options": pair}
            elif judge.labels_shown is not None:
                group = choose_group(self._near, judge.labels_shown, recipe.seed, row["label"], shown)
                listed = [*chance.sample(group, len(group)), NONE]
                text |= {"shown": listed if len(rows) > 1 else None, "options": listed}
            texts.append(text)
        some = judge.question == "pairwise" or judge.labels_shown is not None
        named = {label for text in texts for label in (text["options"] if some else labels)}
        options = [label for label in chance.sample(list(labels), len(labels)) if label in named]
        in_order = judge.question == SEVERAL  # a set is named by its labels in the recipe's order
        return {
            "task": recipe.task,
            "language": ", ".join(_list_languages(recipe, rows)),
            "options": [{"label": label, "definition": labels[label].means} for label in options],
            "answers": answers,
            "key": KEYS[judge.question],
            "texts": [text if in_order else {**text, "options": sorted(text["options"])} for text in texts],
            **({"fewest": recipe.labels_per_row.min} if recipe.labels_per_row is not None else {}),
            **({"otherwise": NONE} if judge.labels_shown is not None else {}),
            "vote": vote,
            "row_ids": [row["row_id"] for row in rows],
        }

    def _find_rival(self, label: str, fields: dict[str, Any], vote: int) -> str:
        """Return another label for a pair: of those that are easily confused with it, if any, in turn by vote."""
        labels = self._job.recipe.labels
        rivals = labels[label].unlike or [other for other in labels if other != label]
        shuffled = ids.seeded(self._job.recipe.seed, "rival", label, fields).sample(rivals, len(rivals))
        return shuffled[(vote - 1) % len(rivals)]


def _list_languages(recipe: Recipe, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the languages of rows, in the recipe's order; all of them where a row of people is of no known one."""
    there = {row.get(LANGUAGE) for row in rows}
    return [code for code in recipe.language_codes if not recipe.languages or code in there or not all(there)]


def _schema(key: str, texts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON schema of an answer."""
    options = sorted({option for text in texts for option in text["options"]})
    said: dict[str, Any] = {"type": "string", "enum": options}
    verdict = {
        "type": "object",
        "properties": {"row": {"type": "integer"}, key: {"type": "array", "items": said} if key == "labels" else said},
        "required": ["row", key],
        "additionalProperties": False,
    }
    listed = {"type": "array", "items": verdict, "minItems": len(texts), "maxItems": len(texts)}
    return {
        "type": "object",
        "properties": {"verdicts": listed},
        "required": ["verdicts"],
        "additionalProperties": False,
    }
