"""Verifies a dataset offline, from its tag to its prompts: rows and results are made again and compared."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pedigree.dataset.output_files import CURATED, SPLITS
from pedigree.dataset.run_record import list_version_differences
from pedigree.dataset.schemas import SORT, read_table
from pedigree.errors import CommandError, LinkError, ProviderError, RecipeError, WorkspaceError
from pedigree.generation.batch import resolve_parameters
from pedigree.generation.failures.kept_rows import read_kept_rows
from pedigree.job import Job, open_job
from pedigree.ledger.ledger_check import check_ledger
from pedigree.metrics.embedder_choice import choose_embedder
from pedigree.metrics.screen_embedder import compare_screen_embedder
from pedigree.provenance import integrity, prompt_check
from pedigree.provenance.lent_model import lend_model
from pedigree.provenance.line_ends import find_converted_files, find_restored_files, take_working_snapshot
from pedigree.provenance.result_check import compare_results, find_other_embedder, read_manifest
from pedigree.provenance.table_check import read_described_tables
from pedigree.provenance.table_diff import find_difference
from pedigree.provenance.weight_check import excuse_weights
from pedigree.system import dvc
from pedigree.system.dvc_files import STAGES
from pedigree.versions.snapshots import find_commit, take_snapshot
from pedigree.versions.versions import Version
from pedigree.workspace import Workspace
from tasks.judging.judge import rebuild_verdict_prompts
from tasks.rebuild import copy_job, rebuild_results, rebuild_rows, run_in_parallel
from tasks.ui.step import step


@dataclass(frozen=True)
class Verified:
    """The links that hold, by name, each with what was found; ``notes`` say what was not checked."""

    dataset: str
    version: str | None  # its tag; None for rows that were never published
    rows: int
    links: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@step("verify")
def verify(workspace: Workspace, dataset: str, rev: str | None = None, own_code: bool = False) -> Verified:
    """Check every link from tag to prompt, of the working folder or of a revision; the workspace is not changed.

    ``own_code``: run the code of the revision. The ledger is checked with the working folder; it is no part of a
    revision. Raises LinkError for the first broken link; WorkspaceError for missing data, and for a difference where
    other code or packages made the dataset.
    """
    root = workspace.root
    if rev is None:
        if own_code:
            raise CommandError("--own-code without --rev", hint=f"add --rev latest, or another version of {dataset}")
        version = integrity.find_matching_version(root, dataset)
        links = {"tag": _check_tag(root, dataset, version.tag, version.commit, workspace)} if version else {}
        if version and (converted := find_converted_files(root, dataset, version)):
            found = _verify_converted(root, dataset, version, links, converted)
        else:
            found = _Verifier(workspace, dataset, links).run(published=version, cache=dvc.find_cache(root))
        ledger = check_ledger(workspace.ledger, read_table(workspace.table(dataset, "completions")))
        return replace(found, links={**found.links, "ledger": ledger})
    commit, tag = find_commit(root, dataset, rev)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        snapshot = take_snapshot(root, commit, dataset, Path(folder).resolve(), tag=tag, code=own_code)
        lend_model(workspace, dataset, snapshot)
        links = {"tag": _check_tag(root, dataset, tag, commit, snapshot)} if tag else {}
        if own_code:
            return _run_own_code(snapshot, dataset, tag, links)
        restored = find_restored_files(root, commit, dataset, snapshot)
        return _note_line_ends(_Verifier(snapshot, dataset, links, tag).run(recorded=True), restored)


def _check_tag(root: Path, dataset: str, tag: str, commit: str, files: Workspace) -> str:
    return integrity.check_tag(
        root, dataset, tag, commit, (files.dataset_folder(dataset) / "manifest.json").read_bytes()
    )


def _verify_converted(
    root: Path, dataset: str, version: Version, links: dict[str, str], converted: list[str]
) -> Verified:
    """Verify a working folder in which git has changed bytes: the run's own bytes are in the version."""
    with TemporaryDirectory(prefix="pedigree-") as folder:
        snapshot = take_working_snapshot(root, dataset, version, Path(folder).resolve())
        lend_model(Workspace(root), dataset, snapshot)
        found = _Verifier(snapshot, dataset, links, version.tag).run(recorded=True, cache=dvc.find_cache(root))
    return _note_line_ends(found, converted)


def _note_line_ends(found: Verified, paths: list[str]) -> Verified:
    note = f"git changed the line ends of {', '.join(paths)}: verified with those that the run read"
    return replace(found, notes=(*found.notes, note)) if paths else found


def _run_own_code(snapshot: Workspace, dataset: str, tag: str | None, links: dict[str, str]) -> Verified:
    """Verify a snapshot with the code in it. Earlier versions of the code call a hint ``mend``."""
    command = [sys.executable, "-m", "cli", "verify", dataset, "--json"]
    done = subprocess.run(command, cwd=snapshot.root, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout)
        if broken := answer.get("broken"):
            hint = broken["hint"] if "hint" in broken else broken["mend"]
            raise LinkError(broken["found"], expected=broken["expected"], hint=hint)
        notes = (*answer["notes"], "made again with the version's own code")
        own = {name: found for name, found in answer["links"].items() if name != "ledger"}  # a revision has none
        return Verified(dataset, tag, answer["rows"], links | own, notes)
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(
            f"the code of {tag or 'that revision'} could not verify it: {done.stderr.strip()[-500:]}",
            expected="a commit that holds the code that made it",
        ) from None


class _Verifier:
    """Checks the links of one folder, in order."""

    def __init__(self, workspace: Workspace, dataset: str, links: dict[str, str], tag: str | None = None):
        self.workspace, self.dataset, self.tag = workspace, dataset, tag
        self.links, self.notes = dict(links), []
        self._judged: dict[str, str] = {}  # label by row id
        with self._excusing_other_code():
            self.manifest = read_manifest(workspace.dataset_folder(dataset))

    def run(self, *, published: Version | None = None, cache: Path | None = None, recorded: bool = False) -> Verified:
        """Check all links.

        ``published``: the version in a working folder. ``recorded``: dvc.lock must match, as it does in every commit.
        """
        root, dataset = self.workspace.root, self.dataset
        if recorded or published or integrity.is_recorded(root, dataset):
            self.links["dvc.lock"] = integrity.check_lock(root, dataset, cache)
        else:
            self.notes.append("these rows were made after what dvc.lock records, and never published")
        self.links["inputs"] = integrity.check_inputs(root, self.manifest)
        tables = read_described_tables(self.workspace, dataset, self.manifest)
        self.links["tables"] = f"{len(tables)} tables have the content that the manifest says"
        self._rebuild(tables)
        if published:
            self.links["version"] = integrity.check_published(root, dataset, published)
        rows = tables["train"].height + tables["validation"].height
        return Verified(dataset, published.tag if published else self.tag, rows, self.links, tuple(self.notes))

    @contextmanager
    def _excusing_other_code(self, *steps: str) -> Generator[None]:
        """Turn a LinkError into a WorkspaceError where other code or packages than these made the data.

        Compared is the code of these steps; without ``steps``, of all.
        """
        try:
            yield
        except LinkError as error:
            packages = list_version_differences(self.workspace.dataset_folder(self.dataset) / "run.json")
            code = integrity.find_other_code(self.workspace.root, self.dataset, steps or STAGES)
            if not code and not packages:
                raise
            own_code = f"'pedigree verify {self.dataset} --rev VERSION --own-code' runs the version's own code"
            raise WorkspaceError(
                f"cannot verify: {error.found}; but the dataset was made with other versions of "
                + ", ".join(code or packages),
                expected="the code and packages that made the dataset",
                hint=own_code if code else "install the packages that run.json names",
            ) from None

    def _rebuild(self, tables: dict[str, pl.DataFrame]) -> None:
        """Make prompts, rows and results again, and compare them with the files."""
        with self._excusing_other_code():
            job, parameters = self._open_job()
        if self.manifest.embedder:
            compare_screen_embedder(job, self.manifest.embedder)
        with TemporaryDirectory(prefix="pedigree-") as folder:
            curated, measured = (copy_job(job, self.manifest, Path(folder, name)) for name in ("rows", "measures"))
            rows = tables["train"].height
            with run_in_parallel(rebuild_rows, curated, rows) as finish_rows:
                with self._excusing_other_code():
                    self._check_prompts(job, parameters, tables)
                with run_in_parallel(rebuild_results, measured, rows) as finish_results:
                    with self._excusing_other_code("curate"):
                        finish_rows()
                        self._check_rows(curated, tables)
                    with self._excusing_other_code():
                        self._check_plan(job, tables)
                        finish_results()
            with self._excusing_other_code():
                links, notes = compare_results(job.folder, measured.folder, self.manifest)
                self.links.update(links)
                self.notes.extend(notes)

    def _open_job(self) -> tuple[Job, dict[str, dict]]:
        """Return the job, and what each generator sends besides the messages."""
        try:
            job = open_job(self.workspace, self.dataset)
            return job, {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
        except RecipeError as error:
            raise LinkError(f"recipe: {error.found}") from None

    def _check_prompts(self, job: Job, parameters: dict[str, dict], tables: dict[str, pl.DataFrame]) -> None:
        prompts, completions = tables["prompts"], tables["completions"]
        prompt_check.check_pairs(prompts, completions)
        try:
            kept = read_kept_rows(job, tables) if job.recipe.failures else None
            rebuilt = prompt_check.rebuild_prompts(job, prompts, completions, parameters, kept)
            verdicts, self._judged = rebuild_verdict_prompts(job, prompts, completions)
        except (RecipeError, ProviderError) as error:  # ProviderError: the answer to a list request is unusable
            raise LinkError(f"prompts: they can't be built again: {error.found}") from None
        rebuilt += verdicts
        self.links["prompts"] = prompt_check.check_prompts(prompts, rebuilt, job.recipe)
        self.links["completions"] = prompt_check.check_completions(completions, rebuilt)

    def _check_rows(self, rebuilt: Job, tables: dict[str, pl.DataFrame]) -> None:
        weighted = rebuilt.recipe.weights != "none"
        other = self._find_other_reader(rebuilt) if weighted else None
        if other:
            self.notes.append(f"{other} is not on this machine as it was: the weights of the rows are not compared")
        for name in CURATED:
            expected = read_table(rebuilt.table(name))
            if weighted and name in SPLITS:
                expected = excuse_weights(tables[name], expected, compared=other is None)
            if difference := find_difference(tables[name], expected, SORT[name]):
                where = difference.where(*(("completion_id", "position") if name == "rejects" else ("row_id", "label")))
                raise LinkError(f"rows: {name}.parquet, {where}: {difference.message}")
        self.links["rows"] = f"the completions give the same rows and the same {tables['rejects'].height:,} rejects"

    def _find_other_reader(self, job: Job) -> str | None:
        """Return the embedder by which weights were computed, where it is not the one of this machine."""
        if job.recipe.weights not in ("auto", "reader"):
            return None
        here = choose_embedder(job.workspace, job.dataset, job.recipe.evaluate.embedder)
        return find_other_embedder(self.workspace.dataset_folder(self.dataset), here.describe())

    def _check_plan(self, job: Job, tables: dict[str, pl.DataFrame]) -> None:
        passed = tables["rejects"].filter(pl.col("reason").is_in(["surplus", "review"]))
        frames = (tables["train"], tables["validation"], passed)
        kept = pl.concat([frame.select("row_id", "completion_id") for frame in frames])
        rows = read_kept_rows(job, tables) if job.recipe.failures else None
        self.links["plan"] = prompt_check.check_plan(job, tables["prompts"], kept, self._judged, rows)
