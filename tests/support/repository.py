"""Whole workspaces under git and DVC, as a clone of the repository is one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.workspaces import REPOSITORY

PARTS = ("recipes", "studies", "prompts", "expectations", "pedigree", "tasks", "flows", "cli", "data/seeds",
         ".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitattributes", ".gitignore",
         "dvc.yaml", "params.yaml", "prefect.yaml")  # fmt: skip


class Household:
    """A workspace with its own identity and DVC remote, and a shell in it."""

    def __init__(self, root: Path):
        self.root = root

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess:
        """Run a command in the workspace, with the workspace's own ``pedigree`` on PATH."""
        launchers = self.root.parent / "bin"
        if not launchers.exists():
            launchers.mkdir()
            (launchers / "pedigree").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
            (launchers / "pedigree").chmod(0o755)
        path = os.pathsep.join([str(launchers), str(Path(sys.executable).parent), os.environ["PATH"]])
        # Python caches of a copied tree would be files that DVC has to look past.
        environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "100", **environment}
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)
        if check and done.returncode:
            raise AssertionError(f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        return self.run("git", *arguments).stdout.strip()

    def read(self, *names: str) -> dict[str, bytes]:
        """Return the bytes of files, by name."""
        return {name: (self.root / name).read_bytes() for name in names}

    def clone(self, to: Path) -> "Household":
        """Clone with git, as somebody else would."""
        subprocess.run(["git", "clone", "-q", str(self.root), str(to)], check=True)
        other = Household(to)
        other._sign()
        return other

    def set_remote(self, folder: Path, local: bool = False) -> None:
        """Let the DVC remote be a folder, if ``local`` by a file that git ignores; nothing is committed."""
        if local:
            (self.root / ".dvc/config.local").write_text(f"['remote \"home\"']\n    url = {folder}\n")
            return
        config = self.root / ".dvc/config"
        config.write_text(re.sub("url = .*", lambda _: f"url = {folder}", config.read_text()))

    def _sign(self) -> None:
        for key, value in (("user.name", "Tester"), ("user.email", "tester@localhost"), ("commit.gpgsign", "false")):
            self.git("config", key, value)


def settle(root: Path) -> Household:
    """Copy the repository's working tree to ``root`` as a git repository of one commit with a DVC remote beside it."""
    for part in PARTS:
        source, target = REPOSITORY / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    household = Household(root)
    household.run("git", "init", "-q", "-b", "main")
    household._sign()
    household.set_remote(root.parent / "remote")
    household.git("add", "-A")
    household.git("commit", "-q", "-m", "a workspace")
    return household
