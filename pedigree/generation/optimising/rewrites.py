"""The question that a model is asked for better instructions, and what is read in its answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pedigree.curation.json_repair import DECODER
from pedigree.curation.thoughts import blank_thoughts
from pedigree.generation.optimising.trials import Trial
from pedigree.generation.prompts import Prompt, render_messages
from pedigree.generation.row_schema import describe_field
from pedigree.generation.slots import JudgeSlot, PromptContext
from pedigree.generation.templates import Template
from pedigree.job import Job
from pedigree.recipe.content.instructions import MAX_CHARS, find_instruction_fault, tidy_instructions
from pedigree.recipe.content.optimising import TEMPLATE, OptimiseSettings

SHOWN = 4  # earlier instructions in a question: the best ones, and the last
NO_JSON = "no JSON object with a list 'instructions' can be read in the answer"
SCHEMA = {
    "type": "object",
    "properties": {"instructions": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
    "required": ["instructions"],
    "additionalProperties": False,
}


class Rewrites:
    """Builds the questions of a search; the same trials give the same questions."""

    def __init__(self, job: Job, settings: OptimiseSettings):
        self._job, self._settings = job, settings
        self._template = Template(job.workspace, TEMPLATE)
        self._samples: Counter[str] = Counter()  # equal questions so far

    def ask(self, trials: Sequence[Trial]) -> Prompt:
        """Return the question after these trials, of which the first is the start."""
        recipe, last = self._job.recipe, trials[-1]
        tried = [one for one in trials if one.fault is None]
        best = sorted(tried, key=lambda one: (one.known is None, one.known or 0.0, one.round))[: SHOWN - 1]
        shown = sorted({one.round: one for one in (*best, tried[-1])}.values(), key=lambda one: one.round)
        variables = {
            "task": recipe.task,
            "classes": [{"label": name, "definition": label.means} for name, label in recipe.labels.items()],
            "language": ", ".join(recipe.language_codes),
            "fields": [{"name": name, "says": describe_field(field)} for name, field in recipe.fields.items()],
            "most": MAX_CHARS,
            "tried": len(tried),
            "history": [_describe(one) for one in shown],
            "trouble": last.fault or "",
            "failed": sum(one.fault is not None for one in trials),
        }
        messages, index = render_messages(self._template, variables), -len(trials)
        slot, context = JudgeSlot(self._settings, index), PromptContext(variables)
        prompt = Prompt(slot, 0, 1, 0, messages, context, self._template, dict(self._settings.parameters), SCHEMA)
        self._samples[prompt.completion_id] += 1
        return replace(prompt, sample=self._samples[prompt.completion_id] - 1)


def read_rewrite(text: str | None, earlier: Sequence[Trial]) -> tuple[str, str | None]:
    """Return the instructions in an answer and None, or "" and why they are not tried. No secret is quoted."""
    listed = _load(text)
    if isinstance(listed, str):
        listed = [listed]
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return "", NO_JSON if (text or "").strip() else "the answer is empty"
    whole = "\n".join(listed)
    if fault := find_instruction_fault(whole):
        return "", fault
    found = tidy_instructions(whole)
    if same := next((one for one in earlier if one.fault is None and one.instructions == found), None):
        return "", f"they are those of round {same.round}"
    return found, None


def _load(text: str | None) -> Any:
    """Return the value of the key ``instructions`` of the first JSON object; None if there is none."""
    plain = blank_thoughts(text or "")
    if (begin := plain.find("{")) < 0:
        return None
    try:
        value, _ = DECODER.raw_decode(plain, begin)
    except (ValueError, RecursionError):
        return None
    return value.get("instructions") if isinstance(value, dict) else None


def _describe(trial: Trial) -> dict[str, Any]:
    """Return what a question says of a trial; figures have two places, so that they are the same on any machine."""
    score = "unknown"
    if trial.area and trial.area.area is not None and trial.area.interval:
        low, high = trial.area.interval
        score = f"{trial.area.area:.2f} (95 %: {low:.2f} to {high:.2f})"
    if trial.labels:
        score += f"; {trial.labels.right} of {trial.labels.read} rows are read as the label they were made for"
    return {"instructions": trial.instructions, "score": score, "telling": list(trial.telling)}
