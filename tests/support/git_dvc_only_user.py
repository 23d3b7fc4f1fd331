"""Somebody who has git and DVC and nothing else: commands run in a folder of their own, with only these two on PATH."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path


class Consumer:
    """A folder, a home and a PATH of their own."""

    def __init__(self, folder: Path, **environment: str):
        self.folder, self.home, bin = folder / "work", folder / "home", folder / "bin"
        for place in (self.folder, self.home, bin):
            place.mkdir(parents=True)
        for name in ("git", "dvc"):
            beside = Path(sys.executable).parent / name
            (bin / name).symlink_to(beside if beside.exists() else shutil.which(name))
        (self.home / ".gitconfig").write_text(
            "[user]\nname = Con\nemail = con@example.org\n[init]\ndefaultBranch = main\n"
        )
        self.environment = {
            "PATH": str(bin), "HOME": str(self.home), "DVC_NO_ANALYTICS": "1",
                "DVC_SITE_CACHE_DIR": str(folder / "site"),
            "GIT_CONFIG_NOSYSTEM": "1", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", **environment,
        }  # fmt: skip

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run a command; ``cd`` holds for those after it."""
        if command[0] == "cd":
            self.folder = self.folder / command[1]
            return subprocess.CompletedProcess(command, 0, "", "")
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if check and done.returncode:
            raise AssertionError(f"{shlex.join(command)} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def run_python(self, code: str) -> str:
        """Run Python code with the packages of this environment, and return what it prints."""
        return self.run(sys.executable, "-W", "ignore", "-c", code).stdout
