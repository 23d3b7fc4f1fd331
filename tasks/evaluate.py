"""Evaluates a published version again, on its own held-out rows or on others."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from threadpoolctl import threadpool_limits

from pedigree.curation.people_languages import name_languages
from pedigree.dataset.examples import Example, load_examples
from pedigree.dataset.results import write_result
from pedigree.errors import CommandError, RecipeError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.job import Job, open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.metrics.embedder_choice import EmbedderChoice, choose_embedder, parse_embedder, parse_fine_tuned
from pedigree.metrics.local_embedder import open_local_model
from pedigree.models.paid_embedder import PaidEmbedder, open_paid_embedder
from pedigree.recipe.embedder_name import EmbedderName
from pedigree.recipe.label_sets.single import require_one_label
from pedigree.recipe.strict_model import check_inside
from pedigree.report.evaluation_notes import note_embedder, note_paid_calls, note_test_rows
from pedigree.report.evaluation_page import (
    Evaluation,
    list_agreement,
    list_gains,
    list_score_differences,
    pair_figures,
    write_evaluation,
)
from pedigree.usefulness.baselines.names import fit_baselines, parse_baselines
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.usefulness.fine_tuning.encoder import Encoder, open_encoder
from pedigree.usefulness.fine_tuning.trial import FineTuning, try_fine_tuning
from pedigree.usefulness.profiles.trial import measure_profiles
from pedigree.usefulness.recommendation_text import write_recommendation
from pedigree.usefulness.stopping_advice import join_advice
from pedigree.versions.snapshots import find_commit, take_snapshot
from pedigree.workspace import Workspace
from tasks.evaluation.baselines import measure_baselines
from tasks.measure import collect_metrics
from tasks.ui.step import step

FOLDER = ".pedigree/evaluations"


@dataclass(frozen=True)
class _TestFile:
    """The held-out file that is used; ``own``: it is the version's own."""

    path: str
    sha256: str
    own: bool


@step("evaluate")
def evaluate(
    workspace: Workspace,
    dataset: str,
    version: str = "latest",
    held_out: str = "",
    embedder: str = "",
    fine_tune: str = "",
    baselines: str = "",
) -> Evaluation:
    """Measure a version again and write ``.pedigree/evaluations/<tag>.json``; no other file is changed.

    ``version``: v1.2.0, latest, a tag or any commit. ``held_out``: a file below data/ of the workspace; empty uses that
    of the version. ``embedder``: for a second classifier; empty uses the recipe's, if it is local and available. A
    LiteLLM embedder is sent all texts, held-out rows too; its vectors are stored in .pedigree/vectors/ and not paid for
    again. ``fine_tune``: a pretrained encoder on this machine, fine-tuned as one more classifier, whose predictions are
    kept in .pedigree/fine-tuned/. ``baselines``: names with commas, or all. Raises WorkspaceError if the
    version, its data or a model is missing, CommandError if the held-out rows are unsuitable or a baseline does not
    fit, ProviderError if a provider failed.
    """
    workspace.recipe_path(dataset)
    parsed, tuned, named = parse_embedder(embedder), parse_fine_tuned(fine_tune), parse_baselines(baselines)
    encoder = open_encoder(workspace, tuned) if tuned else None
    commit, tag = find_commit(workspace.root, dataset, version)
    name = tag or f"{dataset}@{commit[:12]}"
    with TemporaryDirectory(prefix="pedigree-") as folder:
        snapshot = take_snapshot(workspace.root, commit, dataset, Path(folder).resolve(), tag=tag)
        job = open_job(snapshot, dataset)
        require_one_label(job.recipe, "'pedigree evaluate'")
        named = fit_baselines(named, tabular=job.recipe.tabular)
        if held_out:
            examples = _load_held_out(workspace, held_out, job)
            job = job.move(snapshot, held_out=examples)
        path = held_out or job.recipe.held_out
        if path is None or not job.held_out:
            hint = "--held-out FILE, below data/, of rows that people wrote and no prompt has shown"
            raise CommandError(
                f"{name} names no held-out rows", hint=f"{hint}; docs/train-without-rows.md if there are none"
            )
        test_file = (workspace if held_out else snapshot).resolve_inside(path)
        test = _TestFile(path, sha256_of_file(test_file), own=not held_out)
        # One thread, as in the step 'measure'.
        with threadpool_limits(1), _open_embedder(workspace, job, parsed) as (choice, paid):
            evaluation, metrics = _evaluate(job, choice, name, commit, test)
        if encoder:
            found = _fine_tune(encoder, workspace.fine_tuned, job, metrics["usefulness"])
            evaluation = replace(evaluation, fine_tuned=found)
        if named:
            evaluation = replace(evaluation, baselines=measure_baselines(job, named))
        if paid:
            note = note_paid_calls(paid.name.model, paid.bill.texts, paid.bill.usd)
            evaluation = replace(evaluation, notes=(*evaluation.notes, note))
        for asked in filter(None, (embedder, fine_tune, baselines)):
            suffix = re.sub(r"[^A-Za-z0-9]+", "-", asked)
            evaluation = replace(evaluation, path=evaluation.path.replace(".json", f".{suffix}.json"))
    write_result({**asdict(evaluation), "metrics": metrics}, workspace.root / evaluation.path)
    return evaluation


@step("show evaluation")
def show_evaluation(evaluation: Evaluation) -> None:
    """Show an evaluation as a Markdown artifact of the flow run."""
    from prefect.artifacts import create_markdown_artifact

    create_markdown_artifact(
        write_evaluation(evaluation),
        key=f"{evaluation.dataset}-evaluation",
        description="The figures now and as published",
    )


@contextmanager
def _open_embedder(
    workspace: Workspace, job: Job, name: EmbedderName | None
) -> Generator[tuple[EmbedderChoice, PaidEmbedder | None]]:
    """Yield the named embedder, or the recipe's if no name is given; and the paid embedder with its costs, if any."""
    if name is None:
        yield choose_embedder(workspace, job.dataset, job.recipe.evaluate.embedder), None
    elif name.is_paid:
        with open_paid_embedder(name, workspace.vectors) as paid:
            yield EmbedderChoice(str(name), paid.embedder), paid
    else:
        yield EmbedderChoice(str(name), open_local_model(workspace, name)), None


def _load_held_out(workspace: Workspace, path: str, job: Job) -> list[Example]:
    """Read held-out rows from the workspace; raise CommandError if they do not fit the recipe or have one label."""
    try:
        check_inside(path, "data")
        examples = name_languages(load_examples(workspace.resolve_inside(path), job.recipe), job.recipe)
    except ValueError as error:
        raise CommandError(f"held-out file {error}", hint="copy the file there") from None
    except RecipeError as error:
        hint = "correct that file, or name another below data/"
        raise CommandError(error.found, expected=error.expected, hint=hint) from None
    if len({example.label for example in examples}) < 2:
        raise CommandError(
            f"{path}: every row has the label {examples[0].label!r}", expected="rows of at least two labels"
        )
    return examples


def _evaluate(
    job: Job, choice: EmbedderChoice, name: str, commit: str, test: _TestFile
) -> tuple[Evaluation, dict[str, Any]]:
    """Return the evaluation without costs, and the metrics that it is made from."""
    contents = read_job_outputs(job)
    metrics, published = collect_metrics(job, contents, choice), _read_published(job)
    useful, used = metrics["usefulness"], metrics["embedder"]
    synthetic = useful["synthetic"] or {}
    interval = synthetic.get("macro_f1_interval")
    notes = [
        *(() if test.own else note_test_rows(job, contents)),
        *([useful["note"]] if useful["note"] else []),
        *note_embedder(used, published.get("embedder")),
    ]
    evaluation = Evaluation(
        dataset=job.dataset,
        version=name,
        commit=commit,
        held_out=test.path,
        held_out_sha256=test.sha256,
        own=test.own,
        evidence=useful["evidence"],
        macro_f1=synthetic.get("macro_f1"),
        interval=(interval[0], interval[1]) if interval else None,
        figures=pair_figures(metrics, published),
        notes=tuple(notes),
        compared=list_score_differences(useful),
        gains=list_gains(useful),
        agreement=list_agreement(useful),
        recommendation=write_recommendation(useful),
        profiles=measure_profiles(job, contents),
        advice=(join_advice(useful) or {}).get("text"),
        embedder=used["name"] if used and useful["embeddings"] else None,
        path=f"{FOLDER}/{name}.json" if test.own else f"{FOLDER}/{name}.{test.sha256[:12]}.json",
    )
    return evaluation, metrics


def _fine_tune(encoder: Encoder, folder: Path, job: Job, useful: dict[str, Any]) -> FineTuning:
    samples = sample_job(job, read_job_outputs(job).tables["train"])
    return try_fine_tuning(encoder, folder, *samples, len(job.recipe.labels), job.recipe.seed, useful)


def _read_published(job: Job) -> dict[str, Any]:
    """Return the metrics that a version was published with."""
    try:
        return json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"the version's metrics.json can't be read: {error}") from None
