"""Verifies a dataset offline, link by link from its tag to its prompts; rows and results are made again to compare."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree.dataset.output_files import CURATED, TABLES
from pedigree.dataset.results import GateResults, Manifest, Result, read_result
from pedigree.dataset.run_record import list_version_differences
from pedigree.dataset.schemas import SCHEMA_VERSION, SORT, content_sha256, read_table
from pedigree.errors import CommandError, LinkError, ProviderError, RecipeError, WorkspaceError
from pedigree.generation.batch import resolve_parameters
from pedigree.job import Job, open_job
from pedigree.metrics.embedder_choice import drop_embeddings
from pedigree.provenance import integrity, prompt_check
from pedigree.provenance.table_diff import find_difference, find_value_difference
from pedigree.system import dvc
from pedigree.system.dvc_files import STAGES
from pedigree.versions.snapshots import find_commit, take_snapshot
from pedigree.versions.versions import Version
from pedigree.workspace import Workspace
from tasks.rebuild import copy_job, rebuild_results, rebuild_rows, run_in_parallel

R = TypeVar("R", bound=Result)
EMBEDDER = ("name", "sha256", "library")  # equal for two embedders that give the same figures


@dataclass(frozen=True)
class Verified:
    """The links that hold, by name, each with what was found; ``notes`` say what was not checked."""

    dataset: str
    version: str | None  # its tag; None for rows that were never published
    rows: int
    links: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@task(name="verify", task_run_name="verify", cache_policy=NO_CACHE, persist_result=False)
def verify(workspace: Workspace, dataset: str, rev: str | None = None, own_code: bool = False) -> Verified:
    """Check every link from tag to prompt, of the working folder or of a revision; the workspace is not changed.

    ``own_code``: run the code of the revision. Raises LinkError for the first broken link; WorkspaceError for missing
    data, and for a difference where other code or packages made the dataset.
    """
    root = workspace.root
    if rev is None:
        if own_code:
            raise CommandError("--own-code without --rev", hint=f"add --rev latest, or another version of {dataset}")
        version = integrity.find_matching_version(root, dataset)
        links = {"tag": _check_tag(root, dataset, version.tag, version.commit, workspace)} if version else {}
        return _Verifier(workspace, dataset, links).run(published=version, cache=dvc.find_cache(root))
    commit, tag = find_commit(root, dataset, rev)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        snapshot = take_snapshot(root, commit, dataset, Path(folder).resolve(), tag=tag, code=own_code)
        links = {"tag": _check_tag(root, dataset, tag, commit, snapshot)} if tag else {}
        if own_code:
            return _run_own_code(snapshot, dataset, tag, links)
        return _Verifier(snapshot, dataset, links, tag).run(recorded=True)


def _check_tag(root: Path, dataset: str, tag: str, commit: str, files: Workspace) -> str:
    return integrity.check_tag(
        root, dataset, tag, commit, (files.dataset_folder(dataset) / "manifest.json").read_bytes()
    )


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
        return Verified(dataset, tag, answer["rows"], {**links, **answer["links"]}, notes)
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
        with self._excusing_other_code():
            self.manifest = _read_manifest(workspace, dataset)

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
        tables = self._read_tables()
        self._rebuild(tables)
        if published:
            self.links["version"] = integrity.check_published(root, dataset, published)
        rows = tables["train"].height + tables["validation"].height
        return Verified(dataset, published.tag if published else self.tag, rows, self.links, tuple(self.notes))

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
                self._check_results(job, measured)

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
            rebuilt = prompt_check.rebuild_prompts(job, prompts, completions, parameters)
        except (RecipeError, ProviderError) as error:  # ProviderError: the answer to a list request is unusable
            raise LinkError(f"prompts: they can't be built again: {error.found}") from None
        self.links["prompts"] = prompt_check.check_prompts(prompts, rebuilt)
        self.links["completions"] = prompt_check.check_completions(completions, rebuilt)

    def _check_rows(self, rebuilt: Job, tables: dict[str, pl.DataFrame]) -> None:
        for name in CURATED:
            if difference := find_difference(tables[name], read_table(rebuilt.table(name)), SORT[name]):
                where = difference.where(*(("completion_id", "position") if name == "rejects" else ("row_id", "label")))
                raise LinkError(f"rows: {name}.parquet, {where}: {difference.message}")
        self.links["rows"] = f"the completions give the same rows and the same {tables['rejects'].height:,} rejects"

    def _check_plan(self, job: Job, tables: dict[str, pl.DataFrame]) -> None:
        passed = tables["rejects"].filter(pl.col("reason").is_in(["surplus", "review"]))
        frames = (tables["train"], tables["validation"], passed)
        kept = pl.concat([frame.select("row_id", "completion_id") for frame in frames])
        self.links["plan"] = prompt_check.check_plan(job, tables["prompts"], kept)

    def _check_results(self, job: Job, rebuilt: Job) -> None:
        self._compare(job, rebuilt, "distribution")
        self._check_gates(job)
        self._compare(job, rebuilt, "manifest")
        present = [name for name in integrity.LATER if (job.folder / name).is_file()]
        if absent := sorted({*integrity.LATER} - {*present}):
            self.notes.append(f"{', '.join(absent)}: the Pedigree that made this version wrote none")
        for name in present:
            if name.endswith(".json"):
                self._compare(job, rebuilt, name.removesuffix(".json"))
        if tools := list_version_differences(job.folder / "run.json", measuring=True):
            self.notes.append(
                f"metrics.json, report.html and README.md were made with other tools ({', '.join(tools)}): not compared"
            )
        elif not self._lacks_embedder(job, rebuilt):
            self._compare(job, rebuilt, "metrics")
            self._compare_bytes(job, rebuilt, "report", "report.html")
            if "README.md" in present:
                self._compare_bytes(job, rebuilt, "card", "README.md")

    def _check_gates(self, job: Job) -> None:
        gates = _read(GateResults, job.folder / "gates.json", "gates")
        stated = self.manifest.gates.model_dump(mode="json")
        if difference := find_value_difference(gates.model_dump(mode="json"), stated):
            raise LinkError(f"gates: gates.json is not what the manifest says: {difference}")
        if gates.passed != (not gates.failed):
            raise LinkError(f"gates: gates.json says passed: {gates.passed}, {len(gates.failed)} critical gates failed")
        self.links["gates"] = f"{len(gates.gates)} gates are as the manifest says"

    def _lacks_embedder(self, job: Job, rebuilt: Job) -> bool:
        """Return whether the embedder of the figures is not here; then compare the figures that need none."""
        found, expected = (_load(folder / "metrics.json", "metrics") for folder in (job.folder, rebuilt.folder))
        used, here = ((one.get("embedder") or {}) if isinstance(one, dict) else {} for one in (found, expected))
        if not used.get("sha256") or [used.get(key) for key in EMBEDDER] == [here.get(key) for key in EMBEDDER]:
            return False
        if difference := find_value_difference(drop_embeddings(found), drop_embeddings(expected)):
            raise LinkError(f"metrics: metrics.json: {difference}")
        self.links["metrics"] = "metrics.json is reproduced, except for figures of embeddings"
        self.notes.append(
            f"{used.get('name')} is not on this machine as it was: figures of embeddings, report.html and README.md "
            "are not compared"
        )
        return True

    def _compare_bytes(self, job: Job, rebuilt: Job, link: str, name: str) -> None:
        if (job.folder / name).read_bytes() != (rebuilt.folder / name).read_bytes():
            raise LinkError(
                f"{link}: {name} is not what the tables and results give", hint=f"'pedigree measure {self.dataset}'"
            )
        self.links[link] = f"{name} is reproduced"

    def _compare(self, job: Job, rebuilt: Job, name: str) -> None:
        found, expected = (_load(folder / f"{name}.json", name) for folder in (job.folder, rebuilt.folder))
        if difference := find_value_difference(found, expected):
            raise LinkError(f"{name}: {name}.json: {difference}")
        self.links[name] = f"{name}.json is reproduced"


def _read_manifest(workspace: Workspace, dataset: str) -> Manifest:
    path = workspace.dataset_folder(dataset) / "manifest.json"
    content = _load(path, "manifest") if path.is_file() else {}
    schema = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(schema, int) and schema > SCHEMA_VERSION:
        raise WorkspaceError(
            f"{path} has schema version {schema}",
            expected=f"at most {SCHEMA_VERSION}",
            hint="a newer Pedigree reads it",
        )
    return _read(Manifest, path, "manifest")


def _read(kind: type[R], path: Path, link: str) -> R:
    try:
        return read_result(kind, path)
    except WorkspaceError as error:
        if path.is_file():
            raise LinkError(f"{link}: {error.found}") from None
        raise


def _load(path: Path, link: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{path} is not here", hint=f"'pedigree run {path.parent.name}' makes it") from None
    except ValueError as error:
        raise LinkError(f"{link}: {path.name} is not JSON: {error}") from None
