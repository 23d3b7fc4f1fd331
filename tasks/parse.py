"""Parse: models' answers become candidates, or rejects with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pedigree.curation.answer_parser import read_row_answer
from pedigree.curation.answer_rows import ParsedObject
from pedigree.curation.field_values import Rejection, ValueReader, to_json
from pedigree.curation.list_numbers import strip_list_numbers
from pedigree.curation.pii import mask_pii
from pedigree.curation.spans.candidates import add_spans, cut_beginning
from pedigree.curation.text_screens import reads_as_refusal
from pedigree.dataset.rejects import UNREADABLE
from pedigree.dataset.schemas import REJECTS, candidates_schema, prompt_language
from pedigree.dataset.spans.asked import list_asked
from pedigree.dataset.storable_text import escape_unstorable
from pedigree.ids import row_id
from pedigree.job import Job
from pedigree.recipe.generator import TRANSFORM
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe
from pedigree.recipe.spans.slot_fit import SPANS
from pedigree.system.helper_process import submit_to_helper
from tasks.ui.step import step

READ = 10_000  # answers whose rows are in memory at a time as Python objects
SHARED = 20_000  # answers from which the helper process reads one half: it loads this module first, which takes seconds


@dataclass(frozen=True)
class Parsed:
    """Candidates (schemas.candidates_schema) in the order of curation, and rejects (schemas.REJECTS)."""

    candidates: pl.DataFrame
    rejects: pl.DataFrame


@step("parse", "read the answers")
def parse(job: Job, prompts: pl.DataFrame, completions: pl.DataFrame) -> Parsed:
    """Parse every answer into candidates and rejects.

    A candidate's label is the requested one; a row that states another is a reject. Positions count the objects of an
    answer from 0, rejects included. A complete, empty list and a prompt without a completion give no rows. Where the
    rows of an answer are numbered, their texts lose the numbers. Personal data are masked if the recipe says so.
    """
    asked = order_for_curation(prompts, completions, job.recipe)
    here = asked.height if asked.height < SHARED else (asked.height + 1) // 2
    there = submit_to_helper("tasks.parse:read_answers", asked[here:], job.recipe) if here < asked.height else None
    parts = [read_answers(asked[:here], job.recipe), *([there.get()] if there else [])]
    return Parsed(*(pl.concat(tables) for tables in zip(*parts, strict=True)))


def read_answers(asked: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the candidates and the rejects of answers, in their order (``order_for_curation``)."""
    reader, candidates, rejects = ValueReader(recipe), [], []
    for start in range(0, max(1, asked.height), READ):  # in parts: a row as Python objects needs many times the memory
        rows, faults = _read_part(asked[start : start + READ], reader, recipe)
        candidates.append(pl.DataFrame(rows, candidates_schema(recipe), orient="row"))
        rejects.append(pl.DataFrame(faults, REJECTS, orient="row"))
    return pl.concat(candidates, rechunk=True), pl.concat(rejects, rechunk=True)


def _read_part(asked: pl.DataFrame, reader: ValueReader, recipe: Recipe) -> tuple[list[tuple], list[tuple]]:
    """Return the candidates and the rejects of some answers as tuples in the order of their columns."""
    candidates: list[tuple] = []
    rejects: list[tuple] = []
    columns = list(candidates_schema(recipe))
    for answer in asked.iter_rows(named=True):
        first = len(candidates)
        spoken = [answer[LANGUAGE]] if recipe.languages else []
        completion, label, generator = answer["completion_id"], answer["label"], answer["generator"]
        for position, found in enumerate(_read_completion(answer, recipe)):
            if isinstance(found, Rejection):
                rejects.append(_reject_whole(answer, found))
                continue
            origin = row_id(completion, position), completion, position, label, generator
            values = _read_found(found, answer, position, reader, recipe)
            if isinstance(values, Rejection):
                shown = escape_unstorable(found.raw) if found.raw else to_json(found.value)
                rejects.append((*origin, shown, values.reason, values.detail, None))
            else:
                candidates.append((*origin, *values, answer["seed_row_ids"], *spoken))
        candidates[first:] = _strip_numbers(candidates[first:], columns, recipe)
        if recipe.screens.pii == "mask":
            candidates[first:] = [_mask(row, columns, recipe) for row in candidates[first:]]
    return candidates, rejects


def order_for_curation(prompts: pl.DataFrame, completions: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Return prompts that ask for rows, with their answers, sorted by round, slot, generator, label, language and turn.

    Generators, labels and languages are in the recipe's order. List requests (slots below 0) are left out. The column
    ``language`` is "" in a recipe of one.
    """
    generators = {generator.title: place for place, generator in enumerate(recipe.generators)}
    labels = {label: place for place, label in enumerate(recipe.labels)}
    languages = {code: place for place, code in enumerate(recipe.languages or [""])}
    answers = completions.select("completion_id", "text", "finish_reason", "failure", "failure_detail")
    return (
        prompts.filter(pl.col("slot") >= 0)
        .with_columns(prompt_language(recipe).alias(LANGUAGE))
        .join(answers, on="completion_id", how="inner")
        .sort(
            "round",
            "slot",
            pl.col("generator").replace_strict(generators, default=len(generators), return_dtype=pl.Int32),
            pl.col("label").replace_strict(labels, default=len(labels), return_dtype=pl.Int32),
            pl.col(LANGUAGE).replace_strict(languages, default=len(languages), return_dtype=pl.Int32),
            "turn",
            "completion_id",
        )
    )


def _strip_numbers(candidates: list[tuple], columns: list[str], recipe: Recipe) -> list[tuple]:
    """Return the candidates of one answer without list numbers before their first text."""
    if not recipe.text_fields:
        return candidates
    at = columns.index(recipe.text_fields[0])
    before = [row[at] for row in candidates]
    texts = strip_list_numbers(before)
    if texts == before:
        return candidates
    pairs = zip(candidates, texts, strict=True)
    if recipe.slots:
        return [cut_beginning(row, text, at, columns.index(SPANS)) for row, text in pairs]
    return [(*row[:at], text, *row[at + 1 :]) for row, text in pairs]


def _mask(candidate: tuple, columns: list[str], recipe: Recipe) -> tuple:
    """Return a candidate with personal data in its texts masked."""
    places = [columns.index(field) for field in recipe.text_fields]
    places = [at for at in places if candidate[at] is not None]
    masked = dict(zip(places, mask_pii([candidate[at] for at in places]), strict=True))
    return tuple(masked.get(at, value) for at, value in enumerate(candidate))


def _read_completion(asked: dict, recipe: Recipe) -> Iterator[ParsedObject | Rejection]:
    """Yield the objects of an answer, or one rejection if none can be parsed."""
    filtered = asked["finish_reason"] == "content_filter" or asked["failure"] == "content-filter"
    if asked["failure"] is not None:
        detail = ": ".join(filter(None, (asked["failure"], asked["failure_detail"])))
        yield Rejection("content-filter" if filtered else "failed", detail)
        return
    text = asked["text"] or ""
    answer = read_row_answer(text, asked["finish_reason"], asked["generator"], recipe)
    if answer.ambiguous:
        yield Rejection("ambiguous-answer", "it holds several versions of the rows, and does not say which counts")
    elif any(not found.broken or found.says for found in answer.found):
        yield from answer.found
    elif not answer.blank:
        own = asked[LANGUAGE] or recipe.language_codes[0]
        yield _find_fault(text, asked["finish_reason"], filtered, answer.found, (own,))


def _find_fault(
    text: str, reason: str | None, filtered: bool, pieces: tuple[ParsedObject, ...], languages: tuple[str, ...]
) -> Rejection:
    if filtered:
        return Rejection("content-filter", "the provider withheld the answer")
    if reason == UNREADABLE:
        return Rejection("unreadable-answer", "what the endpoint sent is no answer of a model; the ledger has it")
    if not text.strip():
        return Rejection("empty", "no text")
    if reason == "refusal" or reads_as_refusal(text, languages):
        return Rejection("refusal", escape_unstorable(text.strip()[:200]))
    if any(piece.broken == "cut" for piece in pieces):
        return Rejection("cut", "the answer ends before its first row does")
    return Rejection("malformed", "no row can be read in the answer")


def _read_found(
    found: ParsedObject, asked: dict, position: int, reader: ValueReader, recipe: Recipe
) -> tuple | Rejection:
    if found.broken == "cut":
        return Rejection("cut", "the answer ends here")
    if found.broken:
        return Rejection("malformed", escape_unstorable(found.says) or "not JSON, and no repair is sure")
    values = reader.read(found.value, asked["label"], found.around)
    if isinstance(values, Rejection) and values.reason == "empty" and asked["generator"] in _list_transforming(recipe):
        return Rejection("unfit-source", f"{values.detail}: so the model says that its source makes no such row")
    if isinstance(values, Rejection) or not recipe.slots:
        return values
    return add_spans(values, asked["label"], list_asked(asked["variables"], position), recipe)


def _list_transforming(recipe: Recipe) -> set[str]:
    return {generator.title for generator in recipe.generators if generator.strategy == TRANSFORM}


def _reject_whole(asked: dict, fault: Rejection) -> tuple:
    text = escape_unstorable(asked["text"] or "")
    origin = None, asked["completion_id"], None
    return (*origin, asked["label"], asked["generator"], text, fault.reason, fault.detail, None)
