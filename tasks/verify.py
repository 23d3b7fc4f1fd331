"""Verify: the chain of all rows of a dataset, link by link, offline; what a version holds is made again beside it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.output_files import CURATED, TABLES
from pedigree.dataset.results import GateResults, Manifest, read_result
from pedigree.dataset.run_record import list_version_differences
from pedigree.dataset.schemas import SCHEMA_VERSION, SORT, content_sha256, read_table
from pedigree.errors import CommandError, LinkError, ProviderError, RecipeError, WorkspaceError
from pedigree.generation.batch import resolve_parameters
from pedigree.job import Job, open_job
from pedigree.metrics.embedder_choice import drop_embeddings
from pedigree.provenance import integrity, prompt_check
from pedigree.provenance.table_diff import find_difference, find_value
from pedigree.system import dvc
from pedigree.versions import versions
from pedigree.versions.snapshots import find_commit, take_snapshot
from pedigree.workspace import Workspace
from tasks.rebuild import copy_job, curate_again, measure_again, run_beside

LENT = ("name", "sha256", "library")  # what tells one embedder's figures from another's


@dataclass(frozen=True)
class Verified:
    """What holds: each link by name and what was found, and what could not be checked."""

    dataset: str
    version: str | None  # its tag, or None for rows that were never published
    rows: int
    links: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@task(name="verify", task_run_name="verify", cache_policy=NO_CACHE, persist_result=False)
def verify(workspace: Workspace, dataset: str, rev: str | None = None, own_code: bool = False) -> Verified:
    """Check every link from tag to prompt, of the working folder or of a revision; nothing of the user's is touched.

    Raises LinkError for the first link that does not hold, WorkspaceError where that can't be said: data that are not
    here, or rows that other code than the version's makes differently. ``own_code``: run the code of the revision.
    """
    root = workspace.root
    if rev is None:
        if own_code:
            raise CommandError("--own-code without --rev", hint=f"add --rev latest, or another version of {dataset}")
        claimed = integrity.find_claimed(root, dataset)
        links = {"tag": _check_tag(root, dataset, claimed.tag, claimed.commit, workspace)} if claimed else {}
        return _Chain(workspace, dataset, links).walk(custody_of=claimed, cache=dvc.find_cache(root))
    commit, tag = find_commit(root, dataset, rev)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        snapshot = take_snapshot(root, commit, dataset, Path(folder).resolve(), tag=tag, code=own_code)
        links = {"tag": _check_tag(root, dataset, tag, commit, snapshot)} if tag else {}
        if own_code:
            return _run_own_code(snapshot, dataset, tag, links)
        return _Chain(snapshot, dataset, links, tag).walk(strict=True)


def _check_tag(root: Path, dataset: str, tag: str, commit: str, holder: Workspace) -> str:
    return integrity.check_tag(root, dataset, tag, commit, (holder.dataset_folder(dataset) / "manifest.json").read_bytes())


def _run_own_code(snapshot: Workspace, dataset: str, tag: str | None, links: dict[str, str]) -> Verified:
    """Verify a snapshot with the code that it holds."""
    command = [sys.executable, "-m", "cli", "verify", dataset, "--json"]
    done = subprocess.run(command, cwd=snapshot.root, capture_output=True, text=True, check=False)
    try:
        said = json.loads(done.stdout)
        if broken := said.get("broken"):
            raise LinkError(broken["found"], expected=broken["expected"], hint=broken["mend"])
        notes = (*said["notes"], "made again with the version's own code")
        return Verified(dataset, tag, said["rows"], {**links, **said["links"]}, notes)
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(
            f"the code of {tag or 'that revision'} could not verify it: {done.stderr.strip()[-500:]}",
            expected="a commit that holds the code that made it",
        ) from None


class _Chain:
    """One walk along the links of a folder."""

    def __init__(self, workspace: Workspace, dataset: str, links: dict[str, str], tag: str | None = None):
        self.workspace, self.dataset, self.tag = workspace, dataset, tag
        self.links, self.notes = dict(links), []
        with self._minding_other_code():
            self.manifest = _read_manifest(workspace, dataset)

    def walk(
        self, *, custody_of: versions.Version | None = None, cache: Path | None = None, strict: bool = False
    ) -> Verified:
        """Check all links; ``custody_of`` is the version that a working folder says it is."""
        root, dataset = self.workspace.root, self.dataset
        if strict or custody_of or integrity.is_recorded(root, dataset):
            self.links["dvc.lock"] = integrity.check_lock(root, dataset, cache)
        else:
            self.notes.append("these rows were made after what dvc.lock records, and never published")
        self.links["inputs"] = integrity.check_inputs(root, self.manifest)
        tables = self._read_tables()
        with self._minding_other_code():
            self._make_again(tables)
        if custody_of:
            self.links["version"] = integrity.check_published(root, dataset, custody_of)
        rows = tables["train"].height + tables["validation"].height
        tag = custody_of.tag if custody_of else self.tag
        return Verified(dataset, tag, rows, self.links, tuple(self.notes))

    def _read_tables(self) -> dict[str, pl.DataFrame]:
        tables = {}
        for name in TABLES:
            path = self.workspace.table(self.dataset, name)
            try:
                tables[name] = read_table(path)
                facts, sha256 = self.manifest.tables[name], content_sha256(tables[name], name)
            except (WorkspaceError, pl.exceptions.PolarsError, KeyError, TypeError, ValueError) as error:
                if not path.is_file():
                    raise
                raise LinkError(f"tables: {path.name} is not what the manifest describes: {error}") from None
            if (facts.rows, facts.content_sha256) != (tables[name].height, sha256):
                raise LinkError(
                    f"tables: {path.name} has {tables[name].height:,} rows of content {sha256}",
                    expected=f"{facts.rows:,} rows of content {facts.content_sha256}, as the manifest says",
                )
        self.links["tables"] = f"{len(tables)} tables have the content that the manifest says"
        return tables

    @contextmanager
    def _minding_other_code(self) -> Iterator[None]:
        """Say of a difference that it may be due to other code or packages than made the dataset, where these differ."""
        try:
            yield
        except LinkError as error:
            others = list_version_differences(self.workspace.dataset_folder(self.dataset) / "run.json")
            own = integrity.is_own_code(self.workspace.root, self.dataset)
            if own and not others:
                raise
            why = others if own else ["the code of pedigree/ or tasks/"]
            raise WorkspaceError(
                f"it can't be said whether the chain holds: {error.found}; and {', '.join(why)} is not what made the dataset",
                expected="the dataset that its own code and packages make",
                hint="install the packages that run.json names"
                if own
                else f"'pedigree verify {self.dataset} --rev VERSION --own-code' runs the version's own code",
            ) from None

    def _make_again(self, tables: dict[str, pl.DataFrame]) -> None:
        try:
            job = open_job(self.workspace, self.dataset)
            parameters = {generator.title: resolve_parameters(job, generator) for generator in job.recipe.generators}
        except RecipeError as error:
            raise LinkError(f"recipe: {error.found}") from None
        with TemporaryDirectory(prefix="pedigree-") as folder:
            curated, measured = (copy_job(job, self.manifest, Path(folder, name)) for name in ("rows", "measures"))
            rows = tables["train"].height
            with run_beside(curate_again, curated, rows) as finish_rows:
                self._check_prompts(job, parameters, tables)
                with run_beside(measure_again, measured, rows) as finish_measures:
                    finish_rows()
                    self._check_rows(job, curated, tables)
                    finish_measures()
            self._check_results(job, measured)

    def _check_prompts(self, job: Job, parameters: dict[str, dict], tables: dict[str, pl.DataFrame]) -> None:
        prompts, completions = tables["prompts"], tables["completions"]
        prompt_check.check_pairs(prompts, completions)
        try:
            made = prompt_check.rewrite_prompts(job, prompts, completions, parameters)
        except (RecipeError, ProviderError) as error:  # the latter where an inquiry's answer is of no use
            raise LinkError(f"prompts: they can't be written again: {error.found}") from None
        self.links["prompts"] = prompt_check.check_prompts(prompts, made)
        self.links["completions"] = prompt_check.check_completions(completions, made)

    def _check_rows(self, job: Job, again: Job, tables: dict[str, pl.DataFrame]) -> None:
        for name in CURATED:
            if difference := find_difference(tables[name], read_table(again.table(name)), SORT[name]):
                where = difference.where(*(("completion_id", "position") if name == "rejects" else ("row_id", "label")))
                raise LinkError(f"rows: {name}.parquet, {where}: {difference.says}")
        rejects = tables["rejects"]
        self.links["rows"] = f"the answers give these rows again, and the {rejects.height:,} rejects"
        passed = rejects.filter(pl.col("reason").is_in(["surplus", "review"]))
        frames = (tables["train"], tables["validation"], passed)
        kept = pl.concat([frame.select("row_id", "completion_id") for frame in frames])
        self.links["plan"] = prompt_check.check_plan(job, tables["prompts"], kept)

    def _check_results(self, job: Job, again: Job) -> None:
        self._compare(job, again, "distribution")
        gates = _read(GateResults, job.folder / "gates.json", "gates")
        if difference := find_value(gates.model_dump(mode="json"), self.manifest.gates.model_dump(mode="json")):
            raise LinkError(f"gates: gates.json is not what the manifest says: {difference}")
        if gates.passed != (not gates.failed):
            raise LinkError(f"gates: gates.json says passed: {gates.passed}, {len(gates.failed)} critical gates failed")
        self.links["gates"] = f"{len(gates.gates)} gates are as the manifest says"
        self._compare(job, again, "manifest")
        later = [name for name in integrity.LATER if (job.folder / name).is_file()]
        if lacking := sorted({*integrity.LATER} - {*later}):
            self.notes.append(f"{', '.join(lacking)}: the Pedigree that made it made none")
        for name in later:
            if name.endswith(".json"):
                self._compare(job, again, name.removesuffix(".json"))
        if others := list_version_differences(job.folder / "run.json", measuring=True):
            self.notes.append(
                f"metrics.json, report.html and README.md were made elsewhere ({', '.join(others)}): not made again"
            )
            return
        if self._lacks_embedder(job, again):
            return
        self._compare(job, again, "metrics")
        self._compare_bytes(job, again, "report", "report.html")
        if "README.md" in later:
            self._compare_bytes(job, again, "card", "README.md")

    def _lacks_embedder(self, job: Job, again: Job) -> bool:
        """Compare the figures that depend on no embedder, and say so, where these ones' was another or is not here."""
        said, made = (_load(folder / "metrics.json", "metrics") for folder in (job.folder, again.folder))
        had, has = ((one.get("embedder") or {}) if isinstance(one, dict) else {} for one in (said, made))
        if not had.get("sha256") or [had.get(key) for key in LENT] == [has.get(key) for key in LENT]:
            return False
        if difference := find_value(drop_embeddings(said), drop_embeddings(made)):
            raise LinkError(f"metrics: metrics.json: {difference}")
        self.links["metrics"] = "metrics.json comes out again, but for figures of embeddings"
        self.notes.append(
            f"{had.get('name')} is not on this machine as it was: figures of its embeddings, report.html and README.md "
            "are not made again"
        )
        return True

    def _compare_bytes(self, job: Job, again: Job, link: str, name: str) -> None:
        if (job.folder / name).read_bytes() != (again.folder / name).read_bytes():
            raise LinkError(
                f"{link}: {name} is not what the tables and results give", hint=f"'pedigree measure {self.dataset}'"
            )
        self.links[link] = f"{name} comes out again"

    def _compare(self, job: Job, again: Job, name: str) -> None:
        said, made = (_load(folder / f"{name}.json", name) for folder in (job.folder, again.folder))
        if difference := find_value(said, made):
            raise LinkError(f"{name}: {name}.json: {difference}")
        self.links[name] = f"{name}.json comes out again"


def _read_manifest(workspace: Workspace, dataset: str) -> Manifest:
    path = workspace.dataset_folder(dataset) / "manifest.json"
    if path.is_file():
        newer = _load(path, "manifest")
        if isinstance(newer, dict) and isinstance(newer.get("schema_version"), int) and newer["schema_version"] > SCHEMA_VERSION:  # fmt: skip
            raise WorkspaceError(
                f"{path} has schema version {newer['schema_version']}",
                expected=f"at most {SCHEMA_VERSION}",
                hint="a newer Pedigree reads it",
            )
        return _read(Manifest, path, "manifest")
    return read_result(Manifest, path)


def _read(kind: type, path: Path, link: str):
    try:
        return read_result(kind, path)
    except WorkspaceError as error:
        if path.is_file():
            raise LinkError(f"{link}: {error.found}") from None
        raise


def _load(path: Path, link: str):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{path} is not here", hint=f"'pedigree run {path.parent.name}' makes it") from None
    except ValueError as error:
        raise LinkError(f"{link}: {path.name} is not JSON: {error}") from None
