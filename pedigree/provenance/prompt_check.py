"""Builds the prompts of a dataset again from recipe, templates and seeds, and compares them with those that were sent.

Each check raises LinkError with the first prompt or completion that differs.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from pedigree.dataset.schemas import COMPLETIONS, PROMPTS, prompt_language, stratum_of
from pedigree.errors import LinkError
from pedigree.generation.failures.kept_rows import record_round
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt, to_frame
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.ids import canonical_json
from pedigree.job import Job
from pedigree.provenance.table_diff import find_difference
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe

PLACE = ("generator", "label", "slot", "turn")
FIRST = (pl.col("turn") == 0) & (pl.col("slot") >= 0)  # list requests have slots below 0
ANSWER = ("text", "finish_reason", "failure")
NO_ANSWER = [None, None, None]


def check_pairs(prompts: pl.DataFrame, completions: pl.DataFrame) -> None:
    """Check that each prompt has one completion, and each completion one prompt."""
    for name, table, columns in (("prompts", prompts, PROMPTS), ("completions", completions, COMPLETIONS)):
        if dict(table.schema) != columns:
            raise LinkError(f"{name}: {name}.parquet has other columns than {', '.join(columns)}")
        twice = table.filter(pl.col("completion_id").is_duplicated() | pl.col("completion_id").is_null())
        if twice.height:
            raise LinkError(f"{name}: completion {_short(twice['completion_id'][0])} stands twice in {name}.parquet")
    asked, answered = prompts.select("completion_id"), completions.select("completion_id")
    for one, other, problem in (
        (asked, answered, "has a prompt, but no completion"),
        (answered, asked, "answers no prompt"),
    ):
        unpaired = one.join(other, on="completion_id", how="anti").sort("completion_id")
        if unpaired.height:
            raise LinkError(f"completions: completion {_short(unpaired['completion_id'][0])} {problem}")


def rebuild_prompts(
    job: Job,
    prompts: pl.DataFrame,
    completions: pl.DataFrame,
    parameters: Mapping[str, dict],
    kept: pl.DataFrame | None = None,
) -> list[Prompt]:
    """Return the prompts that recipe, templates, seeds and earlier answers give for the slots of ``prompts``.

    ``parameters``: what each generator sends besides the messages. Slots are in the order of the plan. ``kept`` are the
    rows that each round kept (``read_kept_rows``), for failure-driven rounds.
    """
    generators = {generator.title: generator for generator in job.recipe.generators}
    first = _order_slots(job, prompts.filter(FIRST).with_columns(prompt_language(job.recipe).alias(LANGUAGE)))
    answers = {id: answer for id, *answer in completions.select("completion_id", *ANSWER).iter_rows()}
    rounds = Rounds.for_job(job)
    builder, rebuilt = PromptBuilder(job, rounds.failures), []
    for (round_,), slots in first.group_by("round", maintain_order=True):
        planned = [
            Slot(generators[name], label, slot, language=language)
            for name, label, slot, language in slots.select(*PLACE[:3], LANGUAGE).iter_rows()
        ]
        rebuilt += _replay_list_requests(builder, planned, round_, parameters, answers)
        for slot in planned:
            prompt = builder.build(slot, round_, parameters[slot.generator.title])
            rebuilt.append(prompt)
            while prompt.calls > 1:
                text, _, failure = answers.get(prompt.completion_id, NO_ANSWER)
                if failure or not text:
                    break
                prompt = prompt.continue_with(text)
                rebuilt.append(prompt)
        if rounds.failures and kept is not None:
            record_round(rounds, job, kept, round_)
    return rebuilt


def _replay_list_requests(
    builder: PromptBuilder, slots: list[Slot], round_: int, parameters: Mapping[str, dict], answers: Mapping[str, list]
) -> Iterator[Prompt]:
    """Yield the list requests that slots need first, and record their answers in the builder."""
    while requests := builder.pending_requests(slots, round_, parameters):
        for prompt in requests:
            if prompt.completion_id not in answers:
                where = f"generator {prompt.slot.generator.title}, label {prompt.slot.label!r}"
                raise LinkError(f"prompts: the request for a list is absent: {where}")
            builder.record_answer(prompt, *answers[prompt.completion_id])
            yield prompt


def check_prompts(prompts: pl.DataFrame, rebuilt: list[Prompt], recipe: Recipe | None = None) -> str:
    """Check that the rebuilt prompts equal the table in every column; ``recipe``: if it has several languages."""
    found, expected, place = prompts, to_frame(rebuilt), PLACE
    if recipe and recipe.languages:
        place = (*PLACE, LANGUAGE)
        found, expected = (one.with_columns(prompt_language(recipe).alias(LANGUAGE)) for one in (found, expected))
    if difference := find_difference(found, expected, place):
        where = difference.where("prompt_id", "generator", "label", "slot", "turn")
        raise LinkError(f"prompts: prompts.parquet, {where}: {difference.message}")
    return f"{len(rebuilt):,} prompts are what recipe, templates and seeds say"


def check_completions(completions: pl.DataFrame, rebuilt: list[Prompt]) -> str:
    """Check that completions have the ids of the rebuilt prompts, and each a text or a failure."""
    asked = pl.DataFrame(
        [
            {
                "completion_id": prompt.completion_id,
                "prompt_id": prompt.id,
                "sample": prompt.sample,
                "model": prompt.slot.generator.model,
                "parameters": canonical_json(prompt.parameters),
                "schema": canonical_json(prompt.schema),
            }
            for prompt in rebuilt
        ],
        {name: COMPLETIONS[name] for name in ("completion_id", "prompt_id", "sample", "model", "parameters", "schema")},
    )
    if difference := find_difference(completions.select(asked.columns), asked, ("completion_id",)):
        raise LinkError(
            f"completions: completions.parquet, {difference.where('completion_id', 'model')}: {difference.message}"
        )
    odd = completions.filter(pl.col("text").is_null() == pl.col("failure").is_null())
    if odd.height:
        raise LinkError(
            f"completions: completions.parquet, completion_id {odd['completion_id'][0]}: "
            + ("neither a text nor a failure" if odd["text"][0] is None else "both a text and a failure")
        )
    return f"{len(rebuilt):,} completions have the ids of what was asked"


def check_plan(
    job: Job,
    prompts: pl.DataFrame,
    kept: pl.DataFrame,
    judged: Mapping[str, str] = MappingProxyType({}),
    rows: pl.DataFrame | None = None,
) -> str:
    """Check that each round has the slots that the plan gives after the answers of the rounds before.

    ``kept``: row_id and completion_id of the rows, the surplus and the rows that people rejected. ``judged``: the label
    of each row after judging, by its id. ``rows`` are those that each round kept, for failure-driven rounds.
    """
    stratum = stratum_of(job.recipe).alias("label")
    prompts = prompts.with_columns(prompt_language(job.recipe).alias(LANGUAGE))
    first = prompts.filter(FIRST).select("round", "generator", stratum, "slot")
    read = {round_: {tuple(slot) for _, *slot in part.iter_rows()} for (round_,), part in first.group_by("round")}
    asked = prompts.select("completion_id", "round", "generator", "label", LANGUAGE)
    generated = kept.select("row_id", "completion_id").drop_nulls("completion_id")  # real rows precede all rounds
    found = generated.join(asked, on="completion_id", maintain_order="left").with_columns(
        label=pl.col("row_id").replace_strict(judged, default=pl.col("label"), return_dtype=pl.String)
    )
    counts = {round_: job.count_kept(part) for (round_,), part in found.group_by("round")}
    none = job.count_kept(found.clear())
    rounds = Rounds.for_job(job)
    while rounds.stop is None:
        slots = {(slot.generator.title, slot.stratum, slot.index) for slot in rounds.next_round()}
        if odd := sorted(slots ^ read.pop(rounds.number, set())):
            generator, label, slot = odd[0]
            should = "should read" if odd[0] in slots else "should not read"
            raise LinkError(f"plan: round {rounds.number} {should} slot {slot} of {generator}, {label}")
        now = None if rows is None else rows.filter(pl.col("round") == rounds.number)
        rounds.record(*counts.get(rounds.number, none), rows=now)
    if read:
        raise LinkError(f"plan: round {min(read)} was read, though {rounds.stop.message}")
    return f"{rounds.number} rounds read what the plan says"


def _order_slots(job: Job, first: pl.DataFrame) -> pl.DataFrame:
    """Return the first prompts in the order of the plan; raise LinkError for one that is not in the plan."""
    generators = [generator.title for generator in job.recipe.generators]
    labels, languages = list(job.recipe.labels), list(job.recipe.languages) or [""]
    planned = pl.col("generator").is_in(generators) & pl.col("label").is_in(labels) & pl.col(LANGUAGE).is_in(languages)
    strange = first.filter(~planned.fill_null(False))
    gaps = first.sort("slot").filter(pl.int_range(pl.len()).over("generator", "label", LANGUAGE) != pl.col("slot"))
    for odd, problem in (
        (strange, "its generator, label or language is not in the recipe"),
        (gaps, "the slot before it is absent"),
    ):
        if odd.height:
            row = odd.row(0, named=True)
            where = ", ".join(f"{name} {row[name]}" for name in ("prompt_id", "generator", "label", "slot"))
            raise LinkError(f"prompts: prompts.parquet, {where}: {problem}")
    order = {"generator": generators, "label": labels, LANGUAGE: languages}
    return first.sort(
        "round",
        "slot",
        *(
            pl.col(name).replace_strict(names, range(len(names)), return_dtype=pl.Int32)
            for name, names in order.items()
        ),
    )


def _short(id: Any) -> str:
    return str(id)[:12]
