"""Erasure of a row and everything derived from it from the ledger, the working folder and so the next version."""

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeGuard

import polars as pl

from pedigree.dataset import schemas
from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import LedgerError, PedigreeError, ProviderError, RecipeError
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt
from pedigree.generation.rounds import Rounds
from pedigree.generation.verdict_prompts import VerdictPrompts
from pedigree.job import Job
from pedigree.ledger.completion import from_frame
from pedigree.ledger.erasure import erase, find_containing
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.screen_embedder import open_checker
from pedigree.provenance.erasure_request import Row, drop_rows, find_derived, find_row, is_held
from pedigree.system import git
from pedigree.versions.snapshots import find_tables
from pedigree.versions.versions import Version, list_versions
from tasks.judging.judge import read_held_verdicts
from tasks.optimising.held import read_held_search
from tasks.parse import parse
from tasks.plan import plan
from tasks.screen import screen
from tasks.ui.step import step

CURATED = ("train.parquet", "validation.parquet", "rejects.parquet", "report.html")  # the next run makes them again
COPIES = ("replicas", "evaluations", "vectors", "fine-tuned", "diversity")

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class AffectedVersion:
    """A version with the row or ``completions`` derived from it (None if its tables are not available here)."""

    tag: str
    row: bool
    completions: int | None


@dataclass(frozen=True)
class ErasureRequest:
    """A row to erase and all ``completion_ids`` derived from it, of which the ledger has ``in_ledger``."""

    row: Row
    completion_ids: frozenset[str]
    in_ledger: int
    versions: tuple[AffectedVersion, ...]
    warnings: tuple[str, ...]  # what the next run will lack


def find_erasure(job: Job, id_prefix: str | None = None, text: str | None = None) -> ErasureRequest:
    """Return the row and what is derived from it; nothing is changed.

    Derived are the answers to prompts that showed the row, later turns of these conversations, and completions that
    contain its text. Raises CommandError unless exactly one row fits, LedgerError if a segment can't be read.
    """
    ledger = Ledger(job.workspace.ledger)
    if unread := [problem for problem in ledger.problems if problem.kind == "unread"]:
        raise LedgerError(f"{unread[0]}", expected="segments that can be read and searched for the row")
    published = {version: _read_prompts(job, version) for version in list_versions(job.workspace.root, job.dataset)}
    known = [_read_plan(job, ledger), read_held_search(job, ledger), _read_table(job, "prompts"), *published.values()]
    prompts = pl.concat([table for table in known if _is_table(table)])
    shown = {id for ids in prompts["seed_row_ids"] for id in ids}
    row = find_row(job, id_prefix, text, shown)
    completions = chain(ledger, from_frame(_read_table(job, "completions")))
    derived = find_derived(prompts, row.id) | find_containing(completions, row.texts)
    return ErasureRequest(
        row,
        frozenset(derived),
        sum(ledger.holds(one) for one in derived),
        tuple(_find_affected(job, row, published)),
        (*_list_shortages(job, row), *_list_searches(job, row)),
    )


@step("forget")
def forget(job: Job, request: ErasureRequest) -> int:
    """Remove a row and everything derived from it from ledger, tables and data files; return the removed records.

    The caller holds the locks of all datasets. The file that names the row is changed last, so that after a crash the
    same command finds the row and completes the work. Tables made by curation are removed; the next run makes them
    again. All replicas, evaluations, paid vectors and kept predictions are removed too, because they hold copies or
    derived values.
    """
    erased = erase(job.workspace.ledger, request.completion_ids, request.row.texts)
    for copies in filter(Path.is_dir, (job.workspace.state / name for name in COPIES)):
        shutil.rmtree(copies)
    for folder in sorted(path.parent for path in job.workspace.dataset_folder("").glob("*/completions.parquet")):
        filtered = _filter_tables(folder.name, job, request.completion_ids)
        if filtered or folder.name == job.dataset:
            for name in CURATED:
                (folder / name).unlink(missing_ok=True)
    for path, lines in request.row.places.items():
        drop_rows(job.workspace.root / path, lines)
    log.info("forgotten: %s", request.row.id)
    return erased


def _filter_tables(dataset: str, job: Job, completion_ids: frozenset[str]) -> bool:
    """Remove completions and their prompts from a dataset's tables; return whether a table changed."""
    found = False
    for name in ("prompts", "completions"):
        path = job.workspace.table(dataset, name)
        if not path.is_file():
            continue
        frame = read_table(path)
        kept = frame.filter(~pl.col("completion_id").is_in(list(completion_ids)))
        if kept.height < frame.height:
            write_table(kept, path)
            found = True
    return found


def _read_plan(job: Job, ledger: Ledger) -> pl.DataFrame:
    """Return the prompts of the recipe's plan whose completions are in the ledger."""
    rounds, duplicates = Rounds.for_job(job), open_checker(job)
    builder = PromptBuilder(job, rounds.failures)
    frames, whole, verdict_prompts = [pl.DataFrame(schema=schemas.PROMPTS)], True, VerdictPrompts(job)
    with suppress(RecipeError, ProviderError):  # if the plan can't be continued now, no run continued it
        while whole and rounds.stop is None:
            done, batch = BatchResult(), plan.fn(job, rounds, builder)
            for prompt, answer in batch.record_held(ledger.get):
                whole = whole and answer is not None
                if answer:
                    done.add(prompt, answer)
            if whole:
                whole = all([_add_held(prompt, ledger, done) for prompt in batch.build()])
            frames.append(done.prompt_table())
            if whole:
                parsed = parse.fn(job, done.prompt_table(), done.completion_table())
                kept = screen.fn(job, parsed.candidates, duplicates).kept
                held = read_held_verdicts(job, kept, verdict_prompts, rounds.number, ledger.get)
                frames.append(held.answers.prompt_table())
                whole = not held.waiting
                rounds.record(*job.count_kept(held.kept), rows=held.kept)
    return pl.concat(frames)


def _add_held(prompt: Prompt | None, ledger: Ledger, done: BatchResult) -> bool:
    """Add the answers of a conversation that are in the ledger; return whether it is complete."""
    while prompt is not None and (held := ledger.get(prompt.completion_id)):
        prompt = done.add(prompt, held)
    return prompt is None


def _read_table(job: Job, name: str) -> pl.DataFrame:
    path = job.table(name)
    return read_table(path) if path.is_file() else pl.DataFrame(schema=getattr(schemas, name.upper()))


def _read_prompts(job: Job, version: Version) -> pl.DataFrame | None:
    """Return the table ``prompts`` of a version; None if it is not available here."""
    try:
        with TemporaryDirectory(prefix="pedigree-") as folder:
            found = find_tables(job.workspace.root, version.commit, job.dataset, ["prompts"], Path(folder))
            return pl.read_parquet(found["prompts"], memory_map=False)
    except (PedigreeError, pl.exceptions.PolarsError):
        return None


def _is_table(prompts: pl.DataFrame | None) -> TypeGuard[pl.DataFrame]:
    return prompts is not None and dict(prompts.schema) == schemas.PROMPTS


def _find_affected(job: Job, row: Row, published: dict[Version, pl.DataFrame | None]) -> Iterator[AffectedVersion]:
    for version, prompts in published.items():
        files = {
            path: git.read_blob(job.workspace.root, version.commit, path)
            for path in (job.recipe.seeds, job.recipe.held_out, job.recipe.real, job.recipe.dev, *job.corpora)
            if path
        }
        holds = any(is_held(row, job, Path(path).name, data) for path, data in files.items() if data)
        derived = len(find_derived(prompts, row.id)) if _is_table(prompts) else None
        if holds or derived != 0:
            yield AffectedVersion(version.tag, holds, derived)


def _list_searches(job: Job, row: Row) -> Iterator[str]:
    """Yield which instructions are of a search in which rows of people were read."""
    if row.path is None or row.path == job.recipe.held_out:
        return
    for one in job.recipe.generators:
        if one.optimised:
            yield (
                f"the instructions of generator {one.title!r} stay: {one.optimised} is of a search that read rows of "
                "people, and what told rows apart there may be words of this one; read it, and if so remove that file "
                "and the keys 'instructions' and 'optimised', and run 'pedigree optimise' again"
            )


def _list_shortages(job: Job, row: Row) -> Iterable[str]:
    """Yield what a run will lack without the row."""
    path = job.recipe.seed_file
    if row.example is None or path not in row.places:
        return
    rest = [one for one in job.seeds if one.id != row.id]
    if not rest:
        yield f"{path} has no other row: add some, or set the recipe's key to null"
    left = len({one.id for one in rest if one.label == row.example.label})
    for generator in job.recipe.generators:
        if generator.shots > left:
            yield (
                f"{path} has {left} more of label {row.example.label!r}, and generator {generator.title!r} shows "
                f"{generator.shots} per prompt: add some, or lower 'shots'"
            )
