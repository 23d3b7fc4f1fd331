"""The questions to the model that scores diversity. They depend on the recipe, the rows and its criteria alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pedigree import ids
from pedigree.generation.prompts import Prompt, render_messages
from pedigree.generation.slots import JudgeSlot, PromptContext
from pedigree.generation.templates import Template
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.metrics.llm_diversity.answers import MOST_CRITERIA, read_criteria, read_groups
from pedigree.metrics.llm_diversity.record import ROWS
from pedigree.metrics.text_classifier import text_of
from pedigree.recipe.content.diversity import TEMPLATES, DiversityScorer
from pedigree.recipe.schema import REAL

SHOWN_FIRST = 20  # texts from which the model names its criteria
MAX_CHARS = 1_000  # of a text, as it is shown


@dataclass(frozen=True)
class Questions:
    """What is asked about a dataset's diversity.

    ``first`` are the texts from which the criteria come; ``rounds`` has the samples of each set that has enough texts,
    ``sets`` the texts of each set; ``cut`` counts those that are shown shortened.
    """

    scorer: DiversityScorer
    first: tuple[str, ...]
    rounds: dict[str, tuple[tuple[str, ...], ...]]
    sets: dict[str, int]
    cut: int

    @property
    def is_possible(self) -> bool:
        """Return whether the rows are enough for a sample; if not, nothing is asked."""
        return ROWS in self.rounds


def plan_questions(job: Job, rows: pl.DataFrame) -> Questions:
    """Return the questions about rows (columns generator and the fields), and about people's rows.

    Raises ValueError for a recipe without the key. Rows that people wrote are no part of the set ``rows``.
    """
    scorer = job.recipe.evaluate.diversity
    if scorer is None:
        raise ValueError("the recipe has no evaluate.diversity")
    own = rows.filter(pl.col("generator") != REAL).select(list(job.recipe.fields))
    texts = {ROWS: [text_of(row) for row in own.iter_rows(named=True)]}
    if scorer.people != "none" and (people := job.seeds if scorer.people == "seeds" else job.held_out):
        texts[scorer.people] = [text_of(one.fields) for one in people]
    shown = {name: sorted(_cut(text) for text in some) for name, some in texts.items()}  # in whatever order they came
    first = ids.seeded(job.recipe.seed, "diversity criteria").sample(shown[ROWS], min(SHOWN_FIRST, len(shown[ROWS])))
    rounds = {
        name: tuple(
            tuple(ids.seeded(job.recipe.seed, "diversity", name, number).sample(some, scorer.sample))
            for number in range(scorer.rounds)
        )
        for name, some in shown.items()
        if len(some) >= scorer.sample
    }
    cut = sum(len(text) > MAX_CHARS for some in texts.values() for text in some)
    return Questions(scorer, tuple(first), rounds, {name: len(some) for name, some in texts.items()}, cut)


class QuestionPrompts:
    """Builds the prompts of questions, and numbers them; the same calls give the same prompts."""

    def __init__(self, job: Job, questions: Questions):
        self._job, self._questions = job, questions
        self._criteria, self._groups = (Template(job.workspace, path) for path in TEMPLATES)
        self._calls = 0
        self._samples: Counter[str] = Counter()  # equal requests so far

    @property
    def asked_sha256(self) -> str:
        """Return the hash of all that is asked, whatever the model answers."""
        first = self._build(self._criteria, self._questions.first, {"most": MOST_CRITERIA}, _CRITERIA_SCHEMA)
        return ids.sha256_of([first.completion_id, self._groups.sha256, self._questions.rounds])

    def ask_criteria(self) -> Prompt:
        """Return the question which criteria the texts differ by."""
        return self._number(self._criteria, self._questions.first, {"most": MOST_CRITERIA}, _CRITERIA_SCHEMA)

    def ask_groups(self, criteria: Sequence[str]) -> dict[str, list[Prompt]]:
        """Return the questions about the samples of each set."""
        more = {"criteria": list(criteria)}
        return {
            name: [self._number(self._groups, texts, more, _GROUPS_SCHEMA) for texts in samples]
            for name, samples in self._questions.rounds.items()
        }

    def _number(self, template: Template, texts: Sequence[str], more: dict[str, Any], schema: dict[str, Any]) -> Prompt:
        prompt = self._build(template, texts, more, schema)
        self._calls += 1
        self._samples[prompt.completion_id] += 1
        return replace(prompt, sample=self._samples[prompt.completion_id] - 1)

    def _build(self, template: Template, texts: Sequence[str], more: dict[str, Any], schema: dict[str, Any]) -> Prompt:
        recipe, scorer = self._job.recipe, self._questions.scorer
        about = {"task": recipe.task, "language": ", ".join(recipe.language_codes)}
        variables = {**about, **more, "texts": list(texts)}
        slot, context = JudgeSlot(scorer, -1 - self._calls), PromptContext(variables)
        messages = render_messages(template, variables)
        return Prompt(slot, 0, 1, 0, messages, context, template, dict(scorer.parameters), schema)


def read_answers(
    prompts: QuestionPrompts, get: Callable[[str], Completion | None]
) -> tuple[list[Prompt], list[Completion], dict[str, Any]]:
    """Return the prompts that wait, the answers that ``get`` has, and of these the criteria and what was said.

    Without an answer with criteria no groups are asked for.
    """
    first = prompts.ask_criteria()
    held = get(first.completion_id)
    if held is None:
        return [first], [], {"criteria": [], "said": {}}
    criteria, answers, waiting = read_criteria(held.text), [held], []
    said: dict[str, list[int | str]] = {}
    for name, asked in (prompts.ask_groups(criteria) if criteria else {}).items():
        found = [get(prompt.completion_id) for prompt in asked]
        waiting += [prompt for prompt, one in zip(asked, found, strict=True) if one is None]
        answers += [one for one in found if one]
        said[name] = [
            read_groups(one.text, prompt.judged_rows) for prompt, one in zip(asked, found, strict=True) if one
        ]
    return waiting, answers, {"criteria": list(criteria), "said": said}


def show_text(fields: dict[str, Any]) -> str:
    """Return the fields of a row as the model is shown them."""
    return _cut(text_of(fields))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]} …"


def _list_of(key: str, items: dict[str, Any], most: int | None = None) -> dict[str, Any]:
    listed = {"type": "array", "items": items, "minItems": 1, **({"maxItems": most} if most else {})}
    return {"type": "object", "properties": {key: listed}, "required": [key], "additionalProperties": False}


_CRITERIA_SCHEMA = _list_of("criteria", {"type": "string"}, MOST_CRITERIA)
_GROUPS_SCHEMA = _list_of("groups", {"type": "array", "items": {"type": "integer"}, "minItems": 1})
