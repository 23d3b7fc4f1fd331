"""Evaluate: a published version measured again, against its own held-out rows or others."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from threadpoolctl import threadpool_limits

from pedigree.dataset.examples import Example, load_examples
from pedigree.dataset.results import write_result
from pedigree.errors import CommandError, RecipeError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.job import Job, open_job
from pedigree.job_outputs import JobOutputs, join_texts, read_job_outputs
from pedigree.metrics.embedder_choice import EmbedderChoice, choose_embedder, parse_embedder
from pedigree.metrics.local_embedder import open_local_model
from pedigree.models.paid_embedder import PaidEmbedder, open_paid_embedder
from pedigree.recipe.embedder_name import EmbedderName
from pedigree.recipe.strict_model import check_inside
from pedigree.report.evaluation_page import Evaluation, compare_labels, compare_students, read_figures, write_evaluation
from pedigree.versions.snapshots import find_commit, take_snapshot
from pedigree.workspace import Workspace
from tasks.measure import collect_metrics

FOLDER = ".pedigree/evaluations"


@task(name="evaluate", task_run_name="evaluate", cache_policy=NO_CACHE, persist_result=False)
def evaluate(
    workspace: Workspace, dataset: str, version: str = "latest", held_out: str = "", embedder: str = ""
) -> Evaluation:
    """Measure a version again and write ``.pedigree/evaluations/<tag>.json``; nothing else in the workspace is touched.

    ``version``: as people write one (v1.2.0, latest, the tag), or any commit. ``held_out``: a file below data/ as it is
    now; empty takes the one that the version names, as it was then. ``embedder``: of a second student; empty takes the
    recipe's, as far as it is local and there. One of LiteLLM's is sent every text that it reads, held-out rows too; what it
    gave is kept in .pedigree/vectors/ and not paid for again. Raises WorkspaceError where there is no such version or
    embedder, or its data are not to be had, CommandError where the held-out rows are no test for it, ProviderError where
    a provider stopped it.
    """
    workspace.recipe_path(dataset)
    asked = parse_embedder(embedder)
    commit, tag = find_commit(workspace.root, dataset, version)
    name = tag or f"{dataset}@{commit[:12]}"
    with TemporaryDirectory(prefix="pedigree-") as folder:
        snapshot = take_snapshot(workspace.root, commit, dataset, Path(folder).resolve(), tag=tag)
        job = open_job(snapshot, dataset)
        if held_out:
            held = _load_held_out(workspace, held_out, job)
            job = Job(snapshot, job.recipe, job.seeds, held, job.review, job.corpora, job.real)
        elif not job.held_out:
            raise CommandError(
                f"{name} names no held-out rows",
                hint="name a file of rows that people wrote, below data/",
            )
        contents = read_job_outputs(job)
        with threadpool_limits(1), _opening(workspace, job, asked) as (choice, paid):  # one thread, as measuring takes
            now = collect_metrics(job, contents, choice)
        tested = (workspace if held_out else snapshot).resolve_inside(held_out or job.recipe.held_out)
        evaluation = _describe(job, name, commit, held_out, sha256_of_file(tested), contents, now, paid)
        if asked:
            evaluation = replace(evaluation, path=evaluation.path.replace(".json", f".{_name_file(embedder)}.json"))
    write_result({**asdict(evaluation), "metrics": now}, workspace.root / evaluation.path)
    return evaluation


@contextmanager
def _opening(
    workspace: Workspace, job: Job, asked: EmbedderName | None
) -> Iterator[tuple[EmbedderChoice, PaidEmbedder | None]]:
    """Give the embedder that is asked for, or the recipe's as measuring has it; and what a paid one takes."""
    if asked is None:
        yield choose_embedder(workspace, job.dataset, job.recipe.evaluate.embedder), None
    elif asked.is_paid:
        with open_paid_embedder(asked, workspace.vectors) as paid:
            yield EmbedderChoice(str(asked), paid.embedder), paid
    else:
        yield EmbedderChoice(str(asked), open_local_model(workspace, asked)), None


def _name_file(embedder: str) -> str:
    """Return an embedder's name as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", embedder)


@task(name="show evaluation", task_run_name="show evaluation", cache_policy=NO_CACHE, persist_result=False)
def show_evaluation(evaluation: Evaluation) -> None:
    """Show an evaluation as a Markdown artifact of the flow run."""
    create_markdown_artifact(
        write_evaluation(evaluation),
        key=f"{evaluation.dataset}-evaluation",
        description="The figures now, and those that it was published with",
    )


def _load_held_out(workspace: Workspace, path: str, job: Job) -> list[Example]:
    """Read held-out rows from the working folder; raise CommandError where they are no test of this version's labels."""
    try:
        check_inside(path, "data")
        examples = load_examples(workspace.resolve_inside(path), job.recipe)
    except ValueError as error:
        raise CommandError(f"held-out file {error}", hint="copy the file there") from None
    except RecipeError as error:
        hint = "mend that file, or name another below data/"
        raise CommandError(error.found, expected=error.expected, hint=hint) from None
    if len({example.label for example in examples}) < 2:
        raise CommandError(
            f"{path}: every row has the label {examples[0].label!r}",
            expected="rows of at least two labels, so that they can be told apart",
        )
    return examples


def _describe(
    job: Job,
    name: str,
    commit: str,
    other: str,
    sha256: str,
    contents: JobOutputs,
    now: dict[str, Any],
    paid: PaidEmbedder | None,
) -> Evaluation:
    useful = now["usefulness"]
    synthetic = useful["synthetic"] or {}
    interval = synthetic.get("macro_f1_interval")
    then, read_by = _read_then(job), now["embedder"]
    return Evaluation(
        dataset=job.dataset,
        version=name,
        commit=commit,
        held_out=other or job.recipe.held_out,
        held_out_sha256=sha256,
        own=not other,
        evidence=useful["evidence"],
        macro_f1=synthetic.get("macro_f1"),
        interval=tuple(interval) if interval else None,
        figures=read_figures(now, then),
        notes=(*_list_notes(job, contents, useful, other), *_note_embedder(read_by, then.get("embedder"), paid)),
        compared=compare_students(useful),
        gains=compare_labels(useful),
        advice=useful["advice"] and useful["advice"]["text"],
        embedder=read_by["name"] if read_by and useful["embeddings"] else None,
        path=f"{FOLDER}/{name}.{sha256[:12]}.json" if other else f"{FOLDER}/{name}.json",
    )


def _list_notes(job: Job, contents: JobOutputs, useful: dict[str, Any], other: str) -> list[str]:
    notes = []
    if other:
        notes.append(
            f"The figures then are of the version's own held-out rows ({job.recipe.held_out or 'it has none'})."
        )
        test = _fold(job, _tabulate(job, job.held_out))
        for who, known in (("rows", contents.rows), ("seeds", _tabulate(job, job.seeds))):
            if shared := int(test.is_in(_fold(job, known).to_list()).sum()):
                notes.append(
                    f"{shared:,} of the {len(test):,} held-out rows stand among the version's {who}: too easy a test."
                )
    if useful["note"]:
        notes.append(useful["note"])
    return notes


def _note_embedder(now: dict[str, Any] | None, then: dict[str, Any] | None, paid: PaidEmbedder | None) -> Iterator[str]:
    """Yield what there is to know of the figures of embeddings: whose they are, why they are absent, what they cost."""
    if now and now["note"]:
        yield now["note"]
    if now and then and (now["name"], now["sha256"]) != (then["name"], then["sha256"]) and then["sha256"]:
        yield f"The figures of embeddings then are of another embedder, {then['name']}."
    if paid and not paid.bill.texts:
        yield f"The vectors of {paid.name.model} were there already: nothing was sent, nothing was paid."
    elif paid:
        cost = "at a cost that is not known" if paid.bill.usd is None else f"for {paid.bill.usd:.6f} USD"
        yield f"{paid.bill.texts:,} texts were sent to {paid.name.model}, held-out rows among them, {cost}."


def _tabulate(job: Job, examples: Sequence[Example]) -> pl.DataFrame:
    names = list(job.recipe.fields)
    return pl.DataFrame(
        {name: [str(example.fields[name]) for example in examples] for name in names}, dict.fromkeys(names, pl.String)
    )


def _fold(job: Job, frame: pl.DataFrame) -> pl.Series:
    """Return what makes two rows one: their texts in any case and with any spaces."""
    return join_texts(frame, job.recipe).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def _read_then(job: Job) -> dict[str, Any]:
    """Return the metrics that a version was published with."""
    try:
        return json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"the version's metrics.json can't be read: {error}") from None
