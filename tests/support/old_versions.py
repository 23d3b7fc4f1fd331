"""Versions that an earlier Pedigree published (``tests/fixtures/README.md``): cloned, and read without its code."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
ARCHIVE = REPOSITORY / "tests/fixtures/two-versions.tar.xz"
NAME, ROWS = "pets", {"v1.0.0": 24, "v1.1.0": 32}
DATA = f"data/{NAME}"
TABLES = ("prompts", "completions", "train", "validation", "rejects")

# The code of this repository in a folder that holds code of its own, which "python -m cli" would take.
RUN_HERE = """
import os, sys
home, sys.argv[0] = sys.argv.pop(1), "pedigree"
sys.path[0] = home
from cli.main import main
try:
    main()
finally:
    files = {name: getattr(module, "__file__", None) or "" for name, module in [*sys.modules.items()]}
    strays = [file for file in files.values() if file.startswith(os.getcwd() + os.sep)]
    if strays or not files["cli.main"].startswith(home + os.sep):
        print("OTHER CODE RAN:", *strays, files["cli.main"], file=sys.stderr, flush=True)
        os._exit(99)
"""


class Clone:
    """A clone of the old repository, with a shell in it."""

    def __init__(self, root: Path):
        self.root = root

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess:
        """Run a command; ``pedigree`` on its PATH is the code that the clone holds."""
        bin = self.root.parent / "bin"
        path = os.pathsep.join([str(bin), str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {
            **os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "100",
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "site"), **environment,
        }  # fmt: skip
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)
        if check and done.returncode:
            raise AssertionError(f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        assert "Traceback" not in done.stderr, done.stderr  # a process beside the command may die unheard
        return done

    def run_new(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run ``pedigree WORDS`` with the code of this repository, not of the clone."""
        return self.run(sys.executable, "-c", RUN_HERE, str(REPOSITORY), *words, check=check)

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        return self.run("git", *arguments).stdout.strip()

    def read_tables(self) -> dict[str, bytes]:
        """Return the bytes of the tables in the working folder."""
        return {name: (self.root / f"{DATA}/{name}.parquet").read_bytes() for name in TABLES}

    def read_ledger(self) -> dict[str, bytes]:
        """Return the bytes of the ledger's segments, by name."""
        return {path.name: path.read_bytes() for path in (self.root / ".pedigree/ledger").iterdir()}


@dataclass(frozen=True)
class State:
    """What a workspace held at some moment, and what was printed then."""

    said: str
    tables: dict[str, bytes]
    ledger: dict[str, bytes]
    tags: list[str]

    @classmethod
    def of(cls, clone: Clone, said: str = "") -> "State":
        return cls(said, clone.read_tables(), clone.read_ledger(), clone.git("tag").split())

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(self.tables[name]))


def open_archive(folder: Path) -> Clone:
    """Unpack the archive and clone the repository beside its DVC remote, as it is, with no data."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 has none
        archive.extractall(folder)
    (folder / "bin").mkdir()
    (folder / "bin/pedigree").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
    (folder / "bin/pedigree").chmod(0o755)
    return clone_again(folder, "work")


def clone_again(folder: Path, name: str) -> Clone:
    """Clone the repository once more beside its DVC remote."""
    subprocess.run(["git", "clone", "-q", "-b", "main", folder / "repository.bundle", folder / name], check=True)
    clone = Clone(folder / name)
    for key, value in (("user.name", "Tester"), ("user.email", "tester@localhost"), ("commit.gpgsign", "false")):
        clone.git("config", key, value)
    return clone


def renew_code(clone: Clone) -> None:
    """Put the code of this repository in the place of the clone's and commit it; recipes, seeds and data stay."""
    # Folders of code, whatever they are called; no test, and nothing that has no code.
    folders = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {
        "tests",
        "benchmarks",
        "scripts",
        "docs",
    }
    assert {"pedigree", "cli"} <= folders
    for name in sorted(folders | {"tasks", "flows", "expectations", "prompts"}):
        shutil.rmtree(clone.root / name, ignore_errors=True)
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, clone.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(REPOSITORY / name, clone.root / name)
    clone.git("add", "-A")
    clone.git("commit", "-q", "--allow-empty", "-m", "newer code")


def read_published(clone: Clone, version: str) -> dict[str, str]:
    """Return path -> md5 of what DVC keeps of a version, as its dvc.lock says."""
    lock = YAML(typ="safe").load(clone.git("show", f"{NAME}@{version}:dvc.lock"))
    outputs = {out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage["outs"]}
    kept = clone.git("ls-tree", "-r", "--name-only", f"{NAME}@{version}").splitlines()
    return {path: md5 for path, md5 in outputs.items() if path not in kept}


def read_table(clone: Clone, version: str, name: str) -> pl.DataFrame:
    """Return a table of a version, out of the DVC remote."""
    md5 = read_published(clone, version)[f"{DATA}/{name}.parquet"]
    return pl.read_parquet(clone.root.parent / "remote/files/md5" / md5[:2] / md5[2:])


def list_rows(clone: Clone, version: str) -> dict[str, tuple[str, str]]:
    """Return row_id -> split and text of a version."""
    return splits_of({split: read_table(clone, version, split) for split in ("train", "validation")})


def splits_of(frames: dict[str, pl.DataFrame]) -> dict[str, tuple[str, str]]:
    return {row: (split, text) for split, frame in frames.items() for row, text in frame["row_id", "text"].iter_rows()}
