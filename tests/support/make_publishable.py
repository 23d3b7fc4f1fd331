"""A workspace in a git repository of its own, with this repository's DVC files and finished runs without any model."""

import json
import shutil
import subprocess
from pathlib import Path

from dvc.repo import Repo
from ruamel.yaml import YAML

from pedigree.dataset.output_files import PLOTS
from pedigree.dataset.results import GateResult, GateResults, Manifest, TableFacts, write_result
from pedigree.ids import sha256_of_file
from pedigree.job import Job, open_job
from pedigree.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]
RECIPE = """\
# About {name}
dataset: {name}
task: Is it about a cat?
language: en
languages: {{}}
seed: 0
labels:
  cat: {{share: 0.5, means: about a cat}}
  dog: {{share: 0.5, means: about a dog}}
labels_per_row: null
fields: {{text: {{}}}}
slots: {{}}
checks: []
depends: {{}}
seeds: data/seeds/{name}/seeds.jsonl
held_out: null
real: null
review: null
rows: 4
private: false
selection: arrival
grown_from: []
generators:
  - {{strategy: zero-shot, model: offline/template}}
screens: {{}}
weights: none
split: {{}}
gates: {{}}
drift: {{}}
evaluate: {{}}
scenarios: []
judges: []
"""


def git(root: Path, *arguments: str) -> str:
    """Run git and return what it wrote."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def isolate(monkeypatch, folder: Path) -> dict[str, str]:
    """Return the settings that isolate git and DVC from this machine, with the default DVC remote in ``folder``."""
    (folder / "home").mkdir()
    (folder / "gitconfig").write_text(
        "[user]\n name = Ann\n email = ann@example.org\n[init]\n defaultBranch = main\n[advice]\n detachedHead "
        "= false\n"
    )
    settings = {
        "HOME": "home", "GIT_CONFIG_GLOBAL": "gitconfig", "DVC_SITE_CACHE_DIR": "site",
        "DVC_GLOBAL_CONFIG_DIR": "none", "DVC_SYSTEM_CONFIG_DIR": "none",
    }  # fmt: skip
    environment = {name: str(folder / path) for name, path in settings.items()} | {"GIT_CONFIG_NOSYSTEM": "1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


def make_workspace(root: Path, *datasets: str) -> Path:
    """Make a workspace with recipes, and commit it."""
    for path in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore", ".dvc/config", ".dvc/.gitignore"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / path, root / path)
    files = {"prompts/zero-shot.j2": "hello", "expectations/text-classification.json": "{}", "README": "read me"}
    files |= {path if path.endswith(".py") else f"{path}/code.py": "1" for path in list_code()}
    for name in datasets:
        files[f"recipes/{name}.yaml"] = RECIPE.format(name=name)
        files[f"data/seeds/{name}/seeds.jsonl"] = json.dumps({"text": f"a {name}", "label": "cat"})
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text + "\n")
    git(root, "init", "--quiet")
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", "start")
    return root


def list_code() -> set[str]:
    """Return the paths of code that the stages of dvc.yaml depend on."""
    stages = YAML(typ="safe").load((REPOSITORY / "dvc.yaml").read_text())["stages"].values()
    paths = {path for stage in stages for path in stage["do"]["deps"]}
    return {path for path in paths if path.startswith(("pedigree/", "tasks/"))}


def run(root: Path, dataset: str, rows: str = "one", passed: bool = True, **changes) -> Job:
    """Leave what a run would leave; ``rows`` is what its tables say."""
    job = open_job(Workspace(root), dataset)
    for table in ("prompts", "completions", "train", "validation", "rejects"):
        _replace(job.table(table), f"{table} of {dataset}: {rows}")
    _replace(job.folder / "report.html", f"<p>{rows}")
    _replace(job.folder / "README.md", f"# {rows}")
    _replace(job.folder / "croissant.json", "{}")
    gate = GateResult(
        name="floor", severity="critical", passed=passed, figure=1, limit=2, message="1 row of cat; at least 2"
    )
    write_result({}, job.folder / "distribution.json")
    write_result({"rows": 4}, job.folder / "metrics.json")
    for plot in PLOTS:
        write_result([], job.folder / plot)
    write_result(manifest := _describe(job, rows, gate, changes), job.folder / "manifest.json")
    write_result(manifest.gates, job.folder / "gates.json")
    return job


def _describe(job: Job, rows: str, gate: GateResult, changes: dict) -> Manifest:
    inputs = ["prompts/zero-shot.j2", f"data/seeds/{job.dataset}/seeds.jsonl", "expectations/text-classification.json"]
    facts = {
        "schema_version": 1,
        "dataset": job.dataset,
        "base": None,
        "recipe_sha256": "0",
        "inputs": {path: sha256_of_file(file) for path in inputs if (file := job.workspace.root / path).exists()},
        "labels": {"cat": {"train": 1, "validation": 1}, "dog": {"train": 1, "validation": 1}},
        "fields": {"text": "text"},
        "models": {"offline/template": {"template-1": 3}},
        "tables": {name: TableFacts(rows=2, content_sha256=rows) for name in ("train", "validation", "rejects")},
        "tokens_in": 1200,
        "tokens_out": 3400,
        "cost_usd": None,
        "gates": GateResults(passed=gate.passed, suite="text-classification", gates=[gate]),
    }
    return Manifest.model_validate(facts | changes)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)


def find_stale(root: Path, dataset: str = "") -> list[str]:
    """Return the stages that 'dvc repro' would run."""
    with Repo(str(root)) as repo:
        names = [name.rsplit(":")[-1] for name in repo.status()]
    return sorted(name for name in names if name.endswith(dataset))


def clone(root: Path, to: Path) -> Path:
    """Clone a repository elsewhere and pull all its data."""
    git(root, "clone", "--quiet", str(root), str(to))
    with Repo(str(to)) as repo:
        repo.pull()
    return to


def read_bytes(folder: Path) -> dict[str, bytes]:
    """Return name -> bytes of the files below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
