"""Preview: shows the first prompt of each generator and the model's answer, without making a dataset."""

import json
from collections.abc import Sequence

import polars as pl
from rich.console import Console

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.errors import CommandError
from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt
from pedigree.generation.slots import Slot
from pedigree.ids import write_date
from pedigree.job import Job, build_job, open_job
from pedigree.ledger.ledger import Ledger
from pedigree.ledger.reuse import name_origin
from pedigree.metrics.screen_embedder import open_checker
from pedigree.recipe.content.scenarios import find_scenario
from pedigree.recipe.schema import Recipe
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace
from tasks.complete import complete
from tasks.parse import parse
from tasks.screen import screen

MOST_LABELS = 6  # that are asked for at a time: a preview costs one call for each


def preview_dataset(
    workspace: Workspace, dataset: str, label: str | None, ask: bool, console: Console, language: str | None = None
) -> None:
    """Print the messages of slot 0 of each generator and, with ``ask``, the rows and rejects of the answers.

    Without a label, the messages are those of the first one, and the first MOST_LABELS are asked for. The answers are
    stored in the ledger: a later run does not pay for them again.
    """
    job = open_job(workspace, dataset)
    generators = [one.model_copy(update={"batch": False}) for one in job.recipe.generators]  # a person waits
    job = build_job(workspace, job.recipe.model_copy(update={"generators": generators}))
    labels = list(job.recipe.labels)[: MOST_LABELS if ask else 1] if label is None else [label]
    if label is not None and label not in job.recipe.labels:
        raise CommandError(f"--label {label}", expected=f"one of {', '.join(job.recipe.labels)}")
    codes = job.recipe.language_codes
    if language is not None and language not in codes:
        raise CommandError(f"--language {language}", expected=f"one of {', '.join(codes)}")
    spoken = (language or codes[0]) if job.recipe.languages else ""
    builder, duplicates = PromptBuilder(job), open_checker(job)
    for generator in job.recipe.generators:
        parameters = {generator.title: resolve_parameters(job, generator)}
        scenario = find_scenario(job.recipe.scenarios, generator.scenario)
        fitting = scenario.list_labels(job.recipe.labels) if scenario else labels
        own = [one for one in labels if one in fitting]
        if not own:
            console.print(f"{generator.title}: its scenario goes with {', '.join(fitting)} alone\n", markup=False)
            continue
        slots = [Slot(generator, one, 0, language=spoken) for one in own]
        batch = Batch(builder=builder, slots=slots, parameters=parameters)
        settled = _print_list_requests(batch, own[0], Ledger(workspace.ledger), console)
        if settled:
            _print_row_prompt(job, batch.build()[0], console)
        if ask:
            with hold_dataset(workspace, dataset), Ledger(workspace.ledger) as ledger:
                answers = complete.fn(job, batch, ledger)
            _print_age(job, answers, console)
            if not settled:
                _print_row_prompt(job, batch.build()[0], console)
            _print_rows(job, answers, duplicates, console)


def _print_list_requests(batch: Batch, label: str, ledger: Ledger, console: Console) -> bool:
    """Print the list requests of the first label; return whether those of all labels are answered."""
    settled = True
    for prompt, held in batch.record_held(ledger.get):
        settled = settled and held is not None
        if prompt.slot.label != label:
            continue
        _print_prompt(prompt, console)
        console.print(
            f"{held.text if held else '(not answered yet; the next prompt is built from the answer)'}\n", markup=False
        )
    return settled


def _print_prompt(prompt: Prompt, console: Console) -> None:
    generator = prompt.slot.generator
    console.rule(f"{generator.title} with {generator.model}", align="left")
    for message in prompt.messages:
        console.print(f"[{message['role']}]\n{message['content']}\n", markup=False)
    console.print(f"variables: {', '.join(sorted(prompt.context.variables))}\n", markup=False, style="dim")


def _print_row_prompt(job: Job, prompt: Prompt, console: Console) -> None:
    """Print a prompt that asks for rows, and which words of the recipe it leaves out."""
    _print_prompt(prompt, console)
    if prompt.slot.generator.model.startswith("replay/"):  # no model reads it
        return
    if missing := list_unshown(job.recipe, [str(message["content"]) for message in prompt.messages]):
        console.print(
            f"{prompt.template.path} does not show {' or '.join(missing)}: say in the labels' 'means' what the model "
            "must know, or use another template\n",
            markup=False,
        )


def list_unshown(recipe: Recipe, messages: Sequence[str]) -> list[str]:
    """Return what of the recipe's ``task``, and of what its fields mean, stands in none of a prompt's messages."""
    said = {"the task": recipe.task}
    said |= {f"what the field {name} means": field.means for name, field in recipe.fields.items()}
    shown = " ".join(" ".join(messages).split())
    return [name for name, words in said.items() if " ".join(words.split()) not in shown]


def _print_age(job: Job, answers: BatchResult, console: Console) -> None:
    """Say of answers that were not asked for now where they come from."""
    if held := len(answers.completions) - answers.paid.calls:
        count = len(answers.completions)
        which = f"{held:,} of {count:,} answers are" if count > 1 else "this answer is"
        origin = name_origin(job.workspace, job.dataset, [one.completion_id for one in answers.completions])
        text = f"{which} from the ledger, of {origin}; a change of the prompt, or another 'draw', asks again"
        console.print(f"{text}\n", markup=False)


def _print_rows(job: Job, answers: BatchResult, duplicates: DuplicateChecker, console: Console) -> None:
    parsed = parse.fn(job, answers.prompt_table(), answers.completion_table())
    screened = screen.fn(job, parsed.candidates, duplicates)
    asked = answers.prompt_table()["label"].unique(maintain_order=True).to_list()
    for label in asked:
        own = pl.col("label") == label
        if len(asked) > 1:
            console.print(f"asked for {label}:", markup=False)
        for row in screened.kept.filter(own).select(list(job.recipe.fields)).iter_rows(named=True):
            console.print(f"+ {json.dumps(row, ensure_ascii=False, default=write_date)}", markup=False)
        for frame in (parsed.rejects, screened.rejects):
            for reject in frame.filter(own).iter_rows(named=True):
                console.print(f"- {reject['reason']}: {reject['detail']}: {reject['candidate']}"[:300], markup=False)
    if without := len(job.recipe.labels) - len(asked):
        console.print(f"({without} more label{'s' * (without > 1)}: --label NAME asks for one)", markup=False)
    console.print("(+ passes the screens, - is rejected)\n", markup=False)
